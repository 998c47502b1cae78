/** Which words the schema of this version knows: what it does not know is left to a human rather than written. */
import { hostCheckSchema } from '../../core/wire/config.ts';
import { vipSchema } from '../../core/wire/names.ts';

/** A check, or a VIP, as it would stand in the file. */
export type Fields = Readonly<Record<string, unknown>>;

export interface Vocabulary {
  /** Checks of a number in a file, after track_file. */
  readonly file: boolean;
  readonly interface: boolean;
  readonly ping: boolean;
  /** `reverse: true`, on any check with a weight. */
  readonly reverse: boolean;
  /** VIPs to which route tables lead. */
  readonly route: boolean;
  readonly elasticIp: boolean;
  /** Whether a check may stand in the file as it is. */
  readonly takesCheck: (check: Fields) => boolean;
  readonly takesVip: (vip: Fields) => boolean;
}

const takesCheck = (check: Fields): boolean => hostCheckSchema.safeParse(check).success;
const takesVip = (vip: Fields): boolean => vipSchema.safeParse(vip).success;

/** Asked of the schema itself, so that a word is written as soon as it is known. */
export const VOCABULARY: Vocabulary = {
  file: takesCheck({ file: '/run/state', weight: 1 }),
  interface: takesCheck({ interface: 'eth0' }),
  ping: takesCheck({ ping: 'gateway', count: 10, loss: 80 }),
  reverse: takesCheck({ process: 'mysqld', weight: -10, reverse: true }),
  route: takesVip({ address: '10.255.0.1', fabric: 'route', tables: ['rtb-0123456789abcdef0'] }),
  elasticIp: takesVip({
    address: '203.0.113.7',
    fabric: 'elastic-ip',
    allocation: 'eipalloc-0123456789abcdef0',
  }),
  takesCheck,
  takesVip,
};
