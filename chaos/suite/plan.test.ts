import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { keepPlan, type Plan } from './plan.ts';

const plan: Plan = { seed: 1, repeat: 1, stage: 'sandbox', caretakers: ['agent'], commit: 'abc' };

it('begins a run in an empty folder, goes on with the same one, and mixes no two', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const out = join(folder, 'run');
  expect(await keepPlan(out, plan, true)).toContain('holds no run');
  expect(await keepPlan(out, plan, false)).toBeUndefined();
  expect(await keepPlan(out, plan, false)).toContain('holds a run already');
  expect(await keepPlan(out, plan, true)).toBeUndefined();
  expect(await keepPlan(out, { ...plan, seed: 2 }, true)).toContain('begun with another seed: 1, not 2');
  expect(await keepPlan(out, { ...plan, commit: 'def' }, true)).toContain('another commit');
});
