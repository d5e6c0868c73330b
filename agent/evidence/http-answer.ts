/** What an upstream answers over HTTP: read up to a limit, and its status as the reason of a failure. */
import { UpstreamError, type UpstreamReason } from '../domain/errors.ts';

/**
 * The body as text. Counts decompressed bytes, so that a small packed body cannot grow past the limit; UpstreamError with `hint` when it
 * does. Leaving the loop cancels the body and with it the connection.
 */
export async function readBounded(system: string, response: Response, maxBytes: number, hint: string): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new UpstreamError(system, 'server', `the answer is larger than ${maxBytes} bytes`, { hint });
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** Of a status that is not 2xx. A redirect is the client's fault: the URL in the settings is not the upstream's own. */
export function reasonOfStatus(status: number): UpstreamReason {
  if (status === 401 || status === 403) return 'auth';
  if (status === 429) return 'rate-limit';
  return status >= 300 && status < 500 ? 'client' : 'server';
}
