/** What each fault of AWS's services does to the lab, and how it is undone: EC2, its machines and their metadata, DynamoDB, the event bus. */
import type { FaultOrder } from '../control/types.ts';
import type { DynamoEnd } from '../ends/dynamodb/server.ts';
import type { Cloud } from '../ends/ec2/cloud.ts';
import type { Ec2End } from '../ends/ec2/server.ts';
import type { Ec2Fault } from '../ends/ec2/temper.ts';
import type { BusFault, EventBus } from '../ends/events/bus.ts';
import type { ImdsEnd, ImdsTrouble } from '../ends/imds/server.ts';
import type { Instances } from './instances.ts';
import type { PlannedHost } from './plan.ts';

/** The parts of a lab that these strike. */
export interface CloudScene {
  readonly ec2: Ec2End;
  readonly cloud: Cloud;
  readonly dynamo: DynamoEnd;
  readonly bus: EventBus;
  readonly imds: ImdsEnd;
  readonly instances: Instances;
}

export type Undo = () => Promise<void> | void;

const EC2_DELAY_MS_DEFAULT = 1000;
const DYNAMODB_DELAY_MS_DEFAULT = 100;
const EVENT_DELAY_MS_DEFAULT = 5000;
/** Service Unavailable; and Forbidden, as where the service is switched off for the instance. */
const IMDS_STATUS = { 'imds-error': 503, 'imds-denied': 403 } as const;
const IMDS_DELAY_MS_DEFAULT = 3000;
const CODE_DEFAULT = 'InternalError';

/** The whole API, by any of the names that people try. */
const WHOLE_API: ReadonlySet<string> = new Set(['all', 'arbiter', 'ec2', 'dynamodb']);
export const isWholeApi = (target: string): boolean => WHOLE_API.has(target);

export type CloudKind = Extract<
  FaultOrder['kind'],
  | `ec2-${string}`
  | `dynamodb-${string}`
  | `instance-${string}`
  | `events-${string}`
  | 'spot-notice'
  | `imds-${string}`
>;

export class CloudEffects {
  readonly #scene: CloudScene;

  constructor(scene: CloudScene) {
    this.#scene = scene;
  }

  /**
   * Does it.
   * @param kind the order's
   * @param affected the hosts that are meant, if the fault is one of hosts
   * @returns how to undo it, or undefined when there is nothing to undo
   */
  async begin(
    kind: CloudKind,
    order: FaultOrder,
    affected: readonly PlannedHost[],
  ): Promise<Undo | undefined> {
    switch (kind) {
      case 'ec2-throttle':
      case 'ec2-error':
      case 'ec2-stale':
        return this.#ec2(order);
      case 'ec2-slow':
        return this.#slow(order.ms ?? EC2_DELAY_MS_DEFAULT);
      case 'dynamodb-error':
      case 'dynamodb-throttle':
      case 'dynamodb-slow':
        return this.#dynamodb(order);
      case 'instance-stop':
      case 'instance-force-stop':
      case 'instance-terminate':
      case 'spot-notice':
        return this.#instances(order, affected);
      case 'imds-error':
      case 'imds-denied':
      case 'imds-gone':
      case 'imds-slow':
      case 'imds-stale':
        return this.#imds(order, affected);
      case 'events-drop':
      case 'events-slow':
      case 'events-repeat':
        return this.#events(order);
    }
  }

  #ec2({ kind, target, percent, code, ms }: FaultOrder): Undo {
    const { ec2 } = this.#scene;
    const scope: { action?: string; percent?: number } = {
      ...(isWholeApi(target) ? {} : { action: target }),
      ...(percent === undefined ? {} : { percent }),
    };
    const faults: Partial<Record<FaultOrder['kind'], Ec2Fault>> = {
      'ec2-throttle': { kind: 'throttle', ...scope },
      'ec2-stale': { kind: 'hold', holdMs: ms ?? EC2_DELAY_MS_DEFAULT, ...scope },
    };
    ec2.fault(faults[kind] ?? { kind: 'error', code: code ?? CODE_DEFAULT, ...scope });
    // Another action, or another VIP, may be struck by a fault of its own.
    return () => ec2.heal(scope.action ?? '*');
  }

  /** EC2 takes its time: to acknowledge a call, and then again until the fabric delivers by it. */
  #slow(ms: number): Undo {
    const { delays } = this.#scene.cloud;
    const { ackMs, propagationMs } = delays;
    Object.assign(delays, { ackMs: ackMs + ms, propagationMs: propagationMs + ms });
    return () => void Object.assign(delays, { ackMs, propagationMs });
  }

  async #instances({ kind }: FaultOrder, affected: readonly PlannedHost[]): Promise<Undo | undefined> {
    const { instances } = this.#scene;
    if (kind === 'instance-terminate') {
      await Promise.all(affected.map((host) => instances.terminate(host)));
      return undefined;
    }
    const befall = async (host: PlannedHost): Promise<() => void> =>
      kind === 'spot-notice' ? instances.warn(host) : instances.stop(host, kind === 'instance-force-stop');
    const undos = await Promise.all(affected.map(befall));
    return () => undos.forEach((undo) => undo());
  }

  #imds({ kind, ms }: FaultOrder, affected: readonly PlannedHost[]): Undo {
    const { imds } = this.#scene;
    const faultOf = (): ImdsTrouble => {
      switch (kind) {
        case 'imds-slow':
          return { delayMs: ms ?? IMDS_DELAY_MS_DEFAULT };
        case 'imds-gone':
          return { isGone: true };
        case 'imds-stale':
          return { isStale: true };
        default:
          return { status: IMDS_STATUS[kind === 'imds-denied' ? kind : 'imds-error'] };
      }
    };
    const trouble = faultOf();
    for (const { instanceId } of affected) imds.fault({ instanceId, ...trouble });
    return () => affected.forEach(({ instanceId }) => imds.heal(instanceId, trouble));
  }

  #events({ kind, target, percent, ms }: FaultOrder): Undo {
    const { bus } = this.#scene;
    const scope = {
      ...(percent === undefined ? {} : { percent }),
      ...(isWholeApi(target) ? {} : { detailType: target }),
    };
    const faults: Partial<Record<FaultOrder['kind'], BusFault>> = {
      'events-drop': { kind: 'drop', ...scope },
      'events-repeat': { kind: 'repeat', ...scope },
    };
    bus.fault(faults[kind] ?? { kind: 'hold', holdMs: ms ?? EVENT_DELAY_MS_DEFAULT, ...scope });
    return () => bus.heal(scope.detailType);
  }

  #dynamodb({ kind, target, percent, ms }: FaultOrder): Undo {
    const { dynamo } = this.#scene;
    const scope = {
      ...(percent === undefined ? {} : { percent }),
      ...(isWholeApi(target) ? {} : { target }),
    };
    if (kind === 'dynamodb-slow')
      dynamo.fault({ kind: 'slow', holdMs: ms ?? DYNAMODB_DELAY_MS_DEFAULT, ...scope });
    else dynamo.fault({ kind: kind === 'dynamodb-throttle' ? 'throttle' : 'error', ...scope });
    return () => dynamo.heal();
  }
}
