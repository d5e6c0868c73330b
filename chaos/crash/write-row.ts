/** Leaves a campaign's row where the report finds it: one JSON file each, never half of one. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CampaignRow } from './report.ts';

export function writeRow(folder: string, row: CampaignRow): void {
  mkdirSync(folder, { recursive: true });
  const slug = `${row.id} ${row.store} ${row.title}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const file = join(folder, `${slug.slice(0, 100).replace(/-$/, '')}.json`);
  writeFileSync(`${file}.part`, `${JSON.stringify(row, null, 2)}\n`);
  renameSync(`${file}.part`, file);
}
