import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Listed, playAll } from './lanes.ts';

const player = fileURLToPath(new URL('fixtures/player.ts', import.meta.url));

describe('playAll', { timeout: 30_000 }, () => {
  let folder: string;
  let words: string[];
  let done: Map<string, string | undefined>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lanes-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    [words, done] = [[], new Map()];
  });

  function listed(title: string, experiment: string, longestMs = 20_000): Listed {
    const place = { monitoring: '', cluster: '', prometheusUrl: '', agentUrl: '' };
    const out = join(folder, title);
    return {
      title,
      longestMs,
      order: { experiment, out, stage: 'sandbox', place, caretakers: ['agent'], repeat: 1, seed: 1, commit: 'c' },
    };
  }

  const playThem = (list: Listed[], count: number, signal = new AbortController().signal) =>
    playAll(
      list,
      count,
      {
        onWord: ({ title }, doing) => void words.push(`${title}: ${doing}`),
        onDone: ({ title }, failure) => void done.set(title, failure),
        player,
      },
      signal,
    );

  it('plays them all, whatever becomes of each, and says what each says', async () => {
    await playThem([listed('a', 'good'), listed('b', 'bad'), listed('c', 'good')], 2);
    expect(Object.fromEntries(done)).toEqual({ a: undefined, b: 'the stage fell down', c: undefined });
    expect(words.toSorted()).toEqual(['a: playing good', 'b: playing bad', 'c: playing good']);
  });

  it('takes no record of an earlier try for one of this', async () => {
    mkdirSync(join(folder, 'b'));
    writeFileSync(join(folder, 'b', 'record.json'), '{}');
    await playThem([listed('b', 'bad')], 1);
    expect(done.get('b')).toBe('the stage fell down');
    expect(existsSync(join(folder, 'b', 'record.json'))).toBe(false);
  });

  it('ends one that hangs', async () => {
    await playThem([listed('h', 'hangs', 1_500)], 1);
    expect(done.get('h')).toContain('it took longer than 2 s');
  });

  it('stops all of them when it is stopped, and begins no other', async () => {
    const stop = new AbortController();
    const playing = playThem([listed('h', 'hangs'), listed('i', 'hangs'), listed('a', 'good')], 2, stop.signal);
    await expect.poll(() => words.length, { timeout: 10_000 }).toBe(2);
    stop.abort(new Error('SIGINT'));
    await expect(playing).rejects.toThrow('SIGINT');
    expect(words.toSorted()).toEqual(['h: playing hangs', 'i: playing hangs']);
  });
});
