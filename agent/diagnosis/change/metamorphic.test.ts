/** The answer must not depend on what means nothing: names, order, the date, a commit that has nothing to do with it. */
import { describe, expect, it } from 'vitest';
import type { Case } from '../case/case.ts';
import { operationalCause } from '../operational/operational-cause.ts';
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
import { caseOf } from './fixtures/scene.ts';
import { secondLook } from './fixtures/second-look.ts';

const scenes = [
  ...guiltyA,
  ...guiltyB,
  ...innocentA,
  ...heldOutGuiltyA,
  ...heldOutGuiltyB,
  ...freshGuilty,
  ...freshInnocent,
  ...lastLook,
  ...secondLook,
  ...heldOutInnocent,
];

function renamed(given: Case): Case {
  const nodes = [...new Set([given.alert.node, ...given.edges.flat(), ...given.logs.map(({ node }) => node)])].filter(
    (node) => node !== '',
  );
  const newName = new Map(nodes.map((node, i) => [node, `zq${'bcdfg'[i % 5]}x${i}`]));
  const everywhere = nodes.reduce(
    (text, node) => text.replace(new RegExp(`(?<![A-Za-z0-9_-])${node}(?![A-Za-z0-9_])`, 'g'), newName.get(node) ?? node),
    JSON.stringify(given),
  );
  return JSON.parse(everywhere) as Case;
}

function shuffled<T>(list: readonly T[]): T[] {
  const at = (i: number): number => Math.sin(i * 99.7 + 3.1) * 1e4;
  const key = list.map((_, i) => at(i) - Math.floor(at(i)));
  return list
    .map((item, i) => [item, key[i] ?? 0] as const)
    .sort((a, b) => a[1] - b[1])
    .map(([item]) => item);
}

const variants: [name: string, vary: (given: Case) => Case, sha?: (sha: string) => string][] = [
  [
    'with its arrays shuffled',
    (c) => ({
      ...c,
      edges: shuffled(c.edges),
      metrics: shuffled(c.metrics),
      logs: shuffled(c.logs),
      spans: shuffled(c.spans),
      changes: shuffled(c.changes),
    }),
  ],
  [
    'ten weeks later',
    (c) => {
      const later = 10 * 7 * 86_400 + 1234;
      return {
        ...c,
        alert: { ...c.alert, at: c.alert.at + later },
        metrics: c.metrics.map((series) => ({ ...series, t: series.t.map((t) => t + later) })),
        logs: c.logs.map((line) => ({ ...line, t: line.t + later })),
        spans: c.spans.map((span) => ({ ...span, start: span.start + later })),
        changes: c.changes.map((change) => ({ ...change, t: change.t + later })),
      };
    },
  ],
  ['with its nodes renamed', renamed],
  [
    'with other shas, of which deployments give the abbreviation',
    (c) => ({
      ...c,
      changes: c.changes.map((change) => ({
        ...change,
        sha: change.sha && (change.kind === 'deploy' ? otherSha(change.sha).slice(0, 9) : otherSha(change.sha)),
      })),
    }),
    otherSha,
  ],
  [
    'with one more commit, brought out a minute before, that has nothing to do with it',
    (c) => {
      const at = { t: c.alert.at - 300, node: c.alert.node, sha: '0dd0dd0dd' };
      const commit = {
        ...at,
        kind: 'commit' as const,
        message: 'chore: nicer greeting',
        files: ['web/greeting.ts'],
        diff: '-  return "Hello";\n+  return "Hello there";',
      };
      return { ...c, changes: [...c.changes, commit, { ...at, kind: 'deploy' as const }] };
    },
  ],
  [
    'with one more commit that looks guilty and was never brought out',
    (c) => ({
      ...c,
      changes: [
        ...c.changes,
        {
          t: c.alert.at - 400,
          node: '',
          sha: 'c0ffee12',
          kind: 'commit',
          message: 'remove every check and every limit',
          files: ['a.go'],
          diff: '-	if x == nil {\n-		return nil\n-	}\n-	defer rows.Close()',
        },
      ],
    }),
  ],
];

function otherSha(sha: string): string {
  return `9${[...sha].map((digit) => '3b7d0e5a9c1f2684'[Number.parseInt(digit, 16)] ?? digit).join('')}e41`;
}

describe('the same answer to the same case', () => {
  it.each(variants)('%s', (_, vary, sha = (same) => same) => {
    const wrong = scenes.filter((scene) => {
      const given = caseOf(scene);
      const expected = findChange(given).change;
      return findChange(vary(given)).change !== (expected === 'none' ? expected : sha(expected));
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  it.each(variants.slice(0, 3))('and the same operational cause, %s', (_, vary) => {
    const wrong = scenes.filter((scene) => operationalCause(vary(caseOf(scene)))?.cause !== operationalCause(caseOf(scene))?.cause);
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });
});
