/** Reads a YAML document against a schema and says where it is wrong: line, column, key and what would be right. */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js';

// Without a language the schema library says only "Invalid input". Lambdas parse no documents and do without.
z.config(english());

/** One thing wrong with a document. `line` and `column` count from 1. */
export interface Finding {
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

/** A document that is not YAML, or that its schema refuses. `findings` has at least one entry. */
export class DocumentError extends Error {
  readonly findings: readonly Finding[];
  constructor(name: string, findings: readonly Finding[]) {
    const lines = findings.map(
      ({ line, column, path, message }) =>
        `${name}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`,
    );
    super(lines.join('\n'));
    this.name = 'DocumentError';
    this.findings = findings;
  }
}

/** A file larger than this is not a configuration. */
const DOCUMENT_CHARS_MAX = 262_144;
const ALIASES_MAX = 100;

type Issue = z.core.$ZodIssue;

/** A union reports all its branches; only the branch that came furthest tells the user anything. */
const innermost = (issue: Issue): Issue[] => {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const depth = (branch: Issue[]): number => Math.max(...branch.map((inner) => inner.path.length));
  const unknownKeys = (branch: Issue[]): number =>
    branch.filter((inner) => inner.code === 'unrecognized_keys').length;
  const best =
    issue.errors.toSorted(
      (a, b) => unknownKeys(a) - unknownKeys(b) || depth(b) - depth(a) || a.length - b.length,
    )[0] ?? [];
  return best.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }));
};

/** What only shows when aliases are resolved: one without its anchor, or so many that they are an attack. */
const plainOf = (name: string, document: Document): unknown => {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (cause) {
    throw new DocumentError(name, [
      { line: 1, column: 1, path: '', message: cause instanceof Error ? cause.message : String(cause) },
    ]);
  }
};

/** The key that ends `path`, as it stands in the document. Its value may begin a line later. */
const keyAt = (document: Document, path: readonly PropertyKey[]): unknown => {
  const map = document.getIn(path.slice(0, -1), true);
  const name = String(path.at(-1));
  return isMap(map)
    ? map.items.find(({ key }) => isScalar(key) && String(key.value) === name)?.key
    : undefined;
};

/** What a finding is about: the key nobody knows, else the value, else the nearest thing around it that is there. */
const nodeAbout = (document: Document, path: readonly PropertyKey[], isKey: boolean): unknown => {
  const key = isKey ? keyAt(document, path) : undefined;
  if (key !== undefined) return key;
  const depths = Array.from({ length: path.length + 1 }, (_, up) => path.length - up);
  return depths.map((depth) => document.getIn(path.slice(0, depth), true)).find(isNode);
};

/**
 * Parses `text` as YAML and then by `schema`.
 * @param name what messages call the document, usually its file name
 * @throws DocumentError with every finding, each with its line and column
 * @example readDocument('keepaloft.yaml', text, keepaloftFileSchema).groups
 */
export const readDocument = <T extends z.ZodMiniType>(name: string, text: string, schema: T): z.output<T> => {
  if (text.length > DOCUMENT_CHARS_MAX) {
    throw new DocumentError(name, [
      { line: 1, column: 1, path: '', message: `longer than ${DOCUMENT_CHARS_MAX} characters` },
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0) {
    throw new DocumentError(
      name,
      document.errors.map((error) => ({
        ...at(error.pos[0]),
        path: '',
        message: error.message.split('\n')[0] ?? '',
      })),
    );
  }
  const parsed = schema.safeParse(plainOf(name, document));
  if (parsed.success) return parsed.data;
  throw new DocumentError(
    name,
    parsed.error.issues.flatMap(innermost).flatMap((issue) => {
      const unknown = issue.code === 'unrecognized_keys';
      const paths = unknown ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
      return paths.map((path) => {
        const node = nodeAbout(document, path, unknown);
        const place = isNode(node) && node.range ? at(node.range[0]) : { line: 1, column: 1 };
        return {
          ...place,
          path: path.map(String).join('.'),
          message: unknown ? 'unknown key' : issue.message,
        };
      });
    }),
  );
};
