/** Runs `kintsugi audit verify` over the audit trail of a store, as an operator would. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../agent/cli/main.ts', import.meta.url));

/** What is wrong with the trail; nothing when it is whole. */
export async function verifyAudit(environment: Readonly<Record<string, string>>): Promise<string[]> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [program, 'audit', 'verify', '--json'], {
    env: { PATH, HOME, AWS_ACCESS_KEY_ID: 'verifier', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) return [`kintsugi audit verify ended with ${String(code)}: ${said.trim()} ${complained.slice(0, 500)}`];
  return (JSON.parse(said) as { rows: number }).rows === 0 ? ['the audit trail is empty'] : [];
}
