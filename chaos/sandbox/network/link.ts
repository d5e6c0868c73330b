/** A TCP pipe between two loopback ports on which a network fault acts on the real bytes. It never looks into them. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { NetworkFault } from '../world.ts';
import { chunkDelayMs, isBlackholed, type LinkPlace } from './faults.ts';

const heldBytesLimit = 1024 * 1024;

export interface LinkOptions {
  place: LinkPlace;
  /** Port to connect to, asked at each connection; undefined resets the connection. */
  upstream: () => number | undefined;
  random: () => number;
}

export class Link {
  readonly #options: LinkOptions;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #fault: NetworkFault | null = null;

  private constructor(options: LinkOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  static async listen(options: LinkOptions): Promise<Link> {
    const link = new Link(options);
    await new Promise<void>((resolve, reject) => {
      link.#server.once('error', reject);
      link.#server.listen(0, '127.0.0.1', () => resolve());
    });
    return link;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** null lets everything held back pass. */
  setFault(fault: NetworkFault | null): void {
    this.#fault = fault;
    for (const pair of this.#pairs) pair.flush();
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) pair.destroy();
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(near: Socket): void {
    const port = this.#options.upstream();
    if (port === undefined) {
      near.on('error', () => {});
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    const isHeld = (): boolean => isBlackholed(this.#fault, this.#options.place);
    const delay = (): number => chunkDelayMs(this.#fault, this.#options.place, this.#options.random);
    // Only what leaves the task is delayed: its requests on an egress link, its answers on an ingress link.
    const isEgress = this.#options.place.side === 'egress';
    const pair = new Pair(
      new Stream(near, far, isHeld, isEgress ? delay : () => 0),
      new Stream(far, near, isHeld, isEgress ? () => 0 : delay),
      () => this.#pairs.delete(pair),
    );
    this.#pairs.add(pair);
  }
}

class Pair {
  readonly #there: Stream;
  readonly #back: Stream;

  constructor(there: Stream, back: Stream, onClose: () => void) {
    this.#there = there;
    this.#back = back;
    for (const socket of [there.source, back.source]) {
      socket.on('error', () => this.destroy());
      socket.once('close', (hadError) => {
        // A clean end may still have bytes waiting for their delay; an abrupt one takes everything with it.
        if (hadError || (this.#there.isDone && this.#back.isDone)) this.destroy();
        if (this.#there.source.destroyed && this.#back.source.destroyed) onClose();
      });
    }
  }

  flush(): void {
    this.#there.pump();
    this.#back.pump();
  }

  destroy(): void {
    this.#there.destroy();
    this.#back.destroy();
  }
}

/** One direction. Order is kept: a chunk never overtakes the one before it. */
class Stream {
  readonly source: Socket;
  readonly #sink: Socket;
  readonly #isHeld: () => boolean;
  readonly #delayMs: () => number;
  readonly #queue: { chunk: Buffer | null; due: number }[] = [];
  #queuedBytes = 0;
  #timer: NodeJS.Timeout | null = null;
  isDone = false;

  constructor(source: Socket, sink: Socket, isHeld: () => boolean, delayMs: () => number) {
    this.source = source;
    this.#sink = sink;
    this.#isHeld = isHeld;
    this.#delayMs = delayMs;
    source.on('data', (chunk: Buffer) => this.#push(chunk));
    source.on('end', () => this.#push(null));
    sink.on('drain', () => this.pump());
  }

  pump(): void {
    while (this.#queue.length > 0 && !this.#sink.destroyed) {
      const [head] = this.#queue;
      if (head === undefined || this.#isHeld()) return;
      const wait = head.due - performance.now();
      if (wait > 0) {
        this.#timer ??= setTimeout(() => {
          this.#timer = null;
          this.pump();
        }, wait);
        return;
      }
      this.#queue.shift();
      if (head.chunk === null) {
        this.isDone = true;
        this.#sink.end();
        return;
      }
      this.#queuedBytes -= head.chunk.length;
      if (!this.#sink.write(head.chunk)) {
        this.source.pause();
        return;
      }
      if (this.source.isPaused() && this.#queuedBytes < heldBytesLimit) this.source.resume();
    }
    if (this.#queue.length === 0 && this.source.isPaused()) this.source.resume();
  }

  destroy(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#queue.length = 0;
    this.source.destroy();
  }

  #push(chunk: Buffer | null): void {
    const last = this.#queue.at(-1)?.due ?? 0;
    this.#queue.push({ chunk, due: Math.max(last, performance.now() + this.#delayMs()) });
    this.#queuedBytes += chunk?.length ?? 0;
    if (this.#queuedBytes > heldBytesLimit) this.source.pause();
    this.pump();
  }
}
