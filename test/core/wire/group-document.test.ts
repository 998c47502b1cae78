// Proves that a group written back as a document is read as the same group, under the same hash.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configHashOf } from '../../../core/wire/compile.ts';
import { keepaloftFileSchema } from '../../../core/wire/config.ts';
import { fileOfGroup } from '../../../core/wire/group-document.ts';
import { keepaloftFiles } from '../../fuzz/arbitraries/files.ts';

describe('the document of a group', () => {
  it('is read as the same group, also as JSON, and says every default', () => {
    fc.assert(
      fc.property(keepaloftFiles, (file) => {
        for (const [name, group] of Object.entries(keepaloftFileSchema.parse(file).groups)) {
          const text = JSON.stringify(fileOfGroup(name, group));
          const { groups } = keepaloftFileSchema.parse(JSON.parse(text));
          expect(groups).toEqual({ [name]: group });
          expect(configHashOf(groups[name] ?? group)).toBe(configHashOf(group));
        }
      }),
      { numRuns: 100 },
    );
  });
});
