/** All scenarios, in the order they run: the cheap ones first. */
import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { acks } from './acks.ts';
import { burstOfIncidents } from './burst.ts';
import { duplicates } from './duplicates.ts';
import { generator } from './generator.ts';
import { growth } from './growth.ts';
import { finishedIncidents } from './incidents.ts';
import { idleMemory, openMemory } from './memory.ts';
import { resumes } from './resume.ts';
import { storm } from './storm.ts';

export interface Scenario {
  /** What `--only` names. */
  id: string;
  title: string;
  run(bench: Bench): Promise<Figure[]>;
}

export const scenarios: readonly Scenario[] = [
  generator,
  ...acks,
  duplicates,
  burstOfIncidents,
  finishedIncidents,
  ...resumes,
  idleMemory,
  openMemory,
  storm,
  growth,
];
