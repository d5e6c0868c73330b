/** The settings tree: every setting with its default and its meaning. The loader, the reference page and the task's environment come from it. */
import { z } from 'zod';
import { actionPlugins } from '../action/index.ts';
import { diagnosisSettingsSchema } from '../diagnosis/settings.ts';
import { type EvidenceSettings, evidencePlugins } from '../evidence/index.ts';
import { policySettingsSchema } from '../policy/settings.ts';
import { verificationSettingsSchema } from '../verification/settings.ts';
import { flagsSchema } from './flags.ts';
import { secret, secretList } from './secret.ts';

const seconds = (value: number, description: string) => z.number().positive().max(86_400).default(value).describe(description);

/** A misspelt action under `byAction` would leave the real one at a level nobody meant. */
function refuseUnknownActions(policy: z.infer<typeof policySettingsSchema>, context: z.RefinementCtx): void {
  const known = actionPlugins.map((plugin) => plugin.id);
  for (const branch of ['confidence', 'autonomy'] as const) {
    for (const key of Object.keys(policy[branch].byAction).filter((name) => !known.includes(name))) {
      context.addIssue({
        code: 'custom',
        path: [branch, 'byAction'],
        message: `"${key}" is no action; the actions are ${known.join(', ')}`,
      });
    }
  }
}

/** One branch per plug-in, from the plug-in list; a branch whose settings all have defaults may be left out. */
function pluginSettings<Values>(plugins: readonly { id: string; config: z.ZodType }[]): z.ZodType<Values> {
  const branches = plugins.map((plugin) => [plugin.id, plugin.config.safeParse({}).success ? plugin.config.prefault({}) : plugin.config]);
  const tree = z.object(Object.fromEntries(branches));
  return (tree.safeParse({}).success ? tree.prefault({}) : tree) as unknown as z.ZodType<Values>;
}

export const settingsSchema = z.object({
  clusters: z
    .array(z.string().min(1))
    .min(1, 'name at least one ECS cluster')
    .describe('ECS clusters the agent may look at; an alert about any other is declined'),
  server: z
    .object({
      host: z.string().default('127.0.0.1').describe('Address to listen on'),
      port: z.number().int().min(0).max(65_535).default(8080).describe('Port to listen on; 0 takes a free one'),
      drainSeconds: seconds(20, 'Time running incidents get to reach a safe point after SIGTERM'),
    })
    .prefault({}),
  webhook: z.object({
    token: secret('Bearer token Alertmanager must send'),
    maxBodyBytes: z.number().int().positive().default(8_388_608).describe('Largest webhook body; 10,000 alerts are about 4.4 MB'),
  }),
  api: z.object({ token: secret('Bearer token of the API') }),
  audit: z.object({
    key: secret('Key that signs the audit trail; the same for every replica, and kept: rows signed with a lost key cannot be checked'),
    earlierKeys: secretList('Keys before it, newest first: they sign nothing any more, but what they signed can still be checked'),
  }),
  store: z
    .object({ path: z.string().default('data/kintsugi.db').describe('SQLite file; its folder must exist or be creatable') })
    .prefault({}),
  log: z
    .object({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('Lowest level that is logged') })
    .prefault({}),
  flags: flagsSchema,
  run: z
    .object({
      evidenceDeadlineSeconds: seconds(10, 'Time one round of evidence may take'),
      recentSeconds: seconds(120, 'Window that counts as now'),
      baselineSeconds: seconds(450, 'Window before the onset that counts as normal'),
      alertPendingSeconds: seconds(120, 'The `for:` of the alert rules: the trouble began that long before the alert'),
      lookAgainSeconds: seconds(45, 'Pause before the analyst looks again at what was not clear, three times at most'),
      verificationIntervalSeconds: seconds(15, 'Pause between two looks of the verification'),
      approvalTtlSeconds: seconds(1800, 'Time a person has to answer an approval'),
      concurrency: z.number().int().min(1).max(512).default(64).describe('Incidents worked on at once'),
      leaseSeconds: seconds(15, "A dead process's incidents are taken over after this"),
      pollSeconds: seconds(1, 'Pause between two looks for work; a webhook wakes the runner at once'),
      maxFailures: z.number().int().min(1).default(3).describe('A run that fails this often in a row goes to a human'),
    })
    .prefault({}),
  diagnosis: diagnosisSettingsSchema.prefault({}),
  policy: policySettingsSchema.superRefine(refuseUnknownActions).prefault({}),
  verification: verificationSettingsSchema.prefault({}),
  killSwitch: z
    .object({
      file: z
        .string()
        .min(1)
        .default('data/kintsugi.stop')
        .describe('While this file exists nothing is changed: `touch` it to stop the agent at once, remove it to let it go on'),
    })
    .prefault({}),
  evidence: pluginSettings<EvidenceSettings>(evidencePlugins),
  action: pluginSettings<Record<string, unknown>>(actionPlugins),
});
export type Settings = z.infer<typeof settingsSchema>;
