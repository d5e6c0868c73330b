/**
 * Which kinds of log lines of a service came, went or grew since the onset. They explain a claim and are cited with it; they raise nothing, for
 * anybody who gets words into a log could raise with them.
 */
import type { Hypothesis } from '../../domain/cause.ts';
import type { LogPattern } from '../../domain/evidence.ts';
import { type Cited, cite, type View } from '../facts/view.ts';
import { compareWindows, type TemplateShift } from '../log-templates/compare-windows.ts';

export interface LogShift {
  line: Cited<LogPattern>;
  shift: TemplateShift;
}

/** The most surprising first. The windows of a pattern's counts are as long as each other. */
export function logShifts(view: View, service: string): LogShift[] {
  const lines = view.logs.filter((line) => line.service === service);
  const seconds = (view.nowMs - view.onsetMs) / 1000;
  const counts = (of: (line: LogPattern) => number) => ({
    seconds,
    counts: new Map(lines.map((line, index) => [index, of(line)] as const)),
  });
  return compareWindows(
    counts(({ countBefore }) => countBefore),
    counts(({ count }) => count),
  ).flatMap((shift) => {
    const line = lines[shift.id];
    return line ? [{ line, shift }] : [];
  });
}

/** Kinds of one sort told with a claim, and characters of each. */
const told = 2;
const shown = 100;

/** The claim with what its service's log says: errors that appeared or grew, and lines that used to come and do not. */
export function withLogShifts(claim: Hypothesis, view: View): Hypothesis {
  const shifts = logShifts(view, claim.service);
  const louder = shifts
    .filter(({ line, shift }) => isTrouble(line) && (shift.kind === 'appeared' || shift.kind === 'risen'))
    .slice(0, told);
  const gone = shifts.filter(({ shift }) => shift.kind === 'vanished').slice(0, told);
  if (louder.length + gone.length === 0) return claim;
  const evidence = [...new Set([...claim.evidence, ...cite([...louder, ...gone].map(({ line }) => line))])].sort();
  const sentences = [...louder, ...gone].map(({ line, shift }) => `log line "${line.template.slice(0, shown)}" ${shift.evidence}`);
  return { ...claim, evidence, because: [...claim.because, ...sentences] };
}

function isTrouble({ level }: LogPattern): boolean {
  return /^(warn(ing)?|error|fatal|critical|40|50|60)$/i.test(level);
}
