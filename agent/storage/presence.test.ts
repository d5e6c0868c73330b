import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../domain/errors.ts';
import { engines } from '../testing/engines.ts';
import type { EnterOrder } from '../testing/entered-process.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';

const program = new URL('../testing/entered-process.ts', import.meta.url).pathname;

describe.each(engines)('who works on %s', (engine) => {
  let temp: TempStore;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    temp = await openTempStore({ engine });
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await temp.remove();
  });

  async function spawnEntered(owner: string): Promise<{ child: ChildProcess; said: string }> {
    const order: EnterOrder = { address: temp.address, owner };
    const child = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, said: said.toString().trim() };
  }
  const living = () => temp.store.living(['somebody', 'me', 'nobody']);
  async function until(wanted: string[]): Promise<void> {
    await expect.poll(living, { timeout: 5_000, interval: 20 }).toEqual(wanted);
  }

  it('is nobody at first, then who has entered, and nobody once the store is closed', async () => {
    const other = await temp.openAgain();
    expect(await living()).toEqual([]);
    await other.enter('me');
    expect(await other.living(['somebody', 'me', 'nobody'])).toEqual(['me']);
    expect(await temp.store.living([])).toEqual([]);
    await other.close();
    await until([]);
    await temp.store.enter('me');
    expect(await living()).toEqual(['me']);
  });

  it('is a process no longer once it is killed', async () => {
    const { child, said } = await spawnEntered('somebody');
    expect(said).toBe('entered');
    expect(await temp.store.living(['somebody'])).toEqual(['somebody']);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    await expect.poll(() => temp.store.living(['somebody']), { timeout: 5_000, interval: 20 }).toEqual([]);
    await temp.store.enter('me');
  });

  it(engine === 'sqlite' ? 'is one process at a time' : 'may be several at once', async () => {
    await temp.store.enter('me');
    const { said } = await spawnEntered('somebody');
    if (engine === 'sqlite') {
      expect(said).toBe('ConfigError');
      expect(await living()).toEqual(['me']);
      const other = await temp.openAgain();
      const refused = await other.enter('somebody').catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ConfigError);
      expect((refused as ConfigError).hint).toContain('DATABASE_URL');
    } else {
      expect(said).toBe('entered');
      expect(await living()).toEqual(['somebody', 'me']);
    }
  });
});

describe.each(engines.filter((engine) => engine === 'postgres'))('a process on %s whose session breaks', (engine) => {
  it('is back as soon as it has another one', async () => {
    const temp = await openTempStore({ engine });
    await temp.store.enter('me');
    await temp.raw(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'kintsugi presence'`);
    const living = () => temp.store.living(['me']).catch(() => []);
    await expect.poll(living, { timeout: 10_000, interval: 50 }).toEqual(['me']);
    await temp.remove();
  });
});
