import { describe, expect, it } from 'vitest';
import { Patterns } from './log-patterns.ts';

const onset = Date.parse('2026-11-21T10:00:00Z');
const windows = { onset, beforeFrom: onset - 600_000 };
const line = (seconds: number, message: string, taskId = '') => ({ timestamp: onset + seconds * 1_000, message, taskId, level: 'error' });

describe('log patterns', () => {
  it('counts lines that differ in values as one, before the onset and since', () => {
    const patterns = new Patterns(windows);
    patterns.add(line(-60, 'no answer from 10.0.0.1 after 20 ms', 'a'));
    patterns.add(line(5, 'no answer from 10.0.0.2 after 1.5 s', 'b'));
    patterns.add(line(6, 'no answer from bank.example.org after 30 ms', 'c'));
    expect(patterns.facts('till', 10)).toEqual({
      facts: [
        {
          kind: 'log-pattern',
          service: 'till',
          level: 'error',
          template: 'no answer from <*> after <*>',
          sample: 'no answer from 10.0.0.2 after 1.5 s',
          count: 2,
          countBefore: 1,
          firstAt: '2026-11-21T09:59:00.000Z',
          taskIds: ['b', 'c'],
        },
      ],
      gap: undefined,
    });
  });

  it('counts as one what shows to be one kind only later', () => {
    const patterns = new Patterns(windows);
    const names = ['ann', 'bob', 'cleo', 'dan', 'eve', 'finn'];
    for (const [index, name] of names.entries()) patterns.add(line(index - 2, `basket of ${name} cannot be saved`, `task-${index}`));
    const { facts } = patterns.facts('till', 10);
    expect(facts).toHaveLength(1);
    expect(facts[0]).toMatchObject({
      template: 'basket of <*> cannot be saved',
      count: 4,
      countBefore: 2,
      firstAt: '2026-11-21T09:59:58.000Z',
    });
    expect(facts[0]?.sample).toMatch(/^basket of (cleo|dan|eve|finn) cannot be saved$/);
    expect(facts[0]?.taskIds.toSorted()).toEqual(['task-2', 'task-3', 'task-4', 'task-5']);
  });

  it('keeps levels apart and says what it left out', () => {
    const patterns = new Patterns(windows);
    patterns.add(line(1, 'disk is slow'));
    patterns.add({ ...line(2, 'disk is slow'), level: 'warn' });
    const word = (index: number) =>
      `${'abcdefghij'[index % 10]}${'klmnopqrst'[Math.floor(index / 10) % 10]}${'uvwxyzabcd'[Math.floor(index / 100)]}`;
    for (let index = 0; index < 1_000; index += 1) {
      patterns.add(line(3, `${word(index)} went`));
      patterns.add(line(3, `${word(index)} came`));
      patterns.add(line(3, `${word(index)} stayed`));
    }
    const { facts, gap } = patterns.facts('till', 5);
    expect(facts).toHaveLength(5);
    expect(gap).toMatch(/^logs of till: \d+ more patterns and \d+ lines of still other kinds were left out$/);
    expect(
      patterns
        .facts('till', 5_000)
        .facts.filter(({ template }) => template === 'disk is slow')
        .map(({ level }) => level),
    ).toEqual(['error', 'warn']);
  });
});
