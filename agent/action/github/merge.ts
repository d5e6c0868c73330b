/** Waits until the checks of a pull request are over, and merges it only when there were some and all are green. */
import type { Clock } from '../../domain/clock.ts';
import type { Outcome } from '../../domain/plan.ts';
import { cleanText } from '../../evidence/answer.ts';
import { merge, type Work } from './pull-request.ts';
import type { CheckSettings } from './pull-request-settings.ts';
import type { Pull } from './replies.ts';

/** `late`: there were none, not all that are needed, or they took too long. `why` is the end of a sentence. */
export type Checked = { kind: 'passed'; names: string[] } | { kind: 'failed' | 'late'; why: string };

/** Two looks in a row must see the same checks passed, for they appear one after the other. */
export async function waitForChecks({ reader, effect }: Work, sha: string, settings: CheckSettings, clock: Clock): Promise<Checked> {
  let seen = '';
  const startedMs = clock.monotonicMs();
  for (;;) {
    await clock.sleep(settings.checksPollSeconds * 1_000, effect.signal);
    const checks = await reader.checks(sha);
    if (checks && checks.failed.length > 0) {
      return { kind: 'failed', why: `these checks failed: ${cleanText(checks.failed.join(', '), 300)}` };
    }
    const names = checks?.passed.toSorted() ?? [];
    const passed = names.join('\n');
    if (passed !== '' && passed === seen && settings.requiredChecks.every((name) => names.includes(name))) return { kind: 'passed', names };
    seen = passed;
    if (clock.monotonicMs() - startedMs > settings.checksTimeoutSeconds * 1_000) {
      const why = checks ? 'not all checks it needs have run' : `its checks were not over after ${settings.checksTimeoutSeconds} s`;
      return { kind: 'late', why };
    }
  }
}

/**
 * `sha` is the commit of ours: a branch that holds another is not merged. `against` is asked right before the merge, minutes after the plan;
 * what it answers is the end of a sentence, null when nothing speaks against it.
 */
export async function mergeWhenChecked(
  work: Work,
  pull: Pull,
  sha: string,
  settings: CheckSettings,
  clock: Clock,
  against: () => Promise<string | null> = async () => null,
): Promise<Outcome> {
  if (pull.head.sha !== sha) return notMerged(pull, 'its branch holds something else than was planned');
  const checks = await waitForChecks(work, sha, settings, clock);
  if (checks.kind !== 'passed') return notMerged(pull, checks.why);
  const why = await against();
  return why === null ? mergeChecked(work, pull, sha, settings) : notMerged(pull, why);
}

/** To be called when the checks of this very commit have passed. */
export async function mergeChecked(work: Work, pull: Pull, sha: string, { mergeMethod }: CheckSettings): Promise<Outcome> {
  const merged = await merge(work, pull, sha, mergeMethod);
  if ('ended' in merged) return merged.ended.applied === 'no' ? notMerged(pull, merged.ended.detail) : merged.ended;
  return { applied: 'yes', detail: `pull request ${pull.html_url} is merged as ${merged.done.sha.slice(0, 12)}` };
}

export function notMerged({ html_url }: Pull, why: string): Outcome {
  return { applied: 'no', detail: `pull request ${html_url} is open, not merged: ${why}` };
}
