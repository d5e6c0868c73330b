/** When a scheduled action of Application Auto Scaling runs. Pure; what cannot be worked out is never taken for "not now". */
import { Cron } from 'croner';
import type { ScheduledAction } from './schema.ts';

/** Why the bounds may change between `from` and `until`; null when no scheduled action runs then. */
export function scheduledBetween(actions: readonly ScheduledAction[], from: Date, until: Date): string | null {
  for (const action of actions) {
    const { ScheduledActionName: name, Schedule: schedule } = action;
    const runs = runOf(action, from);
    if (runs === 'not-known') return `when the scheduled action ${name} runs cannot be told from "${schedule}"`;
    if (runs && runs <= until) return `the scheduled action ${name} runs at ${runs.toISOString()}`;
  }
  return null;
}

/** The first run at or after `from`; null when there is none any more. */
function runOf({ Schedule: schedule, Timezone: timezone, StartTime, EndTime }: ScheduledAction, from: Date): Date | null | 'not-known' {
  const [, kind, expression = ''] = /^(at|cron)\((.+)\)$/.exec(schedule.trim()) ?? [];
  // `rate(…)` counts from a moment that AWS does not tell.
  if (!kind) return 'not-known';
  if (EndTime && EndTime < from) return null;
  const earliest = StartTime && StartTime > from ? StartTime : from;
  try {
    // AWS writes minutes first, counts Sunday as 1, and lets a step begin at a number; croner takes seconds first.
    const pattern = kind === 'at' ? expression : `0 ${expression}`;
    const times = new Cron(pattern, { timezone, alternativeWeekdays: true, sloppyRanges: true, paused: true });
    const run = times.nextRun(new Date(earliest.getTime() - 1000));
    return run && EndTime && run > EndTime ? null : run;
  } catch {
    return 'not-known';
  }
}
