import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../monitoring/run.ts';

const main = join(import.meta.dirname, 'main.ts');

describe('npm run chaos', { timeout: 60_000 }, () => {
  async function chaos(...args: string[]) {
    const folder = mkdtempSync(join(tmpdir(), 'chaos-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { code, stdout, stderr } = await run(process.execPath, [main, ...args], { cwd: folder });
    return { code, stdout, stderr, left: readdirSync(folder) };
  }

  it.each<[string[], string]>([
    [['--only', 'moon-jar'], 'there is no experiment moon-jar'],
    [['--stage', 'moon'], "argument 'moon' is invalid"],
    [['--repeat', 'x'], 'give a whole number from 1 to 100'],
    [['--experiments', '/nowhere'], '/nowhere: holds no folder'],
    [['--no-agent', '--no-baselines'], 'leave nobody to watch'],
    [['--resume', '--out', 'nothing'], 'holds no run to go on with'],
    [['--onyl', 'raku'], "unknown option '--onyl'"],
  ])('%j is refused before anything starts', async (args, reason) => {
    const { code, stderr, left } = await chaos(...args);
    expect(stderr).toContain(reason);
    expect({ code, left }).toEqual({ code: 2, left: [] });
  });

  it('lists what would be played, and leaves nothing behind', async () => {
    const { code, stdout, left } = await chaos('--list');
    expect({ code, left }).toEqual({ code: 0, left: [] });
    expect(stdout.trim().split('\n').length).toBeGreaterThanOrEqual(30);
  });
});
