/** Tells when the arbiter has answered a heartbeat. */
import type { Ports } from './loop/ports.ts';

export interface Heard {
  readonly post: Ports['post'];
  /** Resolves once the next answer has been taken, or after `withinMs`. */
  readonly answer: (withinMs: number) => Promise<void>;
}

export const createHeard = (post: Ports['post']): Heard => {
  let waiting: (() => void)[] = [];
  return {
    post: async (request, options) => {
      const reply = await post(request, options);
      // Whoever sent the heartbeat takes the answer first.
      if (reply.kind === 'answer') for (const resolve of waiting.splice(0)) setImmediate(resolve);
      return reply;
    },
    answer: (withinMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, withinMs);
        waiting = [
          ...waiting,
          () => {
            clearTimeout(timer);
            resolve();
          },
        ];
      }),
  };
};
