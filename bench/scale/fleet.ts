/** All agents of a story, the fabric that their witnesses show, and who their heartbeats go to at the moment. */
import type { HeartbeatRequest } from '../../core/wire/heartbeat.ts';
import type { GroupState } from '../../core/wire/item.ts';
import type { NodeId } from '../../core/wire/names.ts';
import { BenchError } from '../errors.ts';
import { type Reply, SimulatedAgent, type Surroundings } from './agent.ts';
import { Rehearsal } from './rehearsal.ts';
import type { StoryClock } from './story-clock.ts';
import type { PlannedGroup, PlannedMember } from './village.ts';

/** Between two agents' first heartbeats nothing is agreed: they start within one heartbeat of each other. */
const BOOT_OFFSET_MS_MAX = 1_000_000_000;
/** What a host has sent in a month at one heartbeat a second. */
const SEQ_MAX = 2_628_000;
/** A group is given away a lease after its first report; then its standby finds its place behind the holder. */
const REHEARSAL_HEARTBEATS = 7;

export type Post = (request: HeartbeatRequest, reply: (reply: Reply) => void) => void;

const lost: Post = () => undefined;

export class Fleet implements Surroundings {
  readonly clock: StoryClock;
  readonly groups: readonly PlannedGroup[];
  readonly agents: readonly SimulatedAgent[];
  readonly #members = new Map<NodeId, PlannedMember>();
  readonly #owners = new Map<string, NodeId>();
  readonly #listed = new Map<NodeId, readonly string[]>();
  readonly #random: () => number;
  #post: Post = lost;

  constructor(groups: readonly PlannedGroup[], clock: StoryClock, random: () => number) {
    this.groups = groups;
    this.clock = clock;
    this.#random = random;
    this.agents = groups.flatMap(({ profile, members }) =>
      members.map((member) => {
        this.#members.set(member.node, member);
        const options = {
          node: member.node,
          profile,
          priority: member.priority,
          boot: Math.floor(clock.nowMs() - random() * BOOT_OFFSET_MS_MAX),
          seq: Math.floor(random() * SEQ_MAX),
          bootOffsetMs: -Math.floor(random() * BOOT_OFFSET_MS_MAX),
        };
        return new SimulatedAgent(options, this);
      }),
    );
  }

  /** Where heartbeats go from now on; undefined: nowhere. What is under way stays where it was sent to. */
  connect(post: Post | undefined): void {
    this.#post = post ?? lost;
  }

  post(request: HeartbeatRequest, reply: (reply: Reply) => void): void {
    this.#post(request, reply);
  }

  listed(node: NodeId): readonly string[] {
    return this.#listed.get(node) ?? [];
  }

  /** @throws BenchError for a stranger */
  member(node: string): PlannedMember {
    const member = this.#members.get(node);
    if (member === undefined) throw new BenchError(`${node} is no member`);
    return member;
  }

  /** The fabric delivers an address to this node from now on. */
  deliver(vip: string, node: NodeId): void {
    const before = this.#owners.get(vip);
    if (before === node) return;
    if (before !== undefined)
      this.#listed.set(
        before,
        this.listed(before).filter((one) => one !== vip),
      );
    this.#owners.set(vip, node);
    this.#listed.set(node, [...this.listed(node), vip]);
  }

  ownerOf(vip: string): NodeId | undefined {
    return this.#owners.get(vip);
  }

  /**
   * Starts all agents and plays until every group is held and quiet.
   * @returns the groups' items at that moment
   * @throws BenchError when a group is not held
   */
  async rehearse(): Promise<GroupState[]> {
    const { clock, groups } = this;
    const rehearsal = new Rehearsal(groups, clock, ({ vips, to }) => {
      for (const { address } of vips) this.deliver(address, to);
    });
    this.connect((request, reply) => {
      clock.after(1, () => {
        const answer = rehearsal.report(request);
        clock.after(1, () => reply(answer));
      });
    });
    const heartbeatMs = groups[0]?.config.heartbeatMs ?? 0;
    for (const agent of this.agents) clock.after(this.#random() * heartbeatMs, () => agent.start());
    await clock.play(clock.nowMs() + REHEARSAL_HEARTBEATS * heartbeatMs);
    const { states } = rehearsal;
    const restless = states.find(({ phase }) => phase !== 'held');
    if (restless !== undefined) throw new BenchError(`${restless.group} is ${restless.phase} and not held`);
    return states;
  }
}
