/** The settings tree: every setting with its default and its meaning. The loader, the reference page and the task's environment come from it. */
import { z } from 'zod';
import { githubSettingsSchema } from '../action/github/access.ts';
import { actionPlugins } from '../action/index.ts';
import { slackSettingsSchema } from '../approval/slack/settings.ts';
import { s3AuditSettings } from '../audit/s3/index.ts';
import { diagnosisSettingsSchema } from '../diagnosis/settings.ts';
import { type EvidenceSettings, evidencePlugins } from '../evidence/index.ts';
import { llmBudgetSettingsSchema } from '../llm/budget/settings.ts';
import { chainSettings, refuseUnusable } from '../llm/chain/settings.ts';
import { llmPlugins } from '../llm/index.ts';
import { policySettingsSchema } from '../policy/settings.ts';
import { verificationSettingsSchema } from '../verification/settings.ts';
import { flagsSchema } from './flags.ts';
import { refuseUnknownActions } from './policy-file/schema.ts';
import { secret, secretList, secretUrl } from './secret.ts';

const days = (value: number, description: string) => z.number().positive().max(3_650).default(value).describe(description);
const seconds = (value: number, description: string) => z.number().positive().max(86_400).default(value).describe(description);

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
    anchor: z
      .object({
        everySeconds: seconds(300, 'The head of the trail is put outside when the last time is so long ago and something was added'),
        everyRows: z.number().int().min(1).default(1000).describe('… or when so many rows were added'),
        log: z.boolean().default(true).describe('Write the head into the log, for whoever collects it to keep'),
      })
      .prefault({}),
    archive: z
      .object({
        everySeconds: seconds(60, 'Added rows are put into the bucket when the last time is so long ago'),
        rows: z.number().int().min(1).max(10_000).default(1000).describe('… or when there are so many, which is the most one object holds'),
      })
      .prefault({}),
    s3: s3AuditSettings.prefault({}),
    verifySeconds: z
      .number()
      .min(0)
      .default(21_600)
      .describe(
        'The agent checks the whole trail so often, and says so in the log and the metrics; 0 leaves it to `kintsugi audit verify`',
      ),
  }),
  store: z
    .object({
      path: z.string().default('data/kintsugi.db').describe('SQLite file; its folder must exist or be creatable'),
      url: secretUrl(
        /^postgres(ql)?:\/\/[^/]+\/./,
        'postgres://user:password@host:5432/database',
        'PostgreSQL database that takes the place of the file, so that several replicas can share it; `DATABASE_URL` says the same',
      ),
    })
    .prefault({}),
  retention: z
    .object({
      checkpointDays: days(7, "A closed incident's checkpoints are thrown away after this; its evidence, actions and audit trail are kept"),
      notificationDays: days(7, 'A webhook, as it came, is thrown away so long after it was sorted; its alerts are kept'),
      quarantineDays: days(90, 'A webhook that could not be sorted is thrown away after this'),
      recordingDays: days(
        30,
        'What the run of a closed incident was told is thrown away after this: from then on it cannot be played again',
      ),
    })
    .prefault({}),
  recording: z
    .object({
      incidentCharacters: z
        .number()
        .int()
        .min(0)
        .max(268_435_456)
        .default(8_388_608)
        .describe(
          'What a run is told is kept so that it can be played again, so many characters of one incident; 0 keeps nothing (docs/replay.md)',
        ),
    })
    .prefault({}),
  shadow: z
    .object({
      everySeconds: seconds(300, 'Pause between two looks at what happens without a plan that was not carried out for want of autonomy'),
      forSeconds: seconds(21_600, 'So long such a plan is followed; what is not known by then is never known'),
    })
    .prefault({}),
  log: z
    .object({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('Lowest level that is logged') })
    .prefault({}),
  flags: flagsSchema,
  reconciler: z
    .object({
      alertmanagerUrl: z
        .url({ protocol: /^https?$/ })
        .refine((url) => !url.includes('@'), {
          error: 'must hold no user name and no password: they would end up in logs',
        })
        .optional()
        .describe('Base URL of Alertmanager, without /api/v2; without it notifications that were lost or cut are not found again'),
      receiver: z.string().min(1).default('kintsugi').describe("Name of the agent's receiver in Alertmanager's configuration"),
      periodSeconds: seconds(60, 'Pause between two looks at what fires'),
      settleSeconds: seconds(30, 'An alert younger than this may still be on its way; longer than the `group_wait` of the route'),
      marginSeconds: seconds(
        90,
        "What is this much younger than an incident's end was evaluated after it; Prometheus' resend delay (1 min), an evaluation interval and the difference of two clocks",
      ),
      timeoutSeconds: seconds(10, 'Time Alertmanager has for one answer'),
      maxBytes: z.number().int().min(1_000).default(16_777_216).describe('Largest answer of Alertmanager; 10,000 alerts are about 6 MB'),
    })
    .prefault({}),
  run: z
    .object({
      evidenceDeadlineSeconds: seconds(10, 'Time one round of evidence may take'),
      recentSeconds: seconds(120, 'Window that counts as now'),
      baselineSeconds: seconds(450, 'Window before the onset that counts as normal'),
      alertPendingSeconds: seconds(
        120,
        'The `for:` of alert rules that nobody knows: what is compared with lies that long before the alert',
      ),
      lookAgainSeconds: seconds(45, 'Pause before the analyst looks again at what was not clear, three times at most'),
      verificationIntervalSeconds: seconds(15, 'Pause between two looks of the verification'),
      approvalTtlSeconds: seconds(1800, 'Time a person has to answer an approval'),
      concurrency: z.number().int().min(1).max(512).default(64).describe('Incidents worked on at once'),
      looksAtOnce: z
        .number()
        .int()
        .min(1)
        .max(64)
        .default(8)
        .describe('Incidents whose evidence is asked for at once; each asks some forty queries, and Prometheus runs 20 at a time'),
      leaseSeconds: seconds(15, "A dead process's incidents are taken over after this"),
      pollSeconds: seconds(1, 'Pause between two looks for work; a webhook wakes the runner at once'),
      maxFailures: z.number().int().min(1).default(3).describe('A run that fails this often in a row goes to a human'),
    })
    .prefault({}),
  diagnosis: diagnosisSettingsSchema.prefault({}),
  policy: policySettingsSchema
    .extend({
      file: z
        .string()
        .min(1)
        .optional()
        .describe(
          'YAML file that holds the policy and the flags in place of these variables, and may be edited while the agent runs (docs/policy.md)',
        ),
    })
    .superRefine(refuseUnknownActions)
    .prefault({}),
  verification: verificationSettingsSchema.prefault({}),
  slack: slackSettingsSchema.prefault({}),
  self: z
    .object({
      metadataUrl: z
        .url({ protocol: /^http$/ })
        .optional()
        .describe(
          'Metadata of the agent’s own ECS task, so that it never changes the service it runs in; on ECS it is ECS_CONTAINER_METADATA_URI_V4',
        ),
    })
    .prefault({}),
  aws: z
    .object({
      roles: z
        .partialRecord(
          z.enum(actionPlugins.map(({ id }) => id) as [string, ...string[]]),
          z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'is no ARN of a role'),
        )
        .default({})
        .describe(
          'ARN of a role for each action, by its id: its changes are made under it, narrowed to what the plan touches, and an action without one changes nothing on AWS. Empty: the agent’s own role',
        ),
    })
    .prefault({}),
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
  github: githubSettingsSchema.prefault({}),
  llm: z
    .object({
      ...chainSettings,
      budget: llmBudgetSettingsSchema.prefault({}),
      provider: pluginSettings<Record<string, unknown>>(llmPlugins),
    })
    .superRefine(refuseUnusable(llmPlugins))
    .prefault({ provider: {} }),
});
export type Settings = z.infer<typeof settingsSchema>;
