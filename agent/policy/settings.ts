/** Limits of the gates as configuration: the guard list's defaults and the words the configuration page shows. */
import { z } from 'zod';
import { approvalSettingsSchema } from './approvers.ts';
import type { PolicySettings } from './request.ts';

const ratio = z.number().min(0).max(1);
const seconds = z.number().positive();
const count = z.number().int().min(0);
const autonomy = z.enum(['observe', 'suggest', 'approve', 'auto']);
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write the time as HH:MM, UTC');

function budget(changes: number, perSeconds: number, of: string) {
  return z
    .strictObject({
      changes: count.default(changes).describe(`Most changes ${of} within the time.`),
      perSeconds: seconds.default(perSeconds).describe('Length of the sliding window, seconds.'),
    })
    .prefault({})
    .describe(`Budget of changes ${of}; counted from the ledger, so a restart does not refill it.`);
}

/** These act on the whole service, and on weaker signs than a release. */
const carefulThresholds = { 'force-new-deployment': 0.75, 'restart-tasks': 0.75, 'scale-service': 0.75 };

export const policySettingsSchema = z.strictObject({
  confidence: z
    .strictObject({
      default: ratio.default(0.7).describe('Lowest confidence (0..1) at which an action may run without a human.'),
      byAction: z
        .record(z.string(), ratio)
        .default({})
        // What an operator names for one action must not lower another one's threshold.
        .transform((given): Readonly<Record<string, number>> => ({ ...carefulThresholds, ...given }))
        .describe(
          'Other thresholds for single actions; force-new-deployment, restart-tasks and scale-service need 0.75 unless named here.',
        ),
    })
    .prefault({})
    .describe('Confidence thresholds; below them the verdict is deny.'),
  protectedServices: z
    .array(z.string().regex(/^[A-Za-z0-9_*-]+(\/[A-Za-z0-9_*-]+)?$/, 'write a service, or cluster/service; * stands for any letters'))
    .default(['grafana*', 'loki*', 'jaeger*'])
    .describe(
      'Services that are never changed, beside those that never are: kintsugi*, postgres*, prometheus*, alertmanager*. `service` or `cluster/service`; * stands for any letters.',
    ),
  evidenceMaxAgeSeconds: seconds.default(120).describe('Evidence older than this is stale and allows nothing, seconds.'),
  requiredSources: z
    .array(z.string().min(1))
    .min(1)
    .default(['prometheus', 'ecs'])
    .describe('Sources that must have answered in full before anything may change.'),
  independentSources: count
    .default(2)
    .describe('So many different sources must have seen the target itself: what one source alone claims may be its own fault.'),
  minimumTroubleSeconds: z
    .number()
    .min(0)
    .default(120)
    .describe(
      'Trouble younger than this may pass by itself and allows nothing, seconds; the `for:` of the alert rule counts where the rule is known.',
    ),
  cooldownSeconds: z.number().min(0).default(900).describe('Pause after a change before the same service may be changed again, seconds.'),
  targetBudget: budget(1, 900, 'of one service'),
  actionBudget: budget(3, 600, 'by one kind of action'),
  clusterBudget: budget(3, 600, 'within one cluster'),
  fleetBudget: budget(6, 3600, 'of all services together'),
  maxShareOfCapacity: ratio.default(0.5).describe('Largest share of a service’s tasks (0..1) a change may take out at its worst moment.'),
  massFailure: z
    .strictObject({
      share: ratio.default(0.3).describe('Share of the known services (0..1) in unrelated trouble at once …'),
      services: z.number().int().min(1).default(3).describe('… and number of unrelated troubles, from which on automation stops.'),
    })
    .prefault({})
    .describe('Mass-failure brake: when this much looks broken at once, suspect the observer and call a human.'),
  changesPerIncident: z.number().int().min(1).default(2).describe('Most changes within one incident; after that a human takes over.'),
  breaker: z
    .strictObject({
      failures: z.number().int().min(1).default(2).describe('Failed changes on one service, or of one action, that open the breaker.'),
      perSeconds: seconds.default(3600).describe('Window in which the failures count, seconds.'),
      openSeconds: seconds.default(3600).describe('How long the breaker stays open before one try is let through, seconds.'),
    })
    .prefault({})
    .describe('Circuit breaker: stop acting after repeated failures.'),
  freezeWindows: z
    .array(
      z.strictObject({
        days: z.array(z.number().int().min(0).max(6)).min(1).describe('Days of the week, 0 = Sunday.'),
        from: timeOfDay.describe('Start, HH:MM UTC.'),
        to: timeOfDay.describe('End, HH:MM UTC; earlier than the start means the next day.'),
      }),
    )
    .default([])
    .describe('Times in which nothing is changed.'),
  autonomy: z
    .strictObject({
      default: autonomy.default('observe').describe('How far an action may go by itself.'),
      byAction: z.record(z.string(), autonomy).default({}).describe('Other levels for single actions.'),
    })
    .prefault({})
    .describe('observe: say what would be done · suggest: hand the plan over · approve: ask first · auto: act.'),
  earning: z
    .strictObject({
      on: z
        .boolean()
        .default(false)
        .describe('Each action earns its level on each service, up to the level of the autonomy settings; off: it has that level at once.'),
      start: autonomy.default('observe').describe('Level an action begins at on a service it has no record with.'),
      successes: z
        .number()
        .int()
        .min(1)
        .default(3)
        .describe(
          'Good experiences in a row that lead one level up; harm leads down to suggest at once, a change that did not help to approve.',
        ),
    })
    .prefault({})
    .describe('Autonomy is earned: from what the ledger and the shadows hold, so a restart changes nothing.'),
  approval: approvalSettingsSchema.prefault({}).describe('Who may answer approvals.'),
}) satisfies z.ZodType<Omit<PolicySettings, 'flags'>>;
