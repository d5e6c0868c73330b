/** From when to when, and how finely: CloudWatch keeps minutes for 15 days, five minutes for 63 and hours for 455. */
import type { EvidenceQuestion } from '../../domain/evidence.ts';

/** Unix seconds, `to` exclusive, both multiples of the period. */
export interface MetricWindow {
  from: number;
  to: number;
  period: number;
}

const periods = [60, 300, 900, 3_600, 21_600, 86_400] as const;
const day = 86_400;

/** The finest period CloudWatch still keeps that needs no more than `maxPoints`. A period that has not ended holds a part only and is left out. */
export function windowOf(question: EvidenceQuestion, historySeconds: number, maxPoints: number): MetricWindow {
  const now = Math.floor(question.now.getTime() / 1_000);
  const onset = Math.min(Math.floor(question.onset.getTime() / 1_000), now);
  const start = onset - Math.max(historySeconds, question.baselineSeconds);
  const age = now - start;
  const kept = age > 63 * day ? 3_600 : age > 15 * day ? 300 : 60;
  const period = periods.find((one) => one >= kept && age / one <= maxPoints) ?? periods[periods.length - 1] ?? day;
  return { from: Math.floor(start / period) * period, to: Math.floor(now / period) * period, period };
}
