/** moto's S3 where Python has it: a second opinion on the wire, written by others. */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export function hasMoto(): boolean {
  try {
    execFileSync('python3', ['-c', 'import moto.server'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export async function startMoto(): Promise<{ url: string; close(): Promise<void> }> {
  const child = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const [, found] = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line) ?? [];
      if (found) resolve(found);
    });
    child.once('error', reject);
    void exited.then(() => reject(new Error('moto ended before it listened')));
  });
  return {
    url,
    async close() {
      child.kill();
      await exited;
    },
  };
}
