import { describe, expect, it } from 'vitest';
import { findChange } from './find-change.ts';
import { freshGuilty } from './fixtures/fresh-guilty.ts';
import { freshInnocent } from './fixtures/fresh-innocent.ts';
import { guiltyA } from './fixtures/guilty-a.ts';
import { guiltyB } from './fixtures/guilty-b.ts';
import { heldOutGuiltyA } from './fixtures/held-out-guilty-a.ts';
import { heldOutGuiltyB } from './fixtures/held-out-guilty-b.ts';
import { heldOutInnocent } from './fixtures/held-out-innocent.ts';
import { innocentA } from './fixtures/innocent-a.ts';
import { lastLook } from './fixtures/last-look.ts';
import { otherEyes } from './fixtures/other-eyes.ts';
import { caseOf, type Scene } from './fixtures/scene.ts';
import { secondLook } from './fixtures/second-look.ts';
import { thirdHand } from './fixtures/third-hand.ts';

/** Scenes whose guilty change the method does not recognize; there it must say "none" rather than blame another. */
const beyondIt = ['topic-nobody-reads', 'keepalive'];
const looks = [...lastLook, ...secondLook, ...otherEyes, ...thirdHand];

const guilty = [...guiltyA, ...guiltyB, ...heldOutGuiltyA, ...heldOutGuiltyB, ...freshGuilty, ...looks.filter(isSeen)];
const innocent = [...innocentA, ...heldOutInnocent, ...freshInnocent, ...looks.filter(({ answer }) => answer === 'none')];

function isSeen({ id, answer }: Scene): boolean {
  return answer !== 'none' && !beyondIt.includes(id);
}

describe('find the guilty change', () => {
  it.each(guilty.map((scene) => [scene.id, scene] as const))('blames the change that did it: %s', (_, scene) => {
    const verdict = findChange(caseOf(scene));
    expect(verdict.change).toBe(scene.answer);
    expect(verdict.evidence.length).toBeGreaterThan(1);
    expect(verdict.confidence).toBeLessThan(1);
  });

  it.each(innocent.map((scene) => [scene.id, scene] as const))('blames no change where none did it: %s', (_, scene) => {
    expect(findChange(caseOf(scene))).toMatchObject({ change: 'none', action: 'none' });
  });

  it.each(guilty.map((scene) => [scene.id, scene] as const))(
    'does not blame another where the guilty change is not on the list: %s',
    (_, scene) => {
      const given = caseOf(scene);
      expect(findChange({ ...given, changes: given.changes.filter(({ sha }) => sha !== scene.answer) }).change).toBe('none');
    },
  );

  it.each(looks.filter(({ id }) => beyondIt.includes(id)).map((scene) => [scene.id, scene] as const))(
    'rather says none: %s',
    (_, scene) => {
      expect(findChange(caseOf(scene)).change).toBe('none');
    },
  );

  it('is less sure of a change whose diff it has not seen', () => {
    for (const scene of [...guiltyA, ...guiltyB]) {
      const given = caseOf(scene);
      const seen = findChange(given);
      const unseen = findChange({ ...given, changes: given.changes.map((change) => ({ ...change, diff: null })) });
      if (unseen.change !== 'none') expect(unseen.confidence).toBeLessThan(Math.min(0.41, seen.confidence));
    }
  });

  it('is not sure of "none" where it knows of no change at all', () => {
    const [scene] = guiltyA;
    if (!scene) throw new Error('the scene is gone');
    const verdict = findChange({ ...caseOf(scene), changes: [] });
    expect(verdict).toMatchObject({ change: 'none', runnersUp: [] });
    expect(verdict.confidence).toBeLessThan(0.5);
  });

  it('says nothing of a change that came after the trouble', () => {
    const [scene] = guiltyB;
    if (!scene) throw new Error('the scene is gone');
    const given = caseOf(scene);
    const late = given.changes.map((change) => (change.sha === scene.answer ? { ...change, t: given.alert.at - 30 } : change));
    expect(findChange({ ...given, changes: late }).change).toBe('none');
  });
});
