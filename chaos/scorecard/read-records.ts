/** The records of a run, as the suite leaves them: one folder each, with `record.json` in it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunRecord } from './record.ts';

/** Throws, naming the file, for a record that cannot be read: one left out would make the rest look better than it was. */
export function readRecords(folder: string): RunRecord[] {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name, 'record.json'))
    .filter((file) => existsSync(file))
    .toSorted();
  return files.map((file) => {
    try {
      return RunRecord.parse(JSON.parse(readFileSync(file, 'utf8')));
    } catch (error) {
      throw new Error(`${file} is no record of a run`, { cause: error });
    }
  });
}
