/** Labelled log files of the Loghub kind: messages to group, and the event each one belongs to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { isLabelledLog, list } from './find.ts';

export interface LabelledLog {
  system: string;
  /** The repaired labels, where both are there. */
  isCorrected: boolean;
  messages: string[];
  events: string[];
}

export function loadLoghub(folder: string): LabelledLog[] {
  const files = list(folder)?.files.filter(isLabelledLog) ?? [];
  return files.map((name) => ({ system: name.replace(/[._].*/, ''), ...readLabelled(readFileSync(join(folder, name), 'utf8'), name) }));
}

function readLabelled(text: string, name: string): Omit<LabelledLog, 'system'> {
  const rows = parse(text, { columns: true, bom: true, relax_quotes: true, relax_column_count: true }) as Record<string, string>[];
  return {
    isCorrected: name.includes('corrected'),
    messages: rows.map(({ Content = '' }) => Content),
    events: rows.map(({ EventId = '' }) => EventId),
  };
}
