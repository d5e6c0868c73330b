/** Reads a request's body up to a limit, and keeps a refused client from making us read more than we want. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { InputError } from '../../domain/errors.ts';

/** The whole body, or `too-large`, or `aborted` when the client went away first. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 'too-large' | 'aborted'> {
  if ((declaredLength(request) ?? 0) > maxBytes) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      // Whoever answers decides what becomes of the rest.
      if (length > maxBytes) return;
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else {
        request.pause();
        resolve('too-large');
      }
    });
    // Nearly every body comes in one piece.
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('close', () => resolve('aborted'));
  });
}

/**
 * Call before answering a request whose body was not read to its end. A short body is thrown away as it comes, so that the client gets
 * its answer; a long or endless one is not waited for: the connection closes behind the answer.
 */
export function leaveBody(request: IncomingMessage, response: ServerResponse, maxBytes: number): void {
  if (request.complete) return;
  const declared = declaredLength(request);
  if (declared !== undefined && declared <= maxBytes) request.resume();
  else response.setHeader('Connection', 'close');
}

/** Compressed bodies are refused: 100 MB of zeros arrive as 97 KB. */
export function refuseEncoded(request: IncomingMessage): InputError | undefined {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return undefined;
  return new InputError('WEBHOOK_ENCODED', 'the body has a Content-Encoding', { hint: 'send it uncompressed, as Alertmanager does' });
}

function declaredLength(request: IncomingMessage): number | undefined {
  const header = request.headers['content-length'];
  return header === undefined ? undefined : Number(header);
}
