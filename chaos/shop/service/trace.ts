/** W3C trace context, as far as the shop needs it: one id that follows a request through every service. */
import { randomBytes } from 'node:crypto';

export const traceHeader = 'traceparent';

/** The 32 hex digits of the header's trace id, or a new id when the header is missing or malformed. */
export function traceIdOf(header: string | string[] | undefined): string {
  const match = typeof header === 'string' ? /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(header) : null;
  return match?.[1] ?? randomBytes(16).toString('hex');
}

/** The header for a call made on behalf of `traceId`; each call is its own span. */
export function traceparent(traceId: string): string {
  return `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
}
