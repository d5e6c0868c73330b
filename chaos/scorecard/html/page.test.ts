import { describe, expect, it } from 'vitest';
import { outcomes } from '../record.ts';
import { scorecardOf } from '../scorecard.ts';
import { control, incurable, missed, record } from '../testing/records.ts';
import { htmlOf } from './page.ts';
import { style } from './style.ts';

const records = [record(), missed({ repeat: 2 }), control(), incurable()];
const page = htmlOf(scorecardOf(records), records);

describe('the page', () => {
  it('needs nothing from elsewhere and runs no script', () => {
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\bon\w+=|https?:/);
  });

  it('shows every run with its reasons, timeline and two courses of three clusters', () => {
    for (const { experiment, repeat, why } of records) {
      const [, part = ''] = page.split(`id="${experiment}.${repeat}"`);
      const run = part.slice(0, part.indexOf('</details>'));
      expect(run).toContain(why[0]);
      expect(run.match(/class="course"/g)).toHaveLength(6);
      expect(run).toContain('<table class="timeline">');
    }
  });

  it('closes what it opens', () => {
    for (const tag of ['svg', 'table', 'details', 'div', 'g', 'figure', 'tr', 'p']) {
      expect(page.match(new RegExp(`<${tag}[ >]`, 'g'))?.length ?? 0, tag).toBe(page.match(new RegExp(`</${tag}>`, 'g'))?.length ?? 0);
    }
  });

  it('draws no number that is none', () => {
    expect(page).not.toMatch(/NaN|undefined|Infinity|null/);
    const empty = htmlOf(scorecardOf([]), []);
    expect(empty).not.toMatch(/NaN|undefined|Infinity|null/);
  });

  it('leaves a gap where there was no data', () => {
    const pieces = (page.match(/class="course" d="[^"]*"/g) ?? []).map((path) => path.match(/M/g)?.length);
    // The error ratio is known at every sample, the latency not at one of them.
    expect(pieces.slice(0, 6)).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it('keeps whatever a record quotes text', () => {
    const hostile = '</style><script>alert(1)</script>" onload="x';
    const told = [record({ title: hostile, why: [hostile], timeline: [{ at: 1, who: hostile, text: hostile, because: [hostile] }] })];
    const shown = htmlOf(scorecardOf(told), told);
    expect(shown).not.toContain('<script');
    expect(shown).not.toContain('" onload="');
    expect(shown).toContain('&lt;script&gt;');
  });

  it('has a colour for every outcome', () => {
    expect(outcomes.filter((outcome) => !style.includes(`.o-${outcome} rect`))).toEqual([]);
  });
});
