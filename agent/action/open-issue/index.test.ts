import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { causes } from '../../domain/cause.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { blaming, dyingAfter, githubAccess } from '../../testing/github-actions.ts';
import { type GithubRepository, startGithubRepository } from '../../testing/github-repository.ts';
import { permitted } from '../../testing/hold.ts';
import { hostileTexts, shapeOfMarkdown } from '../../testing/hostile-words.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { created, depsless, planned } from '../action.contract.ts';
import type { Action, IncidentBrief } from '../action.ts';
import { openIssue } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const signal = new AbortController().signal;
let github: GithubRepository;
let action: Action;

beforeEach(async () => {
  github = await startGithubRepository();
  action = created(openIssue, { ...depsless, github: githubAccess(github.url), clock: createFakeClock() });
});
afterEach(() => github.close());

function proposed(incident: IncidentBrief = incidentBrief, because?: string): Record<string, unknown> {
  return action.propose(blaming('', because), target, [], incident) as Record<string, unknown>;
}
const another = { ...incidentBrief, id: 'another' as IncidentBrief['id'] };

describe('open-issue', () => {
  it('tells of every cause, touches no service, and plans without writing anything', async () => {
    expect([action.purpose, action.cures]).toEqual(['tell', causes]);
    const plan = await planned(action, proposed());
    expect(plan).toMatchObject({
      target,
      blastRadius: { services: 0, tasks: 0, shareOfCapacity: 0 },
      undo: { kind: 'none' },
      snapshot: { title: 'checkout in shop: bad deployment', body: expect.stringContaining('For a person: go back to a revision') },
    });
    expect(github.changes).toEqual([]);
    expect(action.rights?.(plan)).toEqual([{ action: 'github:push', resource: 'acme/shop' }]);
  });

  it('opens one issue with the planned words and the label, and then sees it', async () => {
    const plan = await planned(action, proposed());
    expect(await action.look(plan, signal)).toMatchObject({ applied: 'no' });
    expect(await action.execute(plan, permitted())).toMatchObject({ applied: 'yes', detail: expect.stringContaining('/issues/1') });
    expect(github.issues).toMatchObject([{ title: plan.snapshot.title, body: plan.snapshot.body, labels: ['kintsugi'], state: 'open' }]);
    expect(await action.look(plan, signal)).toMatchObject({ applied: 'yes' });
    expect(await action.execute(plan, permitted())).toMatchObject({ applied: 'yes' });
    expect(github.changes).toHaveLength(1);
  });

  it('says the same of the same service once, until somebody has closed it', async () => {
    const older = await planned(action, proposed(another));
    await action.execute(await planned(action, proposed()), permitted());
    expect(await action.plan(proposed(another), signal)).toMatchObject({ notPossible: expect.stringContaining('says so already') });
    expect(await action.look(older, signal)).toMatchObject({ applied: 'no' });
    expect(await action.execute(older, permitted())).toMatchObject({ applied: 'no', detail: expect.stringContaining('says so already') });
    Object.assign(github.issues[0] ?? {}, { state: 'closed' });
    expect(await action.execute(older, permitted())).toMatchObject({ applied: 'yes' });
    expect(github.issues).toHaveLength(2);
  });

  it.each(['lost', 'failed', 'reset'] as const)('answers unknown when the answer is %s, and look finds the truth', async (trouble) => {
    const plan = await planned(action, proposed());
    github.trouble.set('POST /issues', trouble);
    expect(await action.execute(plan, permitted())).toMatchObject({ applied: 'unknown' });
    expect(await action.look(plan, signal)).toMatchObject({ applied: trouble === 'reset' ? 'no' : 'yes' });
    github.trouble.clear();
    await action.execute(plan, permitted());
    expect(github.issues).toHaveLength(1);
  });

  it('sends nothing when it is killed before, without a permit, or when GitHub cannot be read', async () => {
    const plan = await planned(action, proposed());
    await expect(action.execute(plan, dyingAfter(0))).rejects.toThrow();
    expect(await action.execute(plan, permitted({ permit: async () => ({ refused: 'the kill switch is on' }) }))).toMatchObject({
      applied: 'no',
      detail: expect.stringContaining('kill switch'),
    });
    github.trouble.set('GET /issues', 'reset');
    expect(await action.execute(plan, permitted())).toMatchObject({ applied: 'no' });
    expect(await action.look(plan, signal)).toMatchObject({ applied: 'unknown' });
    expect(github.changes).toEqual([]);
  });

  it.each<[string, () => void, RegExp]>([
    ['the repository is archived', () => Object.assign(github.about, { archived: true }), /takes no issues/],
    ['the token may not write', () => Object.assign(github.about, { push: false }), /may not write/],
  ])('plans nothing when %s', async (_, arrange, reason) => {
    arrange();
    expect(await action.plan(proposed(), signal)).toMatchObject({ notPossible: expect.stringMatching(reason) });
  });

  it('answers no when GitHub refuses, with its words', async () => {
    const plan = await planned(action, proposed());
    github.trouble.set('POST /issues', 'refused');
    expect(await action.execute(plan, permitted())).toMatchObject({
      applied: 'no',
      detail: expect.stringContaining('Resource not accessible'),
    });
  });

  it('is not in the catalogue without a token, nor possible for a service without a repository', async () => {
    expect(openIssue.create(openIssue.config.parse({}), depsless)).toBeUndefined();
    expect(await action.plan({ ...proposed(), service: 'cart' }, signal)).toMatchObject({ notPossible: 'no repository is set for cart' });
  });

  it('shows what a model said as text, whatever it said, and is the same issue without', async () => {
    const said = async (...explanation: string[]) => planned(action, proposed({ ...incidentBrief, explanation }));
    const bodyOf = async (words: string) => String((await said(words)).snapshot.body);
    const plain = await bodyOf('a word');
    expect(plain).toContain('In the words of a model, which decides nothing:\n\n```text\na word\n```');
    expect((await planned(action, proposed())).snapshot.body).not.toContain('model');
    await fc.assert(
      fc.asyncProperty(hostileTexts, async (words) => {
        expect(shapeOfMarkdown(await bodyOf(words))).toEqual(shapeOfMarkdown(plain));
      }),
      { numRuns: 50 },
    );
    const long = await said(...Array.from({ length: 50 }, () => 'x'.repeat(5_000)));
    expect(JSON.stringify(long.params).length).toBeLessThan(8_000);
    const other = await said('other words');
    await action.execute(await planned(action, proposed()), permitted());
    expect(await action.look(other, signal)).toMatchObject({ applied: 'yes' });
  });

  it('asks GitHub only for what was planned, whatever strangers wrote', async () => {
    await fc.assert(
      fc.asyncProperty(hostileTexts, hostileTexts, async (alertName, because) => {
        github.reads.splice(0);
        github.changes.splice(0);
        github.issues.splice(0);
        await action.execute(await planned(action, proposed({ ...incidentBrief, alertName }, because)), permitted());
        expect([...new Set(github.reads), ...github.changes.map(({ call }) => call)]).toEqual(['', '/issues', 'POST /issues']);
        expect(github.issues).toMatchObject([{ title: 'checkout in shop: bad deployment', labels: ['kintsugi'] }]);
      }),
      { numRuns: 100 },
    );
  });
});
