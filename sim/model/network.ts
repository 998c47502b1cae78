/** What carries heartbeats to the arbiter and answers back: late, out of order, twice, one way only, or not at all. */
import type { NodeId } from '../../core/wire/names.ts';
import type { World } from '../world.ts';
import type { Agent } from './agent.ts';
import type { Sent, Urgency } from './exchange.ts';
import type { Host } from './host.ts';
import { Invocation, type Reply, type Request } from './invocation.ts';

/** A recorded request is sent again after up to this. */
const REPLAY_MS_MAX = 60_000;
const GATEWAY_MS = 2;
/** `blackout`: how the arbiter is away. */
const VANISHES = 1;
const FAILS = 2;

export class Network {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  #wayMs(): number {
    const { net, settings, weather } = this.#world;
    const extraMs = weather.delayMs > 0 ? net.next() * weather.delayMs : 0;
    return settings.latencyMs + net.next() * settings.jitterMs + extraMs;
  }

  #isLost(): boolean {
    const { weather, net } = this.#world;
    return weather.loss > 0 && net.chance(weather.loss);
  }

  /** `signMs`: until the bytes leave; `back` is called if and when the answer arrives. */
  send(agent: Agent, sent: Sent, signMs: number, back: (reply: Reply) => void): void {
    const { host } = agent;
    const world = this.#world;
    const { shared } = world.settings;
    const request: Request = {
      input: {
        kind: 'report',
        node: host.node,
        beat: { boot: sent.boot, seq: sent.seq },
        report: sent.report,
      },
      node: host.node,
      // A host with two groups beats for both at once; only what is urgent travels alone.
      alone: !shared || sent.urgency === 'urgent',
    };
    const lost = host.cut > 0 || host.cutOut > 0 || this.#isLost();
    if (world.trace !== undefined) this.#traceRequest(host, sent, lost);
    if (!lost) this.#carry(host, request, sent.urgency, signMs + this.#wayMs(), back);
    if (world.weather.duplicates > 0 && world.net.chance(world.weather.duplicates)) this.#replay(request);
  }

  #replay(request: Request): void {
    const { queue, net, settings } = this.#world;
    const latest = Math.max(10, Math.min(REPLAY_MS_MAX, settings.healMs - queue.now));
    queue.after(net.spread(5, latest + 6), () => {
      this.#world.trace?.line(
        queue.now,
        'network',
        `a recorded heartbeat of ${this.#world.nameOf(request.node)} is sent again`,
      );
      this.invoke(request, () => undefined);
    });
  }

  /** How long an answer to this host is held up; Infinity: it never comes. */
  #lateMs(host: Host, urgency: Urgency): number {
    const { net } = this.#world;
    if (host.urgentAfterMs > 0) return urgency === 'urgent' ? host.urgentAfterMs : Infinity;
    if (host.lateMs === 0) return 0;
    return net.chance(host.lateLost) ? Infinity : net.next() * host.lateMs;
  }

  #carry(host: Host, request: Request, urgency: Urgency, wayMs: number, back: (reply: Reply) => void): void {
    const { queue, net, weather } = this.#world;
    queue.after(wayMs, () => {
      const answer = (reply: Reply): void => {
        if (host.cut > 0 || host.cutIn > 0 || this.#isLost()) return;
        const lateMs = this.#lateMs(host, urgency);
        if (lateMs === Infinity) return;
        queue.after(this.#wayMs() + lateMs, () => {
          // A machine that stands still takes no packets, and one that is off even less.
          if (host.paused === 0 && host.on) back(reply);
        });
      };
      if (weather.blackout === VANISHES) return;
      if (weather.blackout === FAILS) return answer({ kind: 'failed' });
      if (weather.blackout > FAILS || (weather.apiThrottle > 0 && net.chance(weather.apiThrottle)))
        return answer({ kind: 'throttled' });
      this.invoke(request, answer);
    });
  }

  /** A Lambda takes the request. Also the way in for operators and for strangers. */
  invoke(request: Request, reply: (reply: Reply) => void): void {
    const { queue, lambdas, trace } = this.#world;
    const { environment, startMs } = lambdas.take();
    const begin = (): void => {
      if (environment.dead) return reply({ kind: 'failed' });
      environment.resume(() => new Invocation(this.#world, environment, request, reply).start());
    };
    if (startMs === 0) begin();
    else {
      trace?.line(queue.now, environment.name, `starts, ${startMs.toFixed(0)} ms`);
      queue.after(startMs + GATEWAY_MS, begin);
    }
  }

  #traceRequest(host: Host, { urgency, boot, seq, report }: Sent, lost: boolean): void {
    const said = [
      urgency === 'urgent' ? 'at once' : '',
      report.health === 'fault' ? 'FAULT' : '',
      report.resign === true ? 'resign' : '',
      report.released === undefined ? '' : `released ${report.released}`,
      report.deaf === true ? 'deaf' : '',
      report.holdMs > 0 ? `may hold ${report.holdMs} ms` : '',
      report.claim === undefined
        ? ''
        : `claims: ${this.#world.nameOf(report.claim.holder)} at ${report.claim.beat} silent ${report.claim.silentMs} ms`,
      lost ? 'LOST' : '',
    ].filter((part) => part !== '');
    this.#world.trace?.line(
      this.#world.queue.now,
      host.name,
      `beats ${boot % 100_000}:${seq}${said.length > 0 ? `, ${said.join(', ')}` : ''}`,
    );
  }

  /** A node that is no member sends what a member might. */
  stranger(node: NodeId, request: Request): void {
    this.invoke({ ...request, node }, (reply) => this.#world.monitor.strangerAnswered(node, reply));
  }
}
