/** Series of the NAB kind with their labelled windows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

export interface LabelledSeries {
  name: string;
  /** Unix seconds; the files carry no zone, UTC is as good as any. */
  t: number[];
  v: (number | null)[];
  /** Indices of the first and the last point of each window. */
  windows: [number, number][];
}

const Windows = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])));

export function loadNab(folder: string): LabelledSeries[] {
  const labels = Windows.parse(JSON.parse(readFileSync(join(folder, 'windows.json'), 'utf8')));
  return Object.entries(labels).map(([name, windows]) => {
    const rows = (parse(readFileSync(join(folder, name), 'utf8'), { skip_empty_lines: true }) as string[][]).slice(1);
    const t = rows.map(([time = '']) => secondsOf(time));
    return { name, t, v: rows.map(([, value]) => numberIn(value)), windows: windows.map((window) => indicesOf(window, t)) };
  });
}

function secondsOf(text: string): number {
  return Date.parse(`${text.trim().replace(' ', 'T')}Z`) / 1000;
}

function numberIn(text: string | undefined): number | null {
  const value = text?.trim() ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

function indicesOf([from, to]: [string, string], t: readonly number[]): [number, number] {
  const [start, end] = [secondsOf(from), secondsOf(to)];
  return [t.findIndex((time) => time >= start), t.findLastIndex((time) => time <= end)];
}
