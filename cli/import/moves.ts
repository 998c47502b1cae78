/** Whether a notify script moves an address in a cloud. That becomes the group's fabric and never a hook: only the arbiter moves. Pure. */

export type MoveKind = 'secondary-ip' | 'route' | 'elastic-ip' | 'ipv6' | 'elsewhere';

export interface Move {
  readonly kind: MoveKind;
  /** What was found, as it stands there. */
  readonly call: string;
  /** Of route: the tables that the script names. */
  readonly tables: readonly string[];
  /** Of elastic-ip: what the script names. */
  readonly allocation?: string;
  readonly publicAddress?: string;
}

/** The CLI's, the API's and the Python SDK's name of a call, by its words. */
const callOf = (...words: readonly string[]): RegExp =>
  new RegExp(String.raw`(?<![\w-])${words.join('[-_]?')}(?![\w-])`, 'iu');

const CALLS: readonly { readonly kind: MoveKind; readonly call: RegExp }[] = [
  { kind: 'secondary-ip', call: callOf('assign', 'private', 'ip', 'addresses') },
  { kind: 'route', call: callOf('replace', 'route') },
  { kind: 'route', call: callOf('create', 'route') },
  // A known script of another cloud, which deletes the host route and creates it anew.
  { kind: 'route', call: /(?<![\w-])nexthop\.py(?![\w-])/u },
  { kind: 'elastic-ip', call: callOf('associate', 'address') },
  { kind: 'ipv6', call: callOf('assign', 'ipv6', 'addresses') },
  {
    kind: 'elsewhere',
    call: /(?<![\w-])(?:gcloud\s+compute|az\s+network|openstack\s+port|neutron\s+port-update|aliyun\s+vpc)(?![\w-])/u,
  },
];

const TABLE = /(?<!\w)rtb-[0-9a-f]{8,17}(?!\w)/gu;
const ALLOCATION = /(?<!\w)eipalloc-[0-9a-f]{8,17}(?!\w)/u;
const PUBLIC = /(?:--public-ip|PublicIp)["']?[\s=:,]+["']?(\d{1,3}(?:\.\d{1,3}){3})/u;

/** What a comment says is not done; here `!` begins none. */
const withoutComments = (text: string): string => text.replaceAll(/(^|\s)#[^\n]*/gu, '$1');

/** The calls in a script's text, or in a command line. */
export const movesIn = (script: string): Move[] => {
  const text = withoutComments(script);
  const allocation = ALLOCATION.exec(text)?.[0];
  const publicAddress = PUBLIC.exec(text)?.[1];
  const seen = new Set<MoveKind>();
  return CALLS.flatMap(({ kind, call }): Move[] => {
    const found = call.exec(text)?.[0];
    if (found === undefined || seen.has(kind)) return [];
    seen.add(kind);
    return [
      {
        kind,
        call: found,
        tables: kind === 'route' ? [...new Set(text.match(TABLE))] : [],
        ...(kind === 'elastic-ip' && allocation !== undefined ? { allocation } : {}),
        ...(kind === 'elastic-ip' && publicAddress !== undefined ? { publicAddress } : {}),
      },
    ];
  });
};
