/** Chooses the probe for a check of the configuration. A new kind of check joins here. */
import type { HostCheck } from '../../core/wire/config.ts';
import { createHttpProbe } from './http.ts';
import type { Probe } from './probe.ts';
import { createProcessProbe } from './process.ts';
import { createScriptProbe } from './script.ts';
import { createTcpProbe } from './tcp.ts';

/** @param scriptUser who runs script checks */
export const createProbe = (config: HostCheck, scriptUser: string): Probe => {
  if ('tcp' in config) return createTcpProbe(config);
  if ('http' in config) return createHttpProbe(config);
  if ('process' in config) return createProcessProbe(config);
  return createScriptProbe(config, scriptUser);
};
