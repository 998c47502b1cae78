/** One lab: a VPC of namespaces, the cloud's ends, the shipped Lambdas and the shipped agents, started and stopped as one. */
import { writeFileSync } from 'node:fs';
import type { Server as NetServer } from 'node:net';
import { join } from 'node:path';
import { compileGroup } from '../../core/wire/compile.ts';
import type { GroupConfig } from '../../core/wire/item.ts';
import type { CloudPlan } from '../cloud/cloud.ts';
import { ConsoleEnd } from '../console/server.ts';
import type { LabInfo, LabStatus } from '../control/types.ts';
import { ApiGateway, type ApiRequest } from '../ends/api/gateway.ts';
import { LabClock } from '../ends/clock.ts';
import { CredentialStore, DEFAULT_PERMISSIONS, MEMBER_ROLE, SCRIPTED_ROLE } from '../ends/credentials.ts';
import { DynamoEnd } from '../ends/dynamodb/server.ts';
import { Cloud } from '../ends/ec2/cloud.ts';
import { Ec2End } from '../ends/ec2/server.ts';
import { ImdsEnd } from '../ends/imds/server.ts';
import { LAB_BUCKET_HOST, S3End } from '../ends/s3/server.ts';
import { createLabTls } from '../ends/tls.ts';
import { LabError } from '../errors.ts';
import type { FunctionMetric } from '../lambda/log-lines.ts';
import { LambdaRuntime } from '../lambda/runtime.ts';
import { NetworkFaults } from '../net/faults.ts';
import { openListeners } from '../net/listen.ts';
import { createVpcNetwork, type VpcNetwork } from '../net/namespaces.ts';
import { obtainPrivilege, type Privilege } from '../net/privilege.ts';
import { labVariable } from '../processes.ts';
import { deployFunctions, deployGroups } from './deploy.ts';
import { Fabric, networkOptions } from './fabric.ts';
import { Faults } from './faults.ts';
import { Hosts } from './hosts.ts';
import { labInfo } from './info.ts';
import { Instances } from './instances.ts';
import { Journal } from './journal.ts';
import { Managers } from './managers.ts';
import { noteCall, noteLog } from './notes.ts';
import { EC2_PORT, type Plan, VPC } from './plan.ts';
import { populate } from './populate.ts';
import { Services } from './services.ts';
import { bestStandbyOf, groupStatus, ItemReader } from './status.ts';

const HEARTBEAT_ROUTE = 'POST /v1/heartbeat';
export interface LabOptions {
  readonly labId: string;
  readonly dir: string;
  readonly plan: Plan;
  /** What the template says. */
  readonly cloud: CloudPlan;
  /** Hears one sentence for each stage of the start. */
  readonly progress: (sentence: string) => void;
}

export class Lab {
  readonly journal = new Journal();
  readonly #options: LabOptions;
  readonly #clock = new LabClock();
  readonly #credentials = new CredentialStore({ clock: this.#clock });
  readonly #cloud: Cloud;
  readonly #ec2: Ec2End;
  readonly #imds: ImdsEnd;
  readonly #s3: S3End;
  readonly #api: ApiGateway;
  readonly #dynamo: DynamoEnd;
  readonly #console: ConsoleEnd;
  readonly #lambdas: LambdaRuntime;
  readonly services: Services;
  readonly #metrics: Record<string, number> = {};
  readonly #startedAt = Date.now();
  #privilege: Privilege | undefined;
  #network: VpcNetwork | undefined;
  #listeners: NetServer[] = [];
  readonly #fabric: Fabric;
  #hosts: Hosts | undefined;
  #faults: Faults | undefined;
  #managers: Managers | undefined;
  #items: ItemReader | undefined;
  #configs: Record<string, GroupConfig> = {};
  #ports = { ec2: 0, api: 0 };
  #consoleUrl = '';

  constructor(options: LabOptions) {
    this.#options = options;
    const clock = this.#clock;
    const credentials = this.#credentials;
    const processEnv = { [labVariable]: options.labId };
    const onError = (error: unknown): void => this.journal.add('lab-error', { message: String(error) });
    const { ackMs, propagationMs, addressesPerInterface } = options.plan;
    const { cloud } = options;
    credentials.allow(MEMBER_ROLE, undefined, [
      ...(DEFAULT_PERMISSIONS[MEMBER_ROLE] ?? []),
      ...cloud.memberPermissions,
    ]);
    this.#fabric = new Fabric(options.plan, this.journal, () => this.#made(this.#network));
    this.#cloud = new Cloud({
      clock,
      delays: { ackMs, propagationMs },
      ...(addressesPerInterface === undefined ? {} : { addressesPerInterfaceMax: addressesPerInterface }),
      onApplied: (change) => void this.#fabric.addressed(change),
      onRoute: (route) => void this.#fabric.routed(route),
      onAssociation: (association) => void this.#fabric.associated(association),
    });
    this.#ec2 = new Ec2End({
      clock,
      credentials,
      cloud: this.#cloud,
      onCall: (call) => noteCall(this.journal, call),
      onError,
    });
    this.#imds = new ImdsEnd({
      clock,
      cloud: this.#cloud,
      credentials,
      roleOf: (instanceId) => (this.#isScripted(instanceId) ? SCRIPTED_ROLE : MEMBER_ROLE),
      onError,
    });
    this.#s3 = new S3End({ clock, credentials, directory: join(options.dir, 's3'), onError });
    this.#dynamo = new DynamoEnd({ clock, processEnv, onError });
    this.#lambdas = new LambdaRuntime({
      clock,
      credentials,
      processEnv,
      onLog: (line) => noteLog(this.journal, line),
      onMetric: (metric) => this.#measured(metric),
      onInvocation: (invocation) => this.services.invoked(invocation),
    });
    const invoke = (name: string, event: unknown) => this.#lambdas.invoke(name, event);
    this.services = new Services({
      plan: cloud,
      clock,
      credentials,
      journal: this.journal,
      invoke,
      onError,
    });
    this.#api = new ApiGateway({
      clock,
      credentials,
      routes: Object.fromEntries(
        cloud.routes.map(({ key, functionArn }) => [key, cloud.functionName(functionArn)]),
      ),
      routeThrottles: Object.fromEntries(
        cloud.routes.flatMap(({ key, throttle }) => (throttle === undefined ? [] : [[key, throttle]])),
      ),
      invoke,
      onRequest: (request) => this.#requested(request),
      onError,
    });
    this.#console = new ConsoleEnd({ labId: options.labId, clock, invoke, onError });
  }

  /** Starts everything, in order. @throws LabError, DocumentError; the caller then calls {@link stop} */
  async start(): Promise<void> {
    const { plan, progress } = this.#options;
    progress(`starting ${plan.hosts.length} hosts, a client and the fabric as network namespaces`);
    await Promise.all([this.#startNetwork(), this.#startCloud()]);
    progress('deploying the Lambdas and the configuration');
    await this.#deploy();
    const daemons = Object.keys(plan.daemons);
    progress(`starting ${[...daemons, 'the agents'].join(', ')}`);
    const hosts = this.#made(this.#hosts);
    await hosts.startDaemons();
    for (const host of hosts.all) hosts.startAll(host);
    this.services.start();
  }

  /** Ends everything. Repeatable; goes on whatever fails. */
  async stop(): Promise<void> {
    this.#faults?.close();
    this.#items?.close();
    await this.#managers?.close();
    await this.#hosts?.killAll();
    for (const listener of this.#listeners) listener.close();
    await Promise.allSettled([
      this.services.close(),
      this.#lambdas.close(),
      this.#api.close(),
      this.#console.close(),
      this.#imds.close(),
      this.#s3.close(),
      this.#ec2.close(),
      this.#dynamo.close(),
    ]);
    await this.#network?.destroy();
    await this.#privilege?.release();
  }

  get faults(): Faults {
    return this.#made(this.#faults);
  }

  info(): LabInfo {
    const { labId, dir, plan } = this.#options;
    return labInfo({
      labId,
      dir,
      startedAt: this.#startedAt,
      table: this.#options.cloud.table,
      vips: plan.vips,
      network: this.#made(this.#network),
      hosts: this.#made(this.#hosts),
      operator: this.#credentials.operator(),
      endpoints: {
        ec2: `http://127.0.0.1:${this.#ports.ec2}`,
        api: `http://127.0.0.1:${this.#ports.api}`,
        dynamodb: this.#dynamo.directEndpoint,
        console: this.#consoleUrl,
      },
      env: this.services.env,
    });
  }

  async status(): Promise<LabStatus> {
    const { labId, plan } = this.#options;
    const owners = Object.fromEntries(
      await Promise.all(plan.vips.map(async (vip) => [vip, await this.#fabric.whereabouts(vip)] as const)),
    );
    const groups = await Promise.all(
      Object.values(this.#configs).map(async (config) =>
        groupStatus(
          await this.#made(this.#items).read(config.group),
          config,
          (node) => this.#hostOf(node),
          owners,
        ),
      ),
    );
    const calls = <T extends { calls: number }>(counts: Record<string, T>): Record<string, number> =>
      Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count.calls]));
    return {
      lab: labId,
      groups,
      faults: this.faults.active,
      counts: {
        ec2: calls(this.#ec2.counts()),
        dynamodb: calls(this.#dynamo.counts()),
        metrics: { ...this.#metrics },
      },
    };
  }

  async #startNetwork(): Promise<void> {
    const { labId, dir, plan } = this.#options;
    // The lab's folder may lie below /run, which a rootless lab hides behind one of its own.
    this.#privilege = await obtainPrivilege({ labId, visibleDirectory: dir });
    const network = await createVpcNetwork({
      ...networkOptions(labId, plan),
      privilege: this.#privilege,
    });
    this.#network = network;
    const tls = createLabTls([VPC.api, LAB_BUCKET_HOST], Date.now());
    const caFile = join(dir, 'ca.pem');
    writeFileSync(caFile, tls.ca);
    this.#listeners = await openListeners({
      enter: network.enter(network.fabric),
      labId,
      listeners: [
        { host: VPC.api, port: 443 },
        { host: VPC.imds, port: 80 },
        { host: VPC.s3, port: 443 },
        // A member has no business with EC2: the way there exists only where scripts need it.
        ...(plan.hosts.some((host) => host.isScripted) ? [{ host: VPC.api, port: EC2_PORT }] : []),
      ],
    });
    const [api, imds, s3, ec2] = this.#listeners;
    if (api !== undefined) this.#api.attach(api, tls.server);
    if (imds !== undefined) this.#imds.attach(imds);
    if (s3 !== undefined) this.#s3.attach(s3, tls.server);
    if (ec2 !== undefined) this.#ec2.attach(ec2, tls.server);
    this.#hosts = new Hosts(plan.hosts, {
      labId,
      dir,
      file: plan.file,
      served: plan.served,
      // What is for an Elastic IP arrives for the host's own address.
      servesOwn: plan.allocations.length > 0,
      daemons: plan.daemons,
      endpoint: `https://${VPC.api}`,
      caFile,
      scriptUser: network.privilege.mode === 'root' ? 'nobody' : 'root',
      enter: (host) => network.enter(network.host(host).namespace),
      journal: this.journal,
    });
    const enter = (host: string): string[] => network.enter(network.host(host).namespace);
    this.#managers = new Managers({ labId, journal: this.journal, enter });
    this.#faults = new Faults({
      hosts: this.#hosts,
      managers: this.#managers,
      network: new NetworkFaults(network),
      ec2: this.#ec2,
      cloud: this.#cloud,
      api: this.#api,
      dynamo: this.#dynamo,
      bus: this.services.bus,
      imds: this.#imds,
      instances: new Instances({
        clock: this.#clock,
        cloud: this.#cloud,
        bus: this.services.bus,
        imds: this.#imds,
        hosts: this.#hosts,
      }),
      arbiter: {
        freeze: (forMs) => this.#functions.forEach((name) => this.#lambdas.freeze(name, forMs)),
        thaw: () => this.#functions.forEach((name) => this.#lambdas.thaw(name)),
        shiftClock: (offsetMs) => this.#functions.forEach((name) => this.#lambdas.shiftClock(name, offsetMs)),
      },
      enter,
      journal: this.journal,
      resolve: (who) => this.#resolve(who),
    });
  }

  async #startCloud(): Promise<void> {
    const { cloud } = this.#options;
    const [ec2, api, endpoints] = await Promise.all([
      this.#ec2.listen(),
      this.#api.listen(),
      this.services.listen(),
      this.#dynamo.start(),
    ]);
    this.#ports = { ec2, api };
    this.#consoleUrl = await this.#console.listen();
    await this.#dynamo.createTable(cloud.table);
    this.#items = new ItemReader(this.#dynamo.directEndpoint, cloud.table);
    await deployFunctions(cloud, this.#lambdas, {
      ...endpoints,
      AWS_ENDPOINT_URL_EC2: `http://127.0.0.1:${ec2}`,
      AWS_ENDPOINT_URL_DYNAMODB: this.#dynamo.endpoint,
    });
  }

  /** What a deployment does: the instances exist, and the arbiter learns the configuration of each group. */
  async #deploy(): Promise<void> {
    const { plan } = this.#options;
    populate(this.#cloud, plan, (name) => this.#made(this.#network).host(name).mac);
    const enrolments = Object.fromEntries(
      plan.hosts.map(({ instanceId, eni, address }) => [instanceId, { eni, address }]),
    );
    await deployGroups(this.#options.cloud, this.#lambdas);
    for (const [name, group] of Object.entries(plan.file.groups))
      this.#configs[name] = compileGroup(name, group, enrolments);
  }

  /** Heartbeats go into the journal; what an operator asks is there as what the arbiter decides. */
  #requested({ method, path, sourceIp, status, startedAtMs, endedAtMs, principalArn }: ApiRequest): void {
    if (`${method} ${path}` !== HEARTBEAT_ROUTE) return;
    const node = principalArn?.split('/').at(-1);
    const fields = { host: this.#hostAt(sourceIp), status, ms: endedAtMs - startedAtMs, node };
    this.journal.add('beat', fields, startedAtMs);
  }

  #measured(metric: FunctionMetric): void {
    this.services.measured(metric);
    const { name, values } = metric;
    this.#metrics[name] = (this.#metrics[name] ?? 0) + values.reduce((sum, value) => sum + value, 0);
  }

  /** Who holds the first group, or would take over, by name. */
  async #resolve(who: 'holder' | 'standby'): Promise<string | undefined> {
    const [config] = Object.values(this.#configs);
    if (config === undefined) return undefined;
    const state = await this.#made(this.#items).read(config.group);
    const node = who === 'holder' ? state.holder : bestStandbyOf(state, config);
    return node === null || node === undefined ? undefined : this.#hostOf(node);
  }

  /** The arbiter's functions: a fault of its Lambdas is one of all of them. */
  get #functions(): string[] {
    return this.#options.cloud.functions.map(({ name }) => name);
  }

  #isScripted(instanceId: string): boolean {
    return this.#options.plan.hosts.some((host) => host.instanceId === instanceId && host.isScripted);
  }

  #hostOf(node: string): string {
    return this.#options.plan.hosts.find((host) => host.instanceId === node)?.name ?? node;
  }

  #hostAt(address: string): string {
    return this.#options.plan.hosts.find((host) => host.address === address)?.name ?? address;
  }

  #made<T>(part: T | undefined): T {
    if (part === undefined)
      throw new LabError('not-started', 'the lab has not started yet', { remedy: 'wait until it is ready' });
    return part;
  }
}
