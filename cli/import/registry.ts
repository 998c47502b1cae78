/** What may be tracked, by name. What nobody tracks is dropped, whatever it says. */
import type { Context } from './context.ts';
import {
  PEER_DETECTION,
  type Tracked,
  type TrackedKind,
  trackedKindOf,
  trackedOf,
  weightIn,
} from './tracked.ts';
import { keywordOf, markAll, type Statement, valueOf } from './tree.ts';
import type { Fields } from './words.ts';

/** A check of one group. */
export interface Use {
  readonly name: string;
  readonly kind: TrackedKind | 'interface';
  readonly check: Fields;
  readonly weight: number;
  readonly isReversed: boolean;
  /** The line that tracks it. */
  readonly statement: Statement;
}

interface Entry {
  readonly statement: Statement;
  tracked: Tracked | undefined;
  readonly groups: Set<string>;
}

const WORDS_ONLY = 'only `weight NUMBER`, and `reverse`, are understood behind the name';
const UP_MEANS_FAULT = 'weight 0 reverse means FAULT while all is well: no check here does that';

export class Registry {
  readonly #context: Context;
  readonly #entries = new Map<string, Entry>();

  constructor(statements: readonly Statement[], context: Context) {
    this.#context = context;
    for (const statement of statements) this.#take(statement);
  }

  #take(statement: Statement): void {
    const kind = trackedKindOf(keywordOf(statement));
    if (kind === undefined) return;
    const key = `${kind} ${valueOf(statement)}`;
    if (this.#entries.has(key)) {
      markAll(
        this.#context.ledger,
        statement,
        'human',
        `there are two of the name ${valueOf(statement)}: the first counts`,
      );
    } else this.#entries.set(key, { statement, tracked: undefined, groups: new Set() });
  }

  /** A line of track_script, track_process, track_file or track_bfd. undefined: there is no check of it; the report says why. */
  use(kind: TrackedKind, group: string, statement: Statement): Use | undefined {
    const { ledger } = this.#context;
    const name = keywordOf(statement);
    const human = (why: string): undefined => {
      ledger.mark(statement.places, 'human', why);
      return undefined;
    };
    const entry = this.#entries.get(`${kind} ${name}`);
    if (entry === undefined) return human(`there is none of the name ${name}`);
    entry.groups.add(group);
    entry.tracked ??= trackedOf(kind, entry.statement, this.#context);
    const said = weightIn(statement.words.slice(1).map(({ text }) => text));
    if (said === undefined) return human(WORDS_ONLY);
    const { check } = entry.tracked;
    if (check === undefined) {
      return human(`no check could be made of it: see line ${entry.statement.places[0]?.line ?? 0}`);
    }
    return this.#weighed({
      name,
      kind,
      check,
      weight: said.weight ?? entry.tracked.weight,
      isReversed: said.isReversed ?? entry.tracked.isReversed,
      statement,
    });
  }

  /** A line of track_interface. */
  useInterface(statement: Statement): Use | undefined {
    const { ledger, words } = this.#context;
    const name = keywordOf(statement);
    const said = weightIn(statement.words.slice(1).map(({ text }) => text));
    if (!words.interface || said === undefined) {
      const why = words.interface
        ? WORDS_ONLY
        : 'this version has no check of an interface yet: make it a script';
      ledger.mark(statement.places, 'human', why);
      return undefined;
    }
    const check = { interface: name, interval: '1s', timeout: '1s', fall: 1, rise: 1 };
    return this.#weighed({
      name,
      kind: 'interface',
      check,
      weight: said.weight ?? 0,
      isReversed: said.isReversed === true,
      statement,
    });
  }

  #weighed(use: Use): Use | undefined {
    const { ledger, words } = this.#context;
    if (!use.isReversed) return use;
    if (words.reverse && use.weight !== 0) return use;
    const why = use.weight === 0 ? UP_MEANS_FAULT : 'this version cannot turn a weight round yet';
    ledger.mark(use.statement.places, 'human', why);
    return undefined;
  }

  /** Once everybody has been asked: who tracks what. */
  finish(): void {
    const { ledger } = this.#context;
    for (const { statement, groups } of this.#entries.values()) {
      if (groups.size === 0) markAll(ledger, statement, 'dropped', 'nobody tracks it');
      else if (keywordOf(statement) === 'bfd_instance')
        ledger.mark(statement.places, 'mapped', PEER_DETECTION);
      else ledger.mark(statement.places, 'mapped', `a check of ${[...groups].join(', ')}`);
    }
  }
}
