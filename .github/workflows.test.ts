/** What a workflow may look like: GitHub tells of a mistake only when it runs, and of a hole never. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Cron } from 'croner';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const Permissions = z.partialRecord(
  z.enum(['actions', 'contents', 'id-token', 'pull-requests', 'security-events', 'packages', 'attestations']),
  z.enum(['read', 'write']),
);
const Environment = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.union([z.string(), z.number()]));
const Step = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    if: z.string(),
    uses: z.string().regex(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/),
    with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    env: Environment,
    run: z.string(),
  })
  .partial()
  .refine((step) => (step.uses === undefined) !== (step.run === undefined), 'a step either uses or runs');
const Job = z.strictObject({
  name: z.string().optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  if: z.string().optional(),
  'runs-on': z.string().regex(/^ubuntu-\d\d\.\d\d(-arm)?$/, 'a version that does not move'),
  'timeout-minutes': z.union([z.number(), z.string()]),
  environment: z.string().optional(),
  permissions: Permissions.optional(),
  strategy: z.record(z.string(), z.unknown()).optional(),
  services: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.string()).optional(),
  env: Environment.optional(),
  steps: z.array(Step).min(1),
});
const Input = z.strictObject({
  description: z.string().min(5),
  type: z.enum(['string', 'boolean', 'choice', 'environment']),
  required: z.boolean().optional(),
  default: z.union([z.string(), z.boolean()]).optional(),
  options: z.array(z.string()).optional(),
});
const Workflow = z.strictObject({
  name: z.string(),
  on: z
    .strictObject({
      push: z.unknown(),
      pull_request: z.unknown(),
      release: z.unknown(),
      schedule: z.array(z.strictObject({ cron: z.string() })),
      workflow_dispatch: z.union([z.null(), z.strictObject({ inputs: z.record(z.string(), Input) })]),
      workflow_call: z.unknown(),
    })
    .partial(),
  // Whatever a job needs beyond reading, it asks for itself.
  permissions: z.strictObject({ contents: z.literal('read') }),
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.union([z.boolean(), z.string()]) }),
  env: Environment.optional(),
  jobs: z.record(z.string(), Job),
});
type Workflow = z.infer<typeof Workflow>;

const read = (path: string) => readFileSync(path, 'utf8');
const files = globSync('.github/workflows/*.yml').toSorted();
const workflows = new Map(files.map((path) => [basename(path), parse(read(path)) as unknown]));
const checked = (name: string): Workflow => Workflow.parse(workflows.get(name));
const steps = (workflow: Workflow) => Object.values(workflow.jobs).flatMap((job) => job.steps.map((step) => ({ job, step })));

describe.each([...workflows.keys()])('the workflow %s', (name) => {
  it('has only what a workflow may have, and every part it must', () => {
    expect(Workflow.safeParse(workflows.get(name)).error?.issues ?? []).toEqual([]);
  });

  it('puts nothing into a shell but by the environment', () => {
    const inline = steps(checked(name)).filter(({ step }) => step.run?.includes('${{'));
    expect(inline.map(({ step }) => step.run)).toEqual([]);
  });

  it('keeps no token in the checkout', () => {
    const kept = steps(checked(name)).filter(
      ({ step }) => step.uses?.startsWith('actions/checkout@') && step.with?.['persist-credentials'] !== false,
    );
    expect(kept).toEqual([]);
  });

  it('names the version of every action beside its commit', () => {
    const bare = read(`.github/workflows/${name}`)
      .split('\n')
      .filter((line) => line.includes('uses:') && !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));
    expect(bare).toEqual([]);
  });

  it('uses only inputs, jobs and variables that there are', () => {
    const workflow = checked(name);
    const text = read(`.github/workflows/${name}`);
    const inputs = Object.keys(workflow.on.workflow_dispatch?.inputs ?? {});
    const named = [...text.matchAll(/\binputs\.(\w+)/g)].map(([, input = '']) => input);
    expect(named.filter((input) => !inputs.includes(input))).toEqual([]);
    expect(inputs.filter((input) => !named.includes(input))).toEqual([]);
    const needed = Object.values(workflow.jobs).flatMap(({ needs = [] }) => needs);
    expect(needed.filter((job) => !(job in workflow.jobs))).toEqual([]);
    for (const { job, step } of steps(workflow)) {
      const given = { ...workflow.env, ...job.env, ...step.env };
      const used = [...(step.run?.matchAll(/\$\{?([A-Z][A-Z0-9_]+)/g) ?? [])].map(([, variable = '']) => variable);
      expect(used.filter((variable) => !/^(GITHUB|RUNNER)_|^(HOME|PATH)$/.test(variable) && !(variable in given))).toEqual([]);
    }
  });

  it('is begun at a time that exists', () => {
    const schedule = checked(name).on.schedule ?? [];
    for (const { cron } of schedule) expect(new Cron(cron).nextRun(), cron).not.toBeNull();
  });
});

describe('what may write', () => {
  const jobs = [...workflows.keys()].flatMap((name) =>
    Object.entries(checked(name).jobs).map(([id, job]) => ({ id: `${name} ${id}`, on: checked(name).on, job })),
  );
  const writes = jobs.filter(({ job }) => Object.values(job.permissions ?? {}).includes('write'));

  it('runs no code of a pull request', () => {
    const risky = writes.filter(
      ({ on, job }) =>
        'pull_request' in on && job.steps.some(({ uses, run }) => uses?.startsWith('actions/checkout@') || run?.includes('npm ')),
    );
    expect(risky.map(({ id }) => id)).toEqual([]);
    expect(files.some((path) => read(path).includes('pull_request_target'))).toBe(false);
  });

  it('takes an identity of AWS only in an environment', () => {
    const free = writes.filter(({ job }) => job.permissions?.['id-token'] === 'write' && job.environment === undefined);
    expect(free.map(({ id }) => id)).toEqual([]);
  });
});

describe('the chaos workflows', () => {
  it('give only options that the programs have', () => {
    const programs = { chaos: 'chaos/suite/main.ts', scorecard: 'chaos/scorecard/main.ts' };
    for (const name of ['chaos.yml', 'fis.yml']) {
      for (const { step } of steps(checked(name))) {
        const [, script] = /npm run (\w+) --/.exec(step.run ?? '') ?? [];
        if (script !== 'chaos' && script !== 'scorecard') continue;
        const options = [...(step.run?.matchAll(/arguments\+?=\((.*?)\)/g) ?? [])].flatMap(
          ([, list = '']) => list.match(/--[a-z-]+/g) ?? [],
        );
        expect(options.length).toBeGreaterThan(1);
        expect(options.filter((option) => !read(programs[script]).includes(`'${option} `))).toEqual([]);
      }
    }
  });

  it('strike on AWS in dev only, by hand, and after looking where they are', () => {
    const { on, jobs } = checked('fis.yml');
    expect(Object.keys(on)).toEqual(['workflow_dispatch']);
    expect(Object.keys(jobs)).toEqual(['dev']);
    const { dev } = jobs;
    expect(dev).toMatchObject({ environment: 'dev', env: { CLUSTER: 'shop-dev' } });
    const runs = dev?.steps.map(({ run = '' }) => run) ?? [];
    const looks = runs.findIndex((run) => run.includes('get-caller-identity') && run.includes('kintsugi:chaos'));
    expect(looks).toBeGreaterThan(0);
    expect(runs.findIndex((run) => run.includes('npm run chaos'))).toBeGreaterThan(looks);
  });
});

describe('the scripts in workflows', () => {
  const shellcheck = (process.env.PATH ?? '')
    .split(':')
    .map((folder) => `${folder}/shellcheck`)
    .find((path) => existsSync(path));
  const scripts = [...workflows.keys()].flatMap((name) =>
    steps(checked(name)).flatMap(({ step }) => (step.run === undefined ? [] : [[name, step.run] as const])),
  );
  if (!shellcheck)
    process.stderr.write(`\n!!! shellcheck was not found: the ${scripts.length} scripts in workflows were NOT checked by it.\n\n`);

  it.runIf(shellcheck).each(scripts)('have nothing that shellcheck warns of, in %s: %s', (_name, script) => {
    // GitHub runs them by `bash -e`, and with pipefail only where bash is named.
    const input = `#!/usr/bin/env bash\nset -e\n${script}\n`;
    expect(execFileSync(shellcheck ?? '', ['-'], { input, encoding: 'utf8', stdio: 'pipe' })).toBe('');
  });
});
