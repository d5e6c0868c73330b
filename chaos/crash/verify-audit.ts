/** Runs the agent's own verifier over the audit trail of a store, as an operator would, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../agent/testing/lab-verify.ts', import.meta.url));

/** What is wrong with the trail; nothing when it is whole. */
export async function verifyAudit(environment: Readonly<Record<string, string>>): Promise<string[]> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [program], { env: { PATH, HOME, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [said, complained, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) return [`the audit verifier ended with ${String(code)}: ${complained.slice(0, 500)}`];
  const { brokenAt, rows } = JSON.parse(said) as { brokenAt: number | null; rows: number };
  if (rows === 0) return ['the audit trail is empty'];
  return brokenAt === null ? [] : [`the audit trail is broken at row ${brokenAt} of ${rows}: ${said.trim()}`];
}
