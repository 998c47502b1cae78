import type { GroupConfig } from '../../core/wire/item.ts';
import type { Store } from '../store/store.ts';

/** A configuration is immutable under its hash, so one read serves the life of the environment. */
export interface ConfigCache {
  /** @throws as `Store.loadConfig`; a failure is not kept */
  of(group: string, hash: string): Promise<GroupConfig>;
}

/** About 2 KB each; beyond this the oldest goes, which costs one read when it is needed again. */
const CONFIGS_MAX = 1024;

export const createConfigCache = (store: Pick<Store, 'loadConfig'>): ConfigCache => {
  const known = new Map<string, GroupConfig>();
  return {
    async of(group, hash) {
      const key = `${group}#${hash}`;
      const cached = known.get(key);
      if (cached !== undefined) return cached;
      const config = await store.loadConfig(group, hash);
      const oldest = known.size >= CONFIGS_MAX ? known.keys().next().value : undefined;
      if (oldest !== undefined) known.delete(oldest);
      known.set(key, config);
      return config;
    },
  };
};
