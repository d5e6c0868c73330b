import { describe, expect, it } from 'vitest';
import { Case } from './case.ts';
import { withLogChanges } from './log-evidence.ts';

const onset = 1_000;
const line = (t: number, node: string, msg: string) => ({ t, node, level: 'info', msg });
const logs = [
  ...Array.from({ length: 100 }, (_, index) => line(index * 10, 'till', `stock of shelf ${index} is counted`)),
  ...Array.from({ length: 120 }, (_, index) => line(index * 10, 'shop', `cart ${index} closed`)),
  ...Array.from({ length: 5 }, (_, index) => line(onset + index * 40, 'shop', `till ${index} is silent`)),
];
const given = Case.parse({ id: 'a', alert: { node: 'shop', at: onset + 60 }, logs });
const ranked = ['till', 'shop', 'bank'].map((node, index) => ({ node, score: 3 - index, evidence: ['slow'] }));

describe('logs as evidence', () => {
  it('tells of each suspect what vanished and what appeared, and changes no rank', () => {
    const told = withLogChanges(ranked, given, onset);
    expect(told.map(({ node, score }) => [node, score])).toEqual(ranked.map(({ node, score }) => [node, score]));
    expect(told.map(({ evidence }) => evidence.slice(1).map((one) => one.replace(/:.*/, '')))).toEqual([
      ['info of till "stock of shelf <*> is counted" vanished'],
      ['info of shop "till <*> is silent" appeared'],
      [],
    ]);
  });

  it('takes the alert for the onset where none was found, and needs no logs', () => {
    expect(withLogChanges(ranked, given, null)[0]?.evidence).toHaveLength(2);
    expect(withLogChanges(ranked, { ...given, logs: [] }, onset)).toEqual(ranked);
  });
});
