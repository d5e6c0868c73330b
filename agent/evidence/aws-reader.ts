/** Makes calls of an AWS client: each is counted, its reply parsed, its failure named by the permission it needs. It knows no SDK. */
import type { z } from 'zod';
import { awsFailure, unknownShape } from './aws-failure.ts';
import type { Meter } from './meter.ts';

/** Raises an UpstreamError, or the signal's own reason. `permission` is the IAM action, e.g. `ecs:DescribeServices`. */
export type AwsRead = <Reply>(
  permission: string,
  schema: z.ZodType<Reply>,
  send: (options: { abortSignal: AbortSignal }) => Promise<unknown>,
  bytesOf?: (reply: Reply) => number,
) => Promise<Reply>;

export function createAwsReader(signal: AbortSignal, meter: Meter): AwsRead {
  return async (permission, schema, send, bytesOf = jsonBytes) => {
    let output: unknown;
    try {
      signal.throwIfAborted();
      meter.called();
      output = await send({ abortSignal: signal });
    } catch (error) {
      signal.throwIfAborted();
      throw awsFailure(permission, error);
    }
    const reply = schema.safeParse(output);
    if (!reply.success) throw unknownShape(permission, reply.error);
    meter.read(bytesOf(reply.data));
    return reply.data;
  };
}

/** The SDK keeps the body to itself; what was read of it is as long, but for the fields nobody asked for. */
function jsonBytes(reply: unknown): number {
  return Buffer.byteLength(JSON.stringify(reply) ?? '');
}
