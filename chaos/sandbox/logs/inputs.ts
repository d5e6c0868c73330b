/** What the imitated CloudWatch Logs calls accept, and the error AWS answers for the rest. */
import { z } from 'zod';
import { ServiceException } from '../wire/operation.ts';

const groupName = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[.\-_/#A-Za-z0-9]+$/);
const streamName = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[^:*]*$/);
const time = z.number().int().nonnegative();

export const logGroupInput = z.object({ logGroupName: groupName });
export const logStreamInput = z.object({ logGroupName: groupName, logStreamName: streamName });

export const putLogEventsInput = logStreamInput.extend({
  logEvents: z
    .array(z.object({ timestamp: time, message: z.string().min(1) }))
    .min(1)
    .max(10_000),
});

const describeLimit = z.number().int().min(1).max(50).default(50);

export const describeLogGroupsInput = z.object({
  logGroupNamePrefix: groupName.optional(),
  logGroupNamePattern: z.string().optional(),
  nextToken: z.string().optional(),
  limit: describeLimit,
});

/** Calls that take a name or an identifier (name or ARN) of one group. */
const oneGroup = { logGroupName: groupName.optional(), logGroupIdentifier: z.string().optional() };

export const describeLogStreamsInput = z.object({
  ...oneGroup,
  logStreamNamePrefix: streamName.optional(),
  orderBy: z.enum(['LogStreamName', 'LastEventTime']).default('LogStreamName'),
  descending: z.boolean().default(false),
  nextToken: z.string().optional(),
  limit: describeLimit,
});

const range = { startTime: time.optional(), endTime: time.optional() };
const page = { nextToken: z.string().optional(), limit: z.number().int().min(1).max(10_000).default(10_000) };

export const getLogEventsInput = z.object({
  ...oneGroup,
  ...range,
  ...page,
  logStreamName: streamName,
  startFromHead: z.boolean().default(false),
});

export const filterLogEventsInput = z.object({
  ...oneGroup,
  ...range,
  ...page,
  logStreamNames: z.array(streamName).min(1).max(100).optional(),
  logStreamNamePrefix: streamName.optional(),
  filterPattern: z.string().optional(),
  startFromHead: z.boolean().default(true),
});

export const startQueryInput = z.object({
  queryLanguage: z.literal('CWLI').default('CWLI'),
  logGroupName: groupName.optional(),
  logGroupNames: z.array(groupName).min(1).max(50).optional(),
  logGroupIdentifiers: z.array(z.string()).min(1).max(50).optional(),
  /** Seconds since the epoch here, unlike everywhere else. */
  startTime: time,
  endTime: time,
  queryString: z.string().max(10_000),
  limit: z.number().int().min(1).max(10_000).optional(),
});

export const queryIdInput = z.object({ queryId: z.string().min(1) });

/** Throws InvalidParameterException naming the first wrong field and its value. */
export function parseInput<T extends z.ZodType>(schema: T, input: Record<string, unknown>): z.infer<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  const value = issue?.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], input);
  throw new ServiceException(
    'InvalidParameterException',
    `1 validation error detected: Value ${value === undefined ? 'null' : `'${String(value)}'`} at '${field}' failed to satisfy constraint: ${issue?.message}`,
  );
}

export function invalidParameter(message: string): ServiceException {
  return new ServiceException('InvalidParameterException', message);
}
