/** What a run was begun with, kept beside its records: a run that was stopped is gone on with, and no two runs are mixed. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const Plan = z.strictObject({
  seed: z.int(),
  repeat: z.int(),
  stage: z.string(),
  caretakers: z.array(z.string()),
  commit: z.string(),
});
export type Plan = z.infer<typeof Plan>;

/** Answers why the folder cannot take this run. */
export async function keepPlan(out: string, plan: Plan, isResumed: boolean): Promise<string | undefined> {
  const file = join(out, 'plan.json');
  if (!isResumed) {
    if (existsSync(file)) return `${out} holds a run already; go on with it by --resume, or name another folder`;
    await mkdir(out, { recursive: true });
    await writeFile(file, `${JSON.stringify(plan, null, 2)}\n`);
    return undefined;
  }
  if (!existsSync(file)) return `${out} holds no run to go on with`;
  const before = Plan.parse(JSON.parse(readFileSync(file, 'utf8')));
  const other = (Object.keys(plan) as (keyof Plan)[]).find((key) => JSON.stringify(before[key]) !== JSON.stringify(plan[key]));
  return other && `${out} was begun with another ${other}: ${JSON.stringify(before[other])}, not ${JSON.stringify(plan[other])}`;
}

export function commitOf(checkout: string): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: checkout,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    // No checkout of git: an image, or an archive.
    return 'unknown';
  }
}
