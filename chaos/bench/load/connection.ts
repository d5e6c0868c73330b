/** One keep-alive connection of the load generator: writes prepared requests on a raw socket and reads just enough of each answer. */
import { createConnection, type Socket } from 'node:net';

export interface Connection {
  readonly index: number;
  /** Sends one request; the answer comes to `onAnswer`. Only when the one before was answered. */
  send(request: Buffer): void;
  readonly isBusy: boolean;
  close(): void;
}

export interface ConnectionOptions {
  host: string;
  port: number;
  index: number;
  onAnswer(status: number, latencyMs: number): void;
  /** The other side closed or failed; `wasBusy`: a request was left without an answer. */
  onEnd(wasBusy: boolean): void;
}

const headEnd = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('\r\n0\r\n\r\n');

/** Bytes of the whole answer at the start of `bytes`, or undefined while it is incomplete. */
export function answerLength(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const declared = /content-length: *(\d+)/i.exec(head)?.[1];
  if (declared !== undefined) {
    const length = end + headEnd.length + Number(declared);
    return bytes.length >= length ? length : undefined;
  }
  if (!/transfer-encoding: *chunked/i.test(head)) return end + headEnd.length;
  const last = bytes.indexOf(lastChunk, end);
  return last < 0 ? undefined : last + lastChunk.length;
}

/** The three digits of the status line. */
export function statusOf(bytes: Buffer): number {
  return Number(bytes.toString('latin1', 9, 12));
}

export function connect({ host, port, index, onAnswer, onEnd }: ConnectionOptions): Promise<Connection> {
  const socket: Socket = createConnection({ host, port, noDelay: true });
  let sentAt = -1;
  let unread: Buffer | undefined;
  let hasEnded = false;

  function end(): void {
    if (hasEnded) return;
    hasEnded = true;
    const wasBusy = sentAt >= 0;
    sentAt = -1;
    onEnd(wasBusy);
  }

  socket.on('data', (chunk) => {
    const bytes = unread ? Buffer.concat([unread, chunk]) : chunk;
    const length = answerLength(bytes);
    if (length === undefined) {
      unread = bytes;
      return;
    }
    unread = undefined;
    const latency = performance.now() - sentAt;
    sentAt = -1;
    onAnswer(statusOf(bytes), latency);
  });
  socket.on('error', end);
  socket.on('close', end);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve({
        index,
        get isBusy() {
          return sentAt >= 0;
        },
        send(request) {
          sentAt = performance.now();
          socket.write(request);
        },
        close() {
          hasEnded = true;
          socket.destroy();
        },
      });
    });
  });
}
