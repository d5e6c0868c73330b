/** Waits until the checks of a pull request are over, and merges it only when there were some and all are green. */
import type { Clock } from '../../domain/clock.ts';
import type { Outcome } from '../../domain/plan.ts';
import { cleanText } from '../../evidence/answer.ts';
import { merge, type Work } from './pull-request.ts';
import type { Config, Pull } from './schema.ts';

/**
 * `sha` is the commit of ours: a branch that holds another is not merged. Two looks in a row must see the same checks passed, for they appear
 * one after the other.
 */
export async function mergeWhenChecked(work: Work, pull: Pull, sha: string, config: Config, clock: Clock): Promise<Outcome> {
  const not = (why: string): Outcome => ({ applied: 'no', detail: `pull request ${pull.html_url} is open, not merged: ${why}` });
  if (pull.head.sha !== sha) return not('its branch holds something else than the revert');
  let seen = '';
  const startedMs = clock.monotonicMs();
  for (;;) {
    await clock.sleep(config.checksPollSeconds * 1_000, work.effect.signal);
    const checks = await work.reader.checks(sha);
    if (checks && checks.failed.length > 0) return not(`these checks failed: ${cleanText(checks.failed.join(', '), 300)}`);
    const passed = checks?.passed.toSorted().join('\n') ?? '';
    if (passed !== '' && passed === seen && config.requiredChecks.every((name) => checks?.passed.includes(name))) break;
    seen = passed;
    if (clock.monotonicMs() - startedMs > config.checksTimeoutSeconds * 1_000) {
      return not(checks ? 'not all checks it needs have run' : `its checks were not over after ${config.checksTimeoutSeconds} s`);
    }
  }
  const merged = await merge(work, pull, sha, config.mergeMethod);
  if ('ended' in merged) return merged.ended.applied === 'no' ? not(merged.ended.detail) : merged.ended;
  return { applied: 'yes', detail: `pull request ${pull.html_url} is merged as ${merged.done.sha.slice(0, 12)}` };
}
