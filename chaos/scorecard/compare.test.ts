import { describe, expect, it } from 'vitest';
import { compare, comparisonText } from './compare.ts';
import { scorecardOf } from './scorecard.ts';
import { control, incurable, missed, record } from './testing/records.ts';

const before = scorecardOf([record(), record({ experiment: 'raku', title: 'A task that hangs' }), control(), incurable()]);

describe('the comparison', () => {
  it('finds nothing against the same again', () => {
    expect(compare(before, before)).toEqual({ against: [], changed: [], common: 4, left: [] });
  });

  it('lets nothing land that harmed, with or without something to compare with', () => {
    const card = scorecardOf([record({ outcome: 'harmed', why: ['users lost 9 s'] })]);
    expect(compare(card, null).against).toEqual(['celadon: harmed in 1 of 1']);
    expect(compare(card, before).against).toContain('celadon: harmed in 1 of 1');
  });

  it('lets nothing land that fixes fewer of the experiments both have played', () => {
    expect(compare(scorecardOf([missed()]), before).against.join()).toContain('fixed: 0 %');
    // One that only the other side has played says nothing, nor does one that is new here.
    expect(compare(scorecardOf([record()]), before).against).toEqual([]);
    expect(compare(scorecardOf([record(), missed({ experiment: 'shino' })]), before).against).toEqual([]);
    expect(compare(scorecardOf([record()]), scorecardOf([missed()])).against).toEqual([]);
  });

  it('does not take a drop for none because runs were repeated', () => {
    const often = scorecardOf([record(), record({ repeat: 2 }), missed({ repeat: 3 })]);
    expect(compare(often, before).against.join()).toContain('fixed: 66.6 %');
  });

  it('refuses a run in which nothing was played', () => {
    expect(compare(scorecardOf([]), before).against).toEqual(['nothing was played']);
  });

  it('shows each experiment that came out differently, and what was not played', () => {
    const { changed, left } = compare(scorecardOf([missed(), control(), record({ experiment: 'shino' })]), before);
    expect(changed.map(({ row, before: was }) => [row.experiment, was === null])).toEqual([
      ['celadon', false],
      ['shino', true],
    ]);
    expect(left).toEqual(['raku', 'basalt']);
  });
});

describe('the comment', () => {
  it('begins with the verdict and has a row for each difference', () => {
    const text = comparisonText(scorecardOf([missed(), control()]), before);
    expect(text).toContain('**Must not land**: fixed: 0 % of the 1 curable');
    expect(text).toContain(
      '| `celadon` A release of checkout fails one endpoint | curable | fixed | missed | 14.0 s | not while watched |',
    );
    expect(comparisonText(before, before)).toContain('Every experiment came out as before.');
    expect(comparisonText(before, null)).toContain('no earlier scorecard');
  });

  it('keeps what a record quotes from becoming markup or a mention', () => {
    const card = scorecardOf([record({ outcome: 'harmed', title: '<img src=x> | cell', why: ['@everyone <b>'] })]);
    const text = comparisonText(card, before);
    expect(text).not.toMatch(/(?<!\\)<img/);
    expect(text).toContain('\\<img src=x\\> \\| cell');
  });
});
