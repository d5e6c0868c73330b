/** A loopback port that is handed out long before the program that listens on it starts. */
import { createServer } from 'node:net';
import { PortPool } from '../sandbox/runtime/ports.ts';

export interface ReservedPort {
  port: number;
  /** Call it right before the program starts. */
  release(): Promise<void>;
}

/** Held by listening on it; and outside the range from which the system takes ports, for those are gone a moment after they are free. */
export async function reservePort(): Promise<ReservedPort> {
  const port = await new PortPool().take();
  // Whoever calls already finds nobody; a connection that stayed would keep the port from being handed over.
  const holder = createServer((socket) => socket.resetAndDestroy());
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject);
    holder.listen(port, '127.0.0.1', resolve);
  });
  return { port, release: () => new Promise((resolve) => holder.close(() => resolve())) };
}
