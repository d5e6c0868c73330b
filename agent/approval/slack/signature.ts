/** Whether a request comes from Slack: the HMAC of its version 0 over the time and the raw body. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far Slack's clock and ours may be apart, seconds; what is older may be somebody repeating what they overheard. */
export const maxAgeSeconds = 300;

export interface Signed {
  /** `X-Slack-Request-Timestamp`: Unix seconds. */
  timestamp: string | undefined;
  /** `X-Slack-Signature`: `v0=` and 64 hex digits. */
  signature: string | undefined;
  body: Buffer;
}

/** Why it is not to be believed; null when it is. */
export function refuseSignature(secret: string, { timestamp, signature, body }: Signed, nowMs: number): string | null {
  if (timestamp === undefined || signature === undefined) return 'the request is not signed';
  if (!/^\d{1,12}$/.test(timestamp)) return 'its time is no time';
  if (!timingSafeEqual(digest(signature), digest(signatureOf(secret, timestamp, body)))) return 'the signature does not fit';
  const ageSeconds = Math.abs(nowMs / 1000 - Number(timestamp));
  return ageSeconds <= maxAgeSeconds ? null : `it was signed ${Math.round(ageSeconds)} s away from now`;
}

export function signatureOf(secret: string, timestamp: string, body: Buffer | string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
}

/** Of equal length, whatever was sent. */
function digest(text: string): Buffer {
  return createHmac('sha256', 'length').update(text).digest();
}
