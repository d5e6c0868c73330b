/** Loopback ports for container processes, taken below the kernel's ephemeral range so that no outgoing connection can sit on one. */
import { createServer } from 'node:net';

const first = 20_000;
const last = 31_999;

export class PortPool {
  readonly #inUse = new Set<number>();
  #next: number;

  /** `random` in [0, 1): two sandboxes on one machine begin at different places. */
  constructor(random: () => number = Math.random) {
    this.#next = first + Math.floor(random() * (last - first));
  }

  async take(): Promise<number> {
    for (let tries = 0; tries <= last - first; tries += 1) {
      const port = this.#next;
      this.#next = port === last ? first : port + 1;
      if (this.#inUse.has(port) || !(await isFree(port))) continue;
      this.#inUse.add(port);
      return port;
    }
    throw new Error(`no free loopback port between ${first} and ${last}: stop other sandboxes`);
  }

  release(port: number): void {
    this.#inUse.delete(port);
  }
}

/** Free on loopback and on all addresses: a container may listen on either. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, undefined));
}

function canListen(port: number, host: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
