/** What came of one experiment, in one line, from the record it left. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goodOutcome, RunRecord } from '../scorecard/record.ts';

export interface ShortOutcome {
  isPlayed: boolean;
  isGood: boolean;
  text: string;
}

/** Undefined: it left none. */
export function outcomeIn(folder: string): ShortOutcome | undefined {
  const file = join(folder, 'record.json');
  return existsSync(file) ? shortOutcome(RunRecord.parse(JSON.parse(readFileSync(file, 'utf8')))) : undefined;
}

export function shortOutcome({
  outcome,
  kind,
  why,
  recoverSeconds,
}: Pick<RunRecord, 'outcome' | 'kind' | 'why' | 'recoverSeconds'>): ShortOutcome {
  const isGood = outcome === goodOutcome[kind] || outcome === 'unwatched';
  const recovered = recoverSeconds ? `, well again after ${recoverSeconds.toFixed(0)} s` : '';
  return {
    isPlayed: outcome !== 'broken',
    isGood,
    text: isGood ? `${outcome}${recovered}` : `${outcome.toUpperCase()}${recovered}: ${why.join('; ')}`,
  };
}
