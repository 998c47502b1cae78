/** The commands of a story, and what each does to the world. `docs/transcripts.md` explains them. */
import type { Command } from '../../../core/election/types.ts';
import { VIP } from '../fixtures.ts';
import type { Host } from '../story/host.ts';
import { msOf, settingOf } from './setting.ts';
import { Stage } from './stage.ts';

/** How long `until` waits when it is not told. */
const WITHIN_MS = 30_000;

type Play = (stage: Stage, words: readonly string[]) => string[];

const wholeNumber = (text: string | undefined): number => {
  if (text === undefined || !/^\d{1,6}$/u.test(text)) throw new Error(`${text} is no whole number`);
  return Number(text);
};

/** A command about one host that takes no time. */
const toHost =
  (act: (stage: Stage, host: Host) => void): Play =>
  (stage, [name = '']) => {
    act(stage, stage.host(name));
    return stage.take();
  };

/** Runs the path between a host, or all of them, and the arbiter. */
const path =
  (isCut: boolean): Play =>
  (stage, [name = '']) => {
    if (name === 'all') stage.world.arbiterUp = !isCut;
    else stage.host(name).cutFromArbiter = isCut;
    const who = name === 'all' ? 'arbiter' : stage.host(name).node;
    const peer = name === 'all' ? 'everybody' : 'the arbiter';
    stage.say(who, isCut ? `is cut off from ${peer}` : `reaches ${peer} again`);
    return stage.take();
  };

const conditionOf = (stage: Stage, [what = '', ...rest]: readonly string[]): (() => boolean) => {
  const { world } = stage;
  const name = rest.at(-1) ?? '';
  const about = rest[0] === 'by' ? stage.host(name).node : undefined;
  switch (what) {
    case 'answered':
      return () => world.server !== undefined && (about ?? world.server.node) === world.server.node;
    case 'dark':
      return () => world.server === undefined;
    case 'held':
    case 'moving':
    case 'releasing':
      return () =>
        world.arbiter.state.phase === what && (about === undefined || world.arbiter.state.holder === about);
    case 'unbound':
      return () => !stage.host(name).bound.has(VIP);
    case 'left':
      return () => !stage.host(name).agentRuns;
    default:
      throw new Error(`until ${what}: there are answered, dark, held, moving, releasing, unbound and left`);
  }
};

const until: Play = (stage, words) => {
  const within = words.indexOf('within');
  const condition = within === -1 ? words : words.slice(0, within);
  const withinMs = within === -1 ? WITHIN_MS : msOf(words[within + 1] ?? '');
  const holds = conditionOf(stage, condition);
  return stage.pass(() => stage.until(condition.join(' '), holds, withinMs));
};

const commandOf = (stage: Stage, [what = '', ...rest]: readonly string[]): Command => {
  switch (what) {
    case 'failover':
      return rest[0] === 'to' ? { do: what, to: stage.host(rest[1] ?? '').node } : { do: what };
    case 'drain':
    case 'undrain':
      return { do: what, node: stage.host(rest[0] ?? '').node };
    case 'pause':
    case 'resume':
      return { do: what };
    default:
      throw new Error(`operate ${what}: there are failover, drain, undrain, pause and resume`);
  }
};

const operate: Play = (stage, words) => {
  const at = words.indexOf('if-epoch');
  const ifEpoch = at === -1 ? undefined : wholeNumber(words[at + 1]);
  stage.operate(commandOf(stage, at === -1 ? words : words.slice(0, at)), ifEpoch);
  return stage.take();
};

const service = (runs: boolean): Play =>
  toHost((stage, host) => {
    host.serviceRuns = runs;
    stage.say(host.node, runs ? 'its service runs again' : 'its service dies');
  });

const fabric = (act: (stage: Stage, ms: number) => string): Play => {
  return (stage, [ms = '']) => {
    stage.say('fabric', act(stage, msOf(ms)));
    return stage.take();
  };
};

const COMMANDS: Readonly<Record<string, Play>> = {
  status: (stage) => stage.status(),
  advance: (stage, [ms = '']) => stage.pass(() => stage.world.run(msOf(ms))),
  until,
  kill: toHost((stage, host) => stage.kill(host)),
  start: toHost((stage, host) => stage.start(host)),
  stop: toHost((stage, host) => {
    stage.say(host.node, 'is asked to stop');
    host.terminate();
  }),
  freeze: toHost((stage, host) => {
    stage.say(host.node, 'stands still, agent and service');
    host.freeze();
  }),
  hang: toHost((stage, host) => {
    stage.say(host.node, 'its agent stands still, its service answers on');
    host.hang();
  }),
  thaw: toHost((stage, host) => {
    stage.say(host.node, 'goes on');
    host.thaw();
  }),
  refuse: toHost((stage, host) => {
    stage.say(host.node, 'its beforeMaster will exit with 75');
    host.refuses = true;
  }),
  'service-dies': service(false),
  'service-runs': service(true),
  cut: path(true),
  join: path(false),
  throttle: fabric((stage, ms) => {
    stage.world.fabric.throttledUntil = stage.world.now + ms;
    return `EC2 throttles for ${ms} ms`;
  }),
  stall: fabric((stage, ms) => {
    stage.world.fabric.stallNextMs = ms;
    return `the next mover will stand still for ${ms} ms`;
  }),
  steal: (stage, [name = '']) => {
    stage.steal(name);
    return stage.take();
  },
  brake: (stage, [groups, of, moved]) => {
    if (of !== 'moved') throw new Error('brake GROUPS moved COUNT');
    stage.brake(wholeNumber(groups), wholeNumber(moved));
    return stage.take();
  },
  operate,
};

export const COMMAND_NAMES: readonly string[] = ['group', ...Object.keys(COMMANDS)];

/** Plays a story's commands in order. Each `group` begins a new world. */
export const player = (): ((command: string) => string[]) => {
  let stage: Stage | undefined;
  return (command) => {
    const [name = '', ...words] = command.split(' ');
    if (name === 'group') {
      stage = new Stage(settingOf(words));
      return stage.status();
    }
    const play = COMMANDS[name];
    if (play === undefined) throw new Error(`${name}: there are ${COMMAND_NAMES.join(', ')}`);
    if (stage === undefined) throw new Error('a story begins with a group');
    return play(stage, words);
  };
};
