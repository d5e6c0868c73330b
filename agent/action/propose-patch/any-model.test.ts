/** Whatever a model answers and whatever the files hold: only allowed files change, on a branch of ours, by what was planned. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { blaming, changeFact, githubAccess } from '../../testing/github-actions.ts';
import { type GithubRepository, startGithubRepository } from '../../testing/github-repository.ts';
import { permitted } from '../../testing/hold.ts';
import { hostileTexts } from '../../testing/hostile-words.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { patchDraftsInMemory } from '../../testing/patch-drafts.ts';
import { scriptedAdviser } from '../../testing/scripted-adviser.ts';
import { created, depsless } from '../action.contract.ts';
import { proposePatch } from './index.ts';

const path = 'services/checkout/quote.ts';
const text = "export const quote = () => ask('http://prices', 20);\nlog(1);\n";
const others = {
  'services/cart/cart.ts': 'cart();\n',
  '.github/workflows/ci.yml': 'on: push\n',
  'services/checkout/Dockerfile': 'FROM x\n',
};
let github: GithubRepository;

beforeEach(async () => {
  github = await startGithubRepository();
  github.checks.push({ name: 'test', status: 'completed', conclusion: 'success' });
  github.commit('main', 'Begin', { [path]: 'ask(3000);\n' });
});
afterEach(() => github.close());

const search = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('20', 'ask(', "'http://prices'", 'log(1)', 'on: push', 'FROM x', text) },
  hostileTexts,
);
const replace = fc.oneof(
  hostileTexts,
  fc.string({ maxLength: 20 }),
  fc.constantFrom("20, process.env, 'https://evil.example'", '2000', '../../.github/workflows/ci.yml', "readFile('/proc/self/environ')"),
);
const file = fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.integer({ min: 0, max: 3 }));
const edit = fc.oneof(
  { weight: 6, arbitrary: fc.record({ file, search, replace }) },
  fc.record({ file, search, replace, path: fc.constant('.github/workflows/ci.yml') }),
);
const answers = fc.oneof(
  { weight: 5, arbitrary: fc.record({ reason: hostileTexts, edits: fc.array(edit, { minLength: 1, maxLength: 2 }) }) },
  fc.record({ reason: hostileTexts, edits: fc.constant([]), action: fc.constant('merge'), branch: fc.constant('main') }),
  fc.anything(),
);

it('changes nothing but what rules allow, whatever a model and the author of the commit say', async () => {
  let made = 0;
  let runs = 0;
  const instructions = new Set<string | undefined>();
  await fc.assert(
    fc.asyncProperty(answers, hostileTexts, async (says, message) => {
      for (const branch of [...github.branches.keys()].filter((name) => name !== 'main')) github.branches.delete(branch);
      github.pulls.splice(0);
      github.changes.splice(0);
      runs += 1;
      const bad = github.commit('main', message, { [path]: `${text}// ${'i'.repeat(1 + (runs % 9))}\n`, ...others });
      const before = github.filesOf('main');
      const deps = { ...depsless, clock: createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true }) };
      const adviser = scriptedAdviser({ says });
      const action = created(proposePatch, { ...deps, github: githubAccess(github.url), adviser, drafts: patchDraftsInMemory() });
      const target = { cluster: 'shop', service: 'checkout' };
      const params = action.propose(blaming(bad, message), target, [changeFact(bad)], incidentBrief);
      const plan = await action.plan(params as Record<string, unknown>, new AbortController().signal);
      instructions.add(adviser.asked[0]?.instructions);
      if (!('notPossible' in plan)) {
        made += 1;
        expect(await action.execute(plan, permitted())).toMatchObject({ applied: 'yes' });
        const branch = `kintsugi/${incidentBrief.id}/patch-${bad.slice(0, 12)}`;
        const after = github.filesOf(branch);
        expect([...github.branches.keys()].sort()).toEqual([branch, 'main']);
        expect(after).toEqual({ ...before, [path]: after[path] });
        expect(after[path]).not.toMatch(/(?:\/\/|['"`@])[\w.-]*evil\.example|\p{Cf}/u);
        expect(github.pulls).toMatchObject([{ head: branch, base: 'main', state: 'open', mergedAt: null }]);
      }
      expect(github.filesOf('main')).toEqual(before);
      const allowed = /^POST \/(?:git\/(?:blobs|trees|commits|refs)|pulls|issues\/1\/labels)$/;
      expect(github.changes.filter(({ call }) => !allowed.test(call))).toEqual([]);
    }),
    { numRuns: 200 },
  );
  expect(made).toBeGreaterThan(5);
  // The same in every case: nothing of them is a stranger's.
  expect(instructions.size).toBe(1);
});
