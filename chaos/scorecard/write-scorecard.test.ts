import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { markdownOf } from './markdown.ts';
import { readRecords } from './read-records.ts';
import { scorecardOf } from './scorecard.ts';
import { control, missed, record } from './testing/records.ts';
import { pageFiles, readScorecard, withScorecard, writePage, writeScorecard } from './write-scorecard.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kintsugi-scorecard-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function keep(name: string, content: unknown): void {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'record.json'), typeof content === 'string' ? content : JSON.stringify(content));
}

describe('the records of a run', () => {
  it('become a scorecard as JSON, Markdown and a page', () => {
    const records = [record(), missed({ repeat: 2 }), control()];
    for (const one of records) keep(`${one.experiment}.${one.repeat}`, one);
    mkdirSync(join(folder, 'raku.1'));
    const card = writeScorecard(folder);
    expect(card.runs).toBe(3);
    expect(readScorecard(join(folder, 'scorecard.json'))).toEqual(card);
    expect(readFileSync(join(folder, 'scorecard.md'), 'utf8')).toContain(markdownOf(card));
    expect(readFileSync(join(folder, 'scorecard.html'), 'utf8')).toContain('<!doctype html>');
  });

  it('are all read or none: one that cannot be read is named', () => {
    keep('celadon.1', record());
    keep('celadon.2', '{"half": ');
    expect(() => readRecords(folder)).toThrow(/celadon\.2/);
  });
});

describe('the page docs/chaos.md', () => {
  it('is written with its data, and only where its block is', () => {
    const files = { page: join(folder, 'chaos.md'), data: join(folder, 'chaos.json') };
    cpSync(pageFiles.page, files.page);
    const card = scorecardOf([record()]);
    writePage(card, files);
    expect(readScorecard(files.data)).toEqual(card);
    expect(readFileSync(files.page, 'utf8')).toBe(withScorecard(readFileSync(pageFiles.page, 'utf8'), card));
    writeFileSync(files.page, '# Nothing');
    expect(() => writePage(card, files)).toThrow('no block');
  });
});
