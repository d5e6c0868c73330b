/** What an evidence source is asked in tests: checkout, five minutes after its trouble began. */
import type { EvidenceQuestion } from '../domain/evidence.ts';

export const question: EvidenceQuestion = {
  cluster: 'shop',
  focus: ['checkout'],
  onset: new Date('2026-11-21T10:00:00Z'),
  now: new Date('2026-11-21T10:05:00Z'),
  recentSeconds: 60,
  baselineSeconds: 900,
};
/** A signal nobody aborts. */
export const calm = new AbortController().signal;
