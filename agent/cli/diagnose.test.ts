import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';

const main = new URL('./main.ts', import.meta.url).pathname;
const good = (id: unknown) => JSON.stringify({ id, alert: { node: 'shop', at: 1_700_000_000 } });

interface Said {
  id?: string | number;
  line?: number;
  error?: { code: string; message: string };
}

async function answersTo(chunks: (string | Buffer)[], mostBytes?: number): Promise<{ said: Said[]; answered: number; refused: number }> {
  const output = new PassThrough();
  const said = text(output);
  const counted = await diagnose('-', Readable.from(chunks.map((chunk) => Buffer.from(chunk))), output, mostBytes);
  output.end();
  return {
    said: (await said)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Said),
    ...counted,
  };
}

async function faultOf(line: string | object): Promise<{ code: string; message: string } | undefined> {
  return (await answersTo([typeof line === 'string' ? line : JSON.stringify(line)])).said[0]?.error;
}

const alert = { node: 'shop', at: 1 };

describe('kintsugi diagnose', () => {
  it('answers each line with a line, in their order, duplicate ids and unknown fields included', async () => {
    const more = JSON.stringify({ id: 'b', alert: { ...alert, colour: 'red' }, weather: { rain: true } });
    const { said, answered, refused } = await answersTo([`${good('a')}\n${more}\n${good('a')}\n${good(7)}\n`]);
    expect(said.map(({ id }) => id)).toEqual(['a', 'b', 'a', 7]);
    expect({ answered, refused }).toEqual({ answered: 4, refused: 0 });
    expect(Object.keys(said[0] ?? {})).toEqual(
      expect.arrayContaining(['id', 'ranked', 'cause', 'confidence', 'change', 'action', 'abstain', 'reason']),
    );
  });

  it('reads lines whatever ends them and wherever a chunk is cut, a byte order mark, empty lines and a last line without an end', async () => {
    const whole = Buffer.from(`\uFEFF${good('é')}\r\n\r\n   \n${good('b')}\n${good('c')}`);
    for (const size of [1, 7, 64, whole.length]) {
      const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) => whole.subarray(at * size, (at + 1) * size));
      expect((await answersTo(chunks)).said.map(({ id }) => id)).toEqual(['é', 'b', 'c']);
    }
    expect(await answersTo([])).toEqual({ said: [], answered: 0, refused: 0 });
  });

  it('puts an error with the number of the line in the place of an answer, and goes on', async () => {
    const { said, answered, refused } = await answersTo([`${good('a')}\n\n{"id": NaN}\n[]\n${good('b')}\n`]);
    expect(said.map(({ id, line }) => id ?? line)).toEqual(['a', 3, 4, 'b']);
    expect({ answered, refused }).toEqual({ answered: 2, refused: 2 });
    expect(said[1]?.error).toMatchObject({ code: 'CASE_MALFORMED', message: expect.stringContaining('write one object a line') });
  });

  it('names the field that is wrong, what it holds and what to do', async () => {
    const metric = { node: 'a', metric: 'latency', t: [1, 2], v: [1, 2] };
    expect(await faultOf({ id: 1 })).toEqual({ code: 'CASE_INVALID', message: expect.stringMatching(/^alert is missing; give \{node/) });
    const wrong: [object, RegExp][] = [
      [{ metrics: [metric, { ...metric, v: [1, 'abc'] }] }, /^metrics\[1\]\.v\[1\] is "abc": expected a number or null; .* null where/],
      [{ metrics: [{ ...metric, v: [1] }] }, /^metrics\[0\]\.v is a list of 1: expected as many values as times/],
      [{ metrics: [{ ...metric, t: undefined }] }, /^metrics\[0\]\.t is missing; give Unix seconds/],
      [{ metrics: 3 }, /^metrics is 3: expected a list/],
      [{ edges: [['a', 'b'], ['a']] }, /^edges\[1\]\[1\] is missing; give pairs/],
      [{ changes: [{ t: 1, kind: 'x'.repeat(5000) }] }, /^changes\[0\]\.kind is "x{59}…: .*; give commit, deploy, config or flag/],
      [{ alert: { ...alert, at: 'yesterday' } }, /^alert\.at is "yesterday": .*; give Unix seconds/],
      [
        { alert: { ...alert, at: 1_700_000_000_000 } },
        /^alert\.at is 1700000000000: expected seconds, not milliseconds; give Unix seconds/,
      ],
    ];
    for (const [fields, message] of wrong) {
      expect(await faultOf({ id: 1, alert, ...fields })).toEqual({ code: 'CASE_INVALID', message: expect.stringMatching(message) });
    }
    expect((await faultOf('{"id":1,"alert":{"node":"a","at":1e999}}'))?.message).toMatch(/^alert\.at is Infinity/);
  });

  it('takes null for missing, where something may be missing', async () => {
    const nothing = {
      edges: null,
      metrics: null,
      logs: null,
      spans: null,
      changes: [{ t: 1, kind: 'flag', node: null, sha: null, diff: null }],
    };
    const { said } = await answersTo([
      JSON.stringify({ id: 'a', alert: { ...alert, metric: null, stat: null, summary: null }, ...nothing }),
    ]);
    expect(said).toMatchObject([{ id: 'a' }]);
  });

  it('says so when there is no room for the answers', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })),
    });
    await expect(diagnose('-', Readable.from([Buffer.from(good('a'))]), full)).rejects.toThrow(
      /^files: the answers cannot be written: no space/,
    );
  });

  it('takes numbers for severities and statuses', async () => {
    const logs = [{ t: 1, node: 'shop', level: 17, msg: 'order 7 went wrong' }];
    const spans = [{ trace: 'a', span: 'b', node: 'shop', name: 'buy', start: 1, durationMs: 4, status: 500 }];
    expect((await answersTo([JSON.stringify({ id: 'a', alert, logs, spans })])).said).toMatchObject([{ id: 'a' }]);
  });

  it('takes the case that the page shows, and says of a wrong one what the page says', async () => {
    const [shown = '', fault = ''] = [...readFileSync('docs/diagnose.md', 'utf8').matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, json = '']) => json,
    );
    expect(await answersTo([shown.replaceAll('\n', ' ')])).toMatchObject({ answered: 1, said: [{ id: 'checkout-slow' }] });
    const v = [...Array.from({ length: 17 }, () => 1), 'n/a'];
    const wrong = { id: 1, alert, metrics: [{ node: 'a', metric: 'latency', t: v.map(() => 1), v }] };
    expect(await faultOf(wrong)).toEqual((JSON.parse(fault) as Said).error);
  });

  it('refuses a line beyond the limit without keeping it, and answers the next', async () => {
    const long = `{"id":"long","alert":{"node":"${'x'.repeat(3_000_000)}","at":1}}`;
    const { said } = await answersTo([`${long}\n`, `${good('b')}\n`], 2 ** 20);
    expect(said).toMatchObject([
      { line: 1, error: { code: 'CASE_TOO_LARGE', message: expect.stringContaining('2.9 MB, more than 1 MB') } },
      { id: 'b' },
    ]);
  });

  it('keeps one fault of a list in which everything is wrong', async () => {
    const wrong = { id: 1, alert, metrics: [{ node: 'a', metric: 'm', t: [], v: Array.from({ length: 500_000 }, () => 'x') }] };
    expect((await faultOf(wrong))?.message).toMatch(/^metrics\[0\]\.v\[0\] is "x".*\)$/);
  });

  it('asks for the next case only when an answer was taken', async () => {
    let asked = 0;
    async function* cases() {
      for (; asked < 5000; asked += 1) yield Buffer.from(`${good(asked)}\n`);
    }
    const slow = new PassThrough({ highWaterMark: 100 });
    const running = diagnose('-', Readable.from(cases()), slow);
    await once(slow, 'readable');
    await new Promise((resolve) => setImmediate(resolve));
    const before = asked;
    expect(before).toBeLessThan(200);
    slow.resume();
    expect(await running).toEqual({ answered: 5000, refused: 0 });
  });
});

describe('the command itself', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kintsugi-diagnose-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** With nothing of this environment, and nothing of the agent's. */
  const start = (args: string[]) => spawn(process.execPath, [main, 'diagnose', ...args], { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });

  async function run(args: string[], input = ''): Promise<{ code: number; out: string; err: string }> {
    const child = start(args);
    child.stdin.on('error', () => {}).end(input);
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code: code as number, out, err };
  }

  it('reads a file, - or nothing, and ends with 0, or with 4 when a line got an error', async () => {
    const file = join(folder, 'cases.jsonl');
    writeFileSync(file, `${good('a')}\n`);
    const [fromFile, fromDash, fromNothing] = await Promise.all([run([file]), run(['-'], good('a')), run([], good('a'))]);
    expect(fromFile).toMatchObject({ code: 0, err: '', out: expect.stringContaining('"id":"a"') });
    expect(fromDash).toEqual(fromFile);
    expect(fromNothing).toEqual(fromFile);
    expect(await run([], `${good('a')}\nrain\n`)).toMatchObject({
      code: 4,
      out: expect.stringContaining('{"line":2,"error":{"code":"CASE_MALFORMED"'),
    });
  });

  it('ends with 3 when the file cannot be read, and with 2 when the arguments are wrong', async () => {
    expect(await run([join(folder, 'none.jsonl')])).toMatchObject({ code: 3, out: '', err: expect.stringContaining('ENOENT') });
    expect(await run([folder])).toMatchObject({ code: 3, out: '', err: expect.stringContaining('Give a readable file') });
    expect((await run(['a', 'b'])).code).toBe(2);
  });

  it('ends in silence when nobody wants more answers', async () => {
    const child = start([]);
    child.stdin.on('error', () => {});
    const ended = Promise.all([text(child.stderr), once(child, 'exit')]);
    child.stdin.write(`${good(0)}\n`);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    // One answer may still be on its way; what is written to a closed pipe tells.
    for (let id = 1; id < 200 && child.exitCode === null; id += 1) {
      child.stdin.write(`${good(id)}\n`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.stdin.end();
    expect(await ended).toEqual(['', [0, null]]);
  });
});
