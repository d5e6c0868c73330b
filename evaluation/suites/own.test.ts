import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { CaseAnswer } from '../../agent/diagnosis/case/case.ts';
import { ownData } from '../own-data/generate.ts';
import { faultsOf, readOwnData } from './own.ts';

const answer: CaseAnswer = {
  id: 'a',
  ranked: [{ node: 'b', score: 1, evidence: [] }],
  cause: 'overload',
  confidence: 0.8,
  change: 'none',
  action: 'scale-service',
  abstain: false,
  reason: '',
};

it('has an answer for every case, in the same order, with causes to abstain among them', () => {
  const { questions, expected } = readOwnData();
  expect(questions.length).toBeGreaterThanOrEqual(25);
  expect(expected.map(({ id }) => id)).toEqual(questions.map(({ id }) => id));
  expect(new Set(expected.map(({ id }) => id)).size).toBe(expected.length);
  const silent = expected.filter(({ abstain }) => abstain).length;
  expect([silent >= 8, expected.length - silent >= 15]).toEqual([true, true]);
});

it('names only nodes and changes that the case has', () => {
  const { questions, expected } = readOwnData();
  for (const [at, { id, node, change }] of expected.entries()) {
    const text = JSON.stringify(questions[at]);
    if (node) expect(text, id).toContain(JSON.stringify(node));
    if (change && change !== 'none') expect(text, id).toContain(change);
  }
});

it('lies in the repository as its script makes it (npx --no-install node evaluation/own-data/generate.ts)', () => {
  const { cases, answers } = ownData();
  expect(readFileSync('evaluation/own-data/cases.jsonl', 'utf8')).toBe(cases);
  expect(JSON.parse(readFileSync('evaluation/own-data/answers.json', 'utf8'))).toEqual(JSON.parse(answers));
});

it('says what an answer lacks, of what is asked for only', () => {
  const all = { id: 'a', about: '', abstain: false, node: 'b', causes: ['overload'], change: 'none', actions: ['scale-service'] };
  expect(faultsOf(all, answer)).toEqual([]);
  expect(faultsOf({ id: 'a', about: '', abstain: false }, { ...answer, ranked: [], change: 'x' })).toEqual([]);
  expect(faultsOf(all, { ...answer, abstain: true, ranked: [], cause: 'sick-task', change: 'x', action: 'none' })).toHaveLength(5);
});
