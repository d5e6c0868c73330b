import { describe, expect, it } from 'vitest';
import { findChange } from './find-change.ts';
import { guiltyA } from './fixtures/guilty-a.ts';
import { guiltyB } from './fixtures/guilty-b.ts';
import { heldOutGuiltyA } from './fixtures/held-out-guilty-a.ts';
import { heldOutGuiltyB } from './fixtures/held-out-guilty-b.ts';
import { heldOutInnocent } from './fixtures/held-out-innocent.ts';
import { innocentA } from './fixtures/innocent-a.ts';
import { caseOf } from './fixtures/scene.ts';

describe('find the guilty change', () => {
  it.each([...guiltyA, ...guiltyB, ...heldOutGuiltyA, ...heldOutGuiltyB].map((scene) => [scene.id, scene] as const))(
    'blames the change that did it: %s',
    (_, scene) => {
      const verdict = findChange(caseOf(scene));
      expect(verdict.change).toBe(scene.answer);
      expect(verdict.evidence.length).toBeGreaterThan(1);
      expect(verdict.confidence).toBeLessThan(1);
    },
  );

  it.each([...innocentA, ...heldOutInnocent].map((scene) => [scene.id, scene] as const))(
    'blames no change where none did it: %s',
    (_, scene) => {
      expect(findChange(caseOf(scene))).toMatchObject({ change: 'none', action: 'none' });
    },
  );
});
