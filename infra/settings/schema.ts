/** What an environment is made of: each setting by itself. What settings must be to each other stands in `rules.ts`. */
import { z } from 'zod';
import { isFargateSize } from './sizes.ts';

const size = z
  .strictObject({ cpu: z.number().int(), memory: z.number().int() })
  .refine(isFargateSize, { error: 'is no pair of CPU units and MiB that Fargate has' });

/** A tag that moves would deploy other code under the same revision. */
const image = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._/-]*(?::\d+\/[a-z0-9._/-]+)?(?::[\w][\w.-]*)?(?:@sha256:[0-9a-f]{64})?$/, 'is no reference of an image')
  .refine((reference) => /:[\w.-]+$|@sha256:/.test(reference) && !/:latest$/.test(reference), {
    error: 'needs a version or a digest, and not :latest',
  });

const cidr = z.cidrv4();
const email = z.email();
const days = z.number().int().min(1).max(3653);
/** Retentions CloudWatch Logs knows. */
const logDays = z.union(
  [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653].map((n) => z.literal(n)),
  {
    error: 'is no retention CloudWatch Logs knows, such as 7, 30, 90, 365',
  },
);
const name = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be lower-case letters, digits and dashes, at most 32');

export const experimentSchema = z.strictObject({
  name,
  /** ECS action of FIS, such as `aws:ecs:task-cpu-stress`. */
  actionId: z.string(),
  service: name,
  /** `ALL`, `COUNT(n)` or `PERCENT(n)`. */
  selection: z.string().regex(/^(ALL|COUNT\([1-9]\d*\)|PERCENT\(([1-9]|[1-9]\d|100)\))$/, 'must be ALL, COUNT(n) or PERCENT(n)'),
  parameters: z.record(z.string(), z.string()).default({}),
  hypothesis: z.string().min(20, 'says in a sentence what is expected'),
});

export const settingsSchema = z.strictObject({
  name: z.enum(['dev', 'prod']),
  accountId: z.string().regex(/^\d{12}$/, 'must have 12 digits'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is no Region, such as eu-central-1'),
  /** Where this code lives; only workflows of it may take a role. */
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name'),
  logDays,
  network: z.strictObject({
    cidr,
    availabilityZones: z.array(z.string()).min(2, 'needs two zones at least').max(3),
    /** `nat`: one NAT gateway. `endpoints`: no way out but to AWS services, by interface endpoints. */
    egress: z.enum(['nat', 'endpoints']),
    flowLogDays: logDays,
  }),
  door: z.strictObject({
    hostname: z.string().regex(/^(?=.{1,253}$)([a-z0-9-]+\.)+[a-z]{2,}$/, 'is no host name'),
    certificateArn: z.string().regex(/^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/, 'is no ARN of a certificate of ACM'),
    /** Who may reach the API, the console and Slack's answers. */
    fromCidrs: z.array(cidr).min(1),
    requestsPerFiveMinutes: z.number().int().min(100).max(20_000),
  }),
  data: z.strictObject({
    instanceClass: z.string().regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, 'is no class of a database, such as db.t4g.micro'),
    storageGb: z.number().int().min(20).max(1000),
    isMultiAz: z.boolean(),
    backupDays: z.number().int().min(1).max(35),
    isProtected: z.boolean(),
    /** Raise it to have another password and other tokens made. */
    secretsVersion: z.number().int().min(1),
  }),
  audit: z.strictObject({ lockMode: z.enum(['GOVERNANCE', 'COMPLIANCE']), retainDays: days }),
  agent: z.strictObject({
    image,
    size,
    tasks: z.strictObject({ min: z.number().int().min(1), max: z.number().int().min(1) }),
    /** The settings tree of `agent/config`, without what the stacks know themselves and without secrets. */
    settings: z.record(z.string(), z.unknown()),
    /** Models of Bedrock the chains name; the role may call no other. */
    bedrockModels: z.array(z.string().min(1)).default([]),
  }),
  watched: z.strictObject({
    /** ECS clusters whose services the agent looks after. */
    clusters: z.array(name).min(1),
    /** Roles of the task definitions that run there, by name; `*` at the end stands for any letters. */
    taskRoles: z.array(z.string().regex(/^[\w+=,.@-]{2,}\*?$/, 'is no name of a role, or its beginning and *')).min(1),
  }),
  observability: z.strictObject({
    /** `local`: Prometheus keeps what it scrapes. `managed`: it also writes to Amazon Managed Prometheus, which Managed Grafana reads. */
    store: z.enum(['local', 'managed']),
    prometheusImage: image,
    alertmanagerImage: image,
    grafanaImage: image,
    /** Writes down which tasks there are, for Prometheus. */
    targetsImage: image,
    size,
    alarmEmails: z.array(email).min(1),
  }),
  demo: z
    .strictObject({
      cluster: name,
      /** Registry and repository of the Astronomy Shop's images. */
      imageRepository: z.string().min(1),
      version: z.string().regex(/^\d+\.\d+\.\d+$/, 'is no version, such as 3.0.0'),
      databaseImage: image,
      cacheImage: image,
      collectorImage: image,
      flagdImage: image,
    })
    .optional(),
  chaos: z.strictObject({ sidecarImage: image, experiments: z.array(experimentSchema).min(1) }).optional(),
  night: z
    .strictObject({
      /** Hours of the wall clock there. */
      timezone: z.string().refine(isTimezone, { error: 'is no time zone, such as Europe/Berlin' }),
      stopsAt: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM'),
      startsAt: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM'),
    })
    .optional(),
  budget: z.strictObject({ monthlyUsd: z.number().positive(), emails: z.array(email).min(1) }),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;
export type ExperimentSettings = z.infer<typeof experimentSchema>;

function isTimezone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}
