/** Parameters every ECS action has in common: one cluster, one service, spelt exactly. A selector is never a parameter. */
import { z } from 'zod';
import type { Resource } from '../domain/alert.ts';
import type { Hypothesis } from '../domain/cause.ts';
import type { NotPossible } from '../domain/plan.ts';

// Plain ASCII only: a look-alike letter or a `*` must not pass for the name of something else.
const ecsName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/;
const nameRule = 'must be one name: 1 to 255 of the letters A-Z a-z, digits, hyphen and underscore';

const ClusterName = z.string().regex(ecsName, nameRule);
const ServiceName = z.string().regex(ecsName, nameRule);
/** Last segment of a task's ARN: 32 hex digits, or a UUID in clusters with the old ARN format. */
export const TaskId = z
  .string()
  .regex(
    /^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
    'must be one task id: the last segment of the task ARN, 32 hex digits',
  );
export const DeploymentId = z
  .string()
  .regex(/^ecs-svc\/[0-9A-Za-z]{1,64}$/, 'must be one deployment id such as ecs-svc/1234567890123456789');

export const ServiceParams = z.strictObject({ cluster: ClusterName, service: ServiceName });

export const callTimeoutMs = z.int().min(100).max(120_000).default(10_000).describe('Time one AWS call may take, milliseconds.');

/** The parameters checked by their schema, or every fault in one sentence: field, what is wrong, the value. */
export function checkParams<T>(schema: z.ZodType<T>, params: unknown): { ok: T } | NotPossible {
  const parsed = schema.safeParse(params);
  if (parsed.success) return { ok: parsed.data };
  const faults = parsed.error.issues.map((issue) => {
    const field = issue.path.join('.') || 'params';
    const value = issue.path.reduce<unknown>(
      (at, key) => (at !== null && typeof at === 'object' ? Reflect.get(at, key) : undefined),
      params,
    );
    return `${field} ${issue.message} (got ${shorten(JSON.stringify(value) ?? String(value))})`;
  });
  return { notPossible: `the parameters are refused: ${faults.join('; ')}` };
}

/** An action changes only the service the cause sits in; null when that is the target. */
export function causeElsewhere(hypothesis: Hypothesis, target: Resource): NotPossible | null {
  return hypothesis.service === target.service
    ? null
    : { notPossible: `the cause sits in ${hypothesis.service}, the target is ${target.service}` };
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}… ${text.length} characters` : text;
}
