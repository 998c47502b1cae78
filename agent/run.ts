/** Connects the loop to the real host: addresses, metadata service, arbiter, checks, hooks and state. */
import type { GroupProfile } from '../core/holder/types.ts';
import type { AgentFile } from '../core/wire/config.ts';
import type { FabricKind } from '../core/wire/names.ts';
import { type GroupChecks, startChecks } from './checks/scheduler.ts';
import { createArbiterClient } from './client.ts';
import { readAgentConfig } from './config.ts';
import { follow } from './enrol/follow.ts';
import { messageOf } from './errors.ts';
import { heardBy } from './events/arbiter.ts';
import { hubGroupsIn, tellingBound } from './events/bound.ts';
import { EventHub } from './events/hub.ts';
import { eventsDirectory, openEventSocket } from './events/socket.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { createHeard, type Heard } from './heard.ts';
import { createRelease } from './hooks/release.ts';
import { createHookRunner, type HookRunner } from './hooks/runner.ts';
import { defaultInterface } from './host/addresses.ts';
import { bootNow } from './host/boot-clock.ts';
import { createCredentials } from './host/credentials.ts';
import { dropEndless } from './host/endless.ts';
import { createImds, type Identity, IMDS_ENDPOINT, type Imds, PATIENT_TIMEOUT_MS } from './host/imds.ts';
import { takeLock } from './host/lock.ts';
import { Vips } from './host/vips.ts';
import { type Log, type OpenLog, openLog } from './log.ts';
import { Loop } from './loop/loop.ts';
import type { Ports } from './loop/ports.ts';
import { createWatch, type Watch } from './peers/watch.ts';
import { announcedOf, profilesOf, restartReason } from './profile.ts';
import type { HostRoutes } from './routing/host-routes.ts';
import { withRoutes } from './routing/ports.ts';
import { routesOf } from './routing/real.ts';
import { type GroupRecord, openState, type StateStore, stateDirectory } from './state.ts';
import { startWatchdog } from './systemd/watchdog.ts';
import { createTrial, isOnTrial } from './trial.ts';

/** Hooks that still run when everything else has ended are waited for this long. */
const HOOKS_MS_MAX = 10_000;
/** Before leaving quietly: the next answer makes the lease as long as it gets. Two heartbeats at most hosts' pace. */
const LAST_ANSWER_MS_MAX = 2000;
/** A metadata service that is not there yet (early in a boot) is asked again this often. */
const IDENTITY_RETRY_MS = 1000;

/** What must not stay bound while the agent does not know yet who it is. A failure is no reason to stop: it is tried again. */
const letGo = async (profiles: readonly GroupProfile[], log: Log): Promise<void> => {
  try {
    const vips = await dropEndless(profiles);
    if (vips.length > 0)
      log.warn(
        { vips, remedy: 'let nothing but the agent manage these addresses' },
        'found bound without an end, of groups whose lease is the fence: taken away',
      );
  } catch (cause) {
    log.error({ error: messageOf(cause) }, 'what is bound without an end could not be taken away');
  }
};

/** Who this host is. A host without that answer has nothing to say, so it asks until it knows. */
const identityOf = async (imds: Imds, profiles: readonly GroupProfile[], log: Log): Promise<Identity> => {
  for (let warned = false; ; warned = true) {
    await letGo(profiles, log);
    try {
      return await imds.identity();
    } catch (cause) {
      if (!warned) log.warn({ error: messageOf(cause) }, 'the metadata service does not answer yet');
      await new Promise((resolve) => setTimeout(resolve, IDENTITY_RETRY_MS));
    }
  }
};

/** The checks of every group, restartable by a reload that keeps their counts. */
class Checks {
  readonly #running = new Map<string, GroupChecks>();
  readonly #loop: Loop;
  readonly #hub: EventHub;
  readonly #log: Log;

  constructor(loop: Loop, hub: EventHub, log: Log) {
    this.#loop = loop;
    this.#hub = hub;
    this.#log = log;
  }

  start(file: AgentFile): void {
    for (const [name, group] of Object.entries(file.groups)) {
      const before = this.#running.get(name);
      before?.stop();
      const checks = startChecks({
        checks: group.checks,
        base: group.priority,
        scriptUser: file.scriptUser,
        now: bootNow,
        ...(before ? { previous: before.states() } : {}),
        onReport: ({ name: check, result, changed, state, assessment }) => {
          const { up } = state;
          const { priority } = assessment;
          this.#hub.priority(name, priority);
          if (changed) {
            const { detail } = result;
            this.#log.info({ group: name, check, up, detail }, `check ${check} is ${up ? 'up' : 'down'}`);
            this.#hub.happened({ event: 'check', group: name, check, up, detail, priority });
          }
          this.#loop.assessed(name, assessment);
        },
      });
      this.#running.set(name, checks);
      this.#hub.priority(name, checks.assessment().priority);
      this.#loop.assessed(name, checks.assessment());
    }
  }

  stop(): void {
    for (const checks of this.#running.values()) checks.stop();
  }
}

interface Running {
  readonly loop: Loop;
  readonly checks: Checks;
  readonly hooks: HookRunner;
  readonly heard: Heard;
  readonly log: Log;
}

/** SIGTERM and SIGINT leave in order; SIGUSR2 leaves as it stands; SIGHUP reads the file again and moves nothing. */
const onSignals = (
  { loop, checks, hooks, heard, log }: Running,
  path: string,
  first: AgentFile,
  adopt: (file: AgentFile) => void,
): void => {
  let current = first;
  const leave = (): void => loop.terminate();
  process.on('SIGTERM', leave).on('SIGINT', leave);
  process.on('SIGUSR2', () => {
    log.info({}, 'leaving without handing over');
    // A hook that runs would be killed with the service. It is waited for first, while heartbeats still go out.
    // Then the lease is renewed: the run that follows has all of it to be back.
    void hooks
      .idle(HOOKS_MS_MAX)
      .then(() => heard.answer(LAST_ANSWER_MS_MAX))
      .then(() => loop.leaveQuietly());
  });
  process.on('SIGHUP', () => {
    readAgentConfig(path).then(
      ({ file }) => {
        const reason = restartReason(current, file);
        if (reason !== undefined) {
          log.warn({ reason }, 'the new configuration needs a restart; the old one goes on');
          return;
        }
        current = file;
        adopt(file);
        checks.start(file);
        log.info({}, 'configuration reloaded');
      },
      (cause: unknown) =>
        log.error({ error: messageOf(cause) }, 'the new configuration is wrong; the old one goes on'),
    );
  });
};

/** The state on its way to the disk; a failure has been logged by whoever wrote it. */
const persisted = (state: StateStore): Promise<void> => state.saveGroups({}).catch(() => undefined);

interface Parts {
  readonly identity: Identity;
  readonly version: string;
  readonly post: Ports['post'];
  readonly imds: Imds;
  readonly state: StateStore;
  readonly vips: Vips;
  readonly routes: HostRoutes;
  readonly hooks: HookRunner;
  readonly hub: EventHub;
  readonly watch: Watch;
  readonly log: Log;
  /** The configuration of the moment: hooks may change with a reload. */
  readonly file: () => AgentFile;
}

/** The configuration of the moment, for the hooks of an event that names its group. */
const releaseOf = ({ hooks, log, file }: Parts): Ports['beforeRelease'] => {
  const release = createRelease({ hooks, log });
  return async (call) => {
    const group = file().groups[call.group];
    if (group === undefined) return;
    const event = { ...call, vips: group.vips.map(({ address }) => address) };
    await release({ event, hooks: group.hooks, resetsFirst: group.handover === 'reset-first' });
  };
};

const preparationOf =
  ({ hooks, file }: Parts): Ports['beforeMaster'] =>
  async (call) => {
    const group = file().groups[call.group];
    if (group === undefined) return { outcome: 'failed', ms: 0 };
    const event = { ...call, vips: group.vips.map(({ address }) => address) };
    return hooks.beforeMaster(event, group.hooks);
  };

const portsOf = (parts: Parts): Ports => {
  const ports = portsToHost(parts);
  return {
    ...ports,
    ...tellingBound(parts.hub, ports),
    beforeRelease: releaseOf(parts),
    beforeMaster: preparationOf(parts),
  };
};

const portsToHost = ({
  identity,
  version,
  post,
  imds,
  state,
  vips,
  routes,
  hooks,
  hub,
  watch,
  log,
  file,
}: Parts): Omit<Ports, 'beforeRelease' | 'beforeMaster'> => ({
  node: identity.instanceId,
  version,
  now: bootNow,
  post,
  bound: (group) => vips.bound(group),
  spent: (group) => vips.spent(group),
  ...withRoutes(
    {
      bind: (group, addresses, until) => vips.bind(group, addresses, until),
      unbind: (group, addresses) => vips.unbind(group, addresses),
    },
    routes,
  ),
  leftovers: (group) => vips.leftovers(group),
  witness: async () => {
    const vips = Object.values(file().groups).flatMap((group) => group.vips);
    const has = (kind: FabricKind): boolean => vips.some(({ fabric }) => fabric === kind);
    return [
      ...(await imds.localIpv4s()),
      ...(has('elastic-ip') ? await imds.publicIpv4s() : []),
      ...(has('ipv6') ? await imds.ipv6s() : []),
    ];
  },
  peers: watch.of,
  call: watch.call,
  remember: (groups) => {
    // A full disk must not cost the VIP: what is lost is only the restart during an arbiter's outage.
    state
      .saveGroups(groups)
      .catch((cause: unknown) => log.error({ error: messageOf(cause) }, 'the state could not be written'));
  },
  raiseBoot: state.raiseBoot,
  hook: (call) => {
    hub.state(call.group, call);
    const group = file().groups[call.group];
    if (group !== undefined)
      hooks.notify({ ...call, vips: group.vips.map((vip) => vip.address) }, group.hooks);
  },
  log,
});

/** What the state remembers of each group. */
const memoriesOf = (profiles: readonly GroupProfile[], state: StateStore): Record<string, GroupRecord> =>
  Object.fromEntries(
    profiles.flatMap(({ name }) => {
      const record = state.group(name);
      return record === undefined ? [] : [[name, record] as const];
    }),
  );

const serve = async (path: string, version: string, { log, flush }: OpenLog): Promise<ExitCode> => {
  const { file, ca } = await readAgentConfig(path);
  log.level = file.logLevel;
  const lock = await takeLock();
  // Waiting for the metadata service, however long, is not hanging.
  let isAlive = (): boolean => true;
  const stopWatchdog = await startWatchdog({ isAlive: () => isAlive(), log });
  const state = openState({ directory: stateDirectory(), log });
  const profiles = profilesOf(file);
  const imds = createImds();
  const patient = createImds(IMDS_ENDPOINT, PATIENT_TIMEOUT_MS);
  const identity = await identityOf(patient, profiles, log);
  const device = file.interface ?? defaultInterface();
  const vips = await Vips.open({ profiles, device, log, announced: announcedOf(file) });
  const credentials = createCredentials({ imds: patient, log });
  const client = createArbiterClient({
    endpoint: file.endpoint,
    region: file.region,
    credentials,
    ...(ca ? { ca } : {}),
    now: bootNow,
    log,
  });
  const hub = new EventHub(hubGroupsIn(file));
  const hooks = createHookRunner({ log, onEnded: (ended) => hub.happened({ event: 'hook', ...ended }) });
  let current = file;
  const node = identity.instanceId;
  let held = (): string[] => [];
  const trial = isOnTrial(version) ? createTrial(version, stateDirectory(), log) : undefined;
  const heard = createHeard(heardBy(hub, trial?.watched(client.post) ?? client.post));
  const { post, stop } = follow({
    path,
    ca,
    node,
    version,
    credentials,
    post: heard.post,
    current: () => current,
    held: () => held(),
    log,
  });
  const routes = routesOf({ vips, imds, log, file: () => current, profiles, device });
  const boot = state.nextBoot(Date.now());
  const watch = createWatch({
    node,
    address: identity.address,
    boot,
    file: () => current,
    log,
    directory: stateDirectory(),
  });
  const ports = portsOf({
    identity,
    version,
    post,
    imds,
    state,
    vips,
    routes,
    hooks,
    hub,
    watch,
    log,
    file: () => current,
  });
  const loop = new Loop(profiles, memoriesOf(profiles, state), boot, ports);
  held = () => loop.states().flatMap(({ name, role }) => (role === 'MASTER' ? [name] : []));
  isAlive = () => loop.isAlive;
  const checks = new Checks(loop, hub, log);
  checks.start(file);
  onSignals({ loop, checks, hooks, heard, log }, path, file, (next) => {
    current = next;
    watch.follow();
  });
  log.info({ node, version, groups: profiles.map(({ name }) => name), interface: device }, 'started');
  let hasFailedTrial = false;
  void trial?.failed.then(() => {
    hasFailedTrial = true;
    loop.leaveQuietly();
  });
  const events = await openEventSocket({ directory: eventsDirectory(), hub, log });
  await routes.start();
  await watch.start(() => loop.peersChanged());
  await loop.start();
  const end = await loop.ended;
  stop();
  routes.stop();
  checks.stop();
  await watch.stop();
  if (end === 'left') await hooks.idle(HOOKS_MS_MAX);
  if (end === 'superseded')
    log.error({}, 'another agent speaks for this instance: stopping, and leaving the VIPs as they are');
  await persisted(state);
  await events.close();
  client.close();
  imds.close();
  patient.close();
  await lock.release();
  stopWatchdog();
  log.info({ end }, 'stopped');
  flush();
  if (hasFailedTrial) return EXIT.unanswered;
  return end === 'superseded' ? EXIT.superseded : EXIT.ok;
};

/** Runs the agent until it is told to stop. @throws DocumentError, HostError: the caller says what and how to mend it */
export const runAgent = (path: string, version: string): Promise<ExitCode> =>
  serve(path, version, openLog('info'));
