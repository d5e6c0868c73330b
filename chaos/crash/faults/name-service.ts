/**
 * Loaded into the agent's process before it starts (`--import`), so that names can fail too: every name under `lab.invalid` is this machine,
 * and a name fails while the file NAMES_DOWN lists it. Nothing of the agent knows of it.
 */
import dns from 'node:dns';
import { readFileSync } from 'node:fs';

const real = dns.lookup;
const file = process.env.NAMES_DOWN ?? '';

function isDown(name: string): boolean {
  try {
    return readFileSync(file, 'utf8').split('\n').includes(name);
  } catch {
    return false;
  }
}

function lookup(name: string, ...rest: unknown[]): void {
  const ours = name.endsWith('.lab.invalid');
  const answer = rest.at(-1) as (error: Error | null) => void;
  if (isDown(name)) {
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
      code: 'ENOTFOUND',
      errno: -3008,
      syscall: 'getaddrinfo',
      hostname: name,
    });
    setImmediate(() => answer(error));
    return;
  }
  Reflect.apply(real, dns, [ours ? '127.0.0.1' : name, ...rest]);
}

dns.lookup = lookup as typeof dns.lookup;
