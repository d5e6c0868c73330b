/** Asks `kintsugi diagnose`, the very program a user runs, about many cases at once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Case, CaseAnswer } from '../agent/diagnosis/case/case.ts';

const program = fileURLToPath(new URL('../agent/cli/main.ts', import.meta.url));

const Answer = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  ranked: z.array(z.object({ node: z.string(), score: z.number(), evidence: z.array(z.string()) })),
  cause: z.string(),
  confidence: z.number().min(0).max(1),
  change: z.string(),
  action: z.string(),
  abstain: z.boolean(),
  reason: z.string(),
});
const Refusal = z.object({ line: z.int(), error: z.object({ code: z.string(), message: z.string() }) });

export type Asked = { answer: CaseAnswer } | { refused: string };

/** One answer for each case, in their order. Cases are made while the program works: they need not fit into memory together. */
export async function ask(cases: Iterable<Case>): Promise<Asked[]> {
  // Nothing of this environment: the command promises to need none.
  const child = spawn(process.execPath, [program, 'diagnose', '-'], { env: {}, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [asked] = await Promise.all([collect(child.stdout), pipeline(Readable.from(linesOf(cases)), child.stdin)]);
  const [code] = (await ended) as [number | null];
  const isWhole = asked.every((one) => 'answer' in one);
  if (code !== (isWhole ? 0 : 4)) throw new Error(`kintsugi diagnose ended with ${code} after ${asked.length} lines`);
  return asked;
}

function* linesOf(cases: Iterable<Case>): Generator<string> {
  for (const one of cases) yield `${JSON.stringify(one)}\n`;
}

async function collect(output: Readable): Promise<Asked[]> {
  const asked: Asked[] = [];
  for await (const line of createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY })) {
    const said: unknown = JSON.parse(line);
    const { data: refusal } = Refusal.safeParse(said);
    asked.push(refusal ? { refused: `${refusal.error.code}: ${refusal.error.message}` } : { answer: Answer.parse(said) });
  }
  return asked;
}

/** The answers by themselves; a case that was refused counts as answered with nothing. */
export function answersOf(asked: readonly Asked[]): CaseAnswer[] {
  return asked.map((one) =>
    'answer' in one
      ? one.answer
      : { id: '', ranked: [], cause: '', confidence: 0, change: '', action: '', abstain: true, reason: `refused: ${one.refused}` },
  );
}
