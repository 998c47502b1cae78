/** Chooses the probe for a check of the configuration. A new kind of check joins here. */
import type { HostCheck } from '../../core/wire/config.ts';
import { createFileProbe } from './file.ts';
import { createHttpProbe } from './http.ts';
import { createInterfaceProbe } from './interface.ts';
import { createPingProbe } from './ping.ts';
import type { Probe } from './probe.ts';
import { createProcessProbe } from './process.ts';
import { createScriptProbe } from './script.ts';
import { createTcpProbe } from './tcp.ts';

/** @param scriptUser who runs script checks */
export const createProbe = (config: HostCheck, scriptUser: string): Probe => {
  if ('tcp' in config) return createTcpProbe(config);
  if ('http' in config) return createHttpProbe(config);
  if ('process' in config) return createProcessProbe(config);
  if ('interface' in config) return createInterfaceProbe(config);
  if ('ping' in config) return createPingProbe(config);
  if ('file' in config) return createFileProbe(config);
  return createScriptProbe(config, scriptUser);
};
