/**
 * Verification's judge: did it come back, is it still reporting, did it keep its capacity, was a neighbour hurt, and did it hold?
 * Pure. Missing data is never good and silence is not health; it never decides what to do about the answer.
 */
import { type Harm, harmIn } from './harm.ts';
import { type Look, lookAt } from './look.ts';
import { lackingProof } from './proof.ts';
import type { RecoveryInput } from './recovery-input.ts';
import type { RecoveryJudgement, Sample, VerificationSettings } from './sample.ts';

/** Looks in a row that must show harm before it is called harm. */
const persistent = 3;

interface Dated extends Look {
  sample: Sample;
  atMs: number;
  harm: Harm | null;
}

export function judgeRecovery(input: RecoveryInput, settings: VerificationSettings): RecoveryJudgement {
  const decidedMs = Date.parse(input.decidedAt);
  const nowMs = Date.parse(input.now);
  if (!Number.isFinite(decidedMs) || !Number.isFinite(nowMs)) {
    return { result: 'unproven', reasons: [`The time of the decision ("${input.decidedAt}") or of now ("${input.now}") cannot be read.`] };
  }
  const looks = input.samples
    .map(
      (sample): Dated => ({
        ...lookAt(sample, input, settings),
        sample,
        atMs: Date.parse(sample.at),
        harm: harmIn(sample, input, settings),
      }),
    )
    .filter(({ atMs }) => atMs >= decidedMs && atMs <= nowMs)
    .sort((a, b) => a.atMs - b.atMs);
  const elapsed = (nowMs - decidedMs) / 1000;

  const held = heldFor(looks);
  const last = looks.at(-1);
  const isHeld = held.count >= settings.minSamples && held.seconds >= settings.holdSeconds;
  const lacking = isHeld && last ? lackingProof(last.sample, input, settings) : [];
  const good = `Good for ${round(held.seconds)} s in ${held.count} looks.`;
  if (isHeld && lacking.length === 0) return { result: 'recovered', reasons: [good, ...(last?.reasons ?? [])] };
  const harm = persistentHarm(looks, decidedMs + settings.graceSeconds * 1000, settings);
  if (harm && input.step !== null) return { result: 'harmed', reasons: [harm] };
  const isPending = elapsed < deadlineOf(input, settings, looks, held.count, nowMs);
  if (lacking.length > 0) return { result: isPending ? 'pending' : 'unproven', reasons: [good, ...lacking] };
  return isPending ? { result: 'pending', reasons: pendingReasons(looks, held, settings) } : atDeadline(looks, nowMs, elapsed, settings);
}

/** The unbroken run of good looks that ends with the last one. */
function heldFor(looks: readonly Dated[]): { count: number; seconds: number } {
  const lastOther = looks.findLastIndex((look) => look.state !== 'good');
  const run = looks.slice(lastOther + 1);
  const [first] = run;
  const last = run.at(-1);
  return { count: run.length, seconds: first && last ? (last.atMs - first.atMs) / 1000 : 0 };
}

/** Harm shown by every look of an unbroken run after the grace time, long enough to be no passing effect of the change. */
function persistentHarm(looks: readonly Dated[], fromMs: number, settings: VerificationSettings): string | null {
  const judged = looks.filter(({ atMs }) => atMs >= fromMs);
  const run = judged.slice(judged.findLastIndex(({ harm }) => harm === null) + 1);
  const [first] = run;
  const last = run.at(-1);
  if (!first || !last || run.length < persistent) return null;
  const needed = run.some(({ harm }) => harm?.mayBeTheFault) ? settings.holdSeconds : settings.holdSeconds / 2;
  return (last.atMs - first.atMs) / 1000 >= needed ? (last.harm?.reason ?? null) : null;
}

/**
 * Seconds after the decision. A good run under way at the deadline is given the time to finish, and whoever hardly came to look, among many
 * incidents, is given as long again: that says nothing of the change. Where nothing was changed, or the change was put back, there is nothing
 * to wait for once it was plainly bad for a whole hold: look again instead.
 */
function deadlineOf(input: RecoveryInput, settings: VerificationSettings, looks: readonly Dated[], goodRun: number, nowMs: number): number {
  if (goodRun > 0) return settings.deadlineSeconds + settings.holdSeconds;
  const recent = lastHold(looks, nowMs, settings);
  if (recent.length < settings.minSamples) return 2 * settings.deadlineSeconds;
  if (input.step === 'execute' || recent.some(({ state }) => state !== 'bad')) return settings.deadlineSeconds;
  // After an undo one hold more, so that harm that stays is told from the fault that is back.
  const holds = input.step === 'undo' ? 2 : 1;
  return Math.min(settings.deadlineSeconds, settings.graceSeconds + holds * settings.holdSeconds);
}

function lastHold(looks: readonly Dated[], nowMs: number, settings: VerificationSettings): Dated[] {
  return looks.filter(({ atMs }) => atMs >= nowMs - settings.holdSeconds * 1000);
}

function atDeadline(looks: readonly Dated[], nowMs: number, elapsed: number, settings: VerificationSettings): RecoveryJudgement {
  const recent = lastHold(looks, nowMs, settings);
  const last = recent.at(-1);
  if (!last) return { result: 'unproven', reasons: [`No look at the services in the last ${settings.holdSeconds} s.`] };
  const unknown = recent.findLast(({ state }) => state === 'unknown');
  if (unknown) return { result: 'unproven', reasons: [`Not known ${round(elapsed)} s after the decision.`, ...unknown.reasons] };
  if (last.state === 'good')
    return { result: 'unproven', reasons: [`Good at last, but not for ${settings.holdSeconds} s without a break.`] };
  return { result: 'not-recovered', reasons: [`Not recovered ${round(elapsed)} s after the decision.`, ...last.reasons] };
}

function pendingReasons(looks: readonly Dated[], held: { count: number; seconds: number }, settings: VerificationSettings): string[] {
  const last = looks.at(-1);
  if (!last) return ['No look at the services yet.'];
  if (last.state !== 'good') return last.reasons;
  return [`Good for ${round(held.seconds)} of ${settings.holdSeconds} s in ${held.count} looks.`];
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
