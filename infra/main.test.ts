import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from './main.ts';

describe('infra/main.ts', () => {
  let outdir: string;
  let lines: string[];
  const say = (line: string) => lines.push(line);
  beforeEach(() => {
    outdir = mkdtempSync(join(tmpdir(), 'kintsugi-synth-'));
    lines = [];
  });
  afterEach(() => rmSync(outdir, { recursive: true, force: true }));

  it('writes a folder for each stack, in the order of their names', () => {
    expect(run(['prod'], say, outdir)).toBe(0);
    const stacks = readdirSync(join(outdir, 'stacks')).sort();
    expect(stacks).toEqual(
      ['agent', 'audit', 'bootstrap', 'budget', 'data', 'network', 'observability', 'platform'].map((name) => `kintsugi-prod-${name}`),
    );
    const audit = JSON.parse(readFileSync(join(outdir, 'stacks', 'kintsugi-prod-audit', 'cdk.tf.json'), 'utf8'));
    expect(audit.terraform.required_providers.aws).toMatchObject({ source: 'aws', version: '5.100.0' });
    expect(audit.terraform.backend.s3).toMatchObject({ bucket: 'kintsugi-prod-state-444455556666', use_lockfile: true });
  });

  it('writes nothing for an environment there is not', () => {
    expect(run(['staging'], say, outdir)).toBe(2);
    expect(lines.join('\n')).toBe('no environment is called staging; there are dev, prod');
    expect(existsSync(join(outdir, 'stacks'))).toBe(false);
  });
});
