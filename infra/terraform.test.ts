import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { offlineProgram } from './offline.ts';
import { dev } from './settings/dev.ts';
import { prod } from './settings/prod.ts';
import { checkSettings } from './settings/settings.ts';
import { type Environment, synthesise } from './synthesise.ts';

/** Where Terraform itself looks, and beside it any folder that is laid out as a mirror. */
const mirrors = [
  process.env.KINTSUGI_TERRAFORM_PLUGINS,
  join(homedir(), '.terraform.d', 'plugins'),
  ...globSync('/{opt,usr/share,usr/local/share}/**/registry.terraform.io', {
    exclude: (path) => path.toString().includes('node_modules'),
  }).map(dirname),
].filter((folder) => folder !== undefined);
const [mirror] = mirrors.filter((folder) => globSync(join(folder, 'registry.terraform.io/hashicorp/aws/5.100.0/*')).length > 0);
const terraformFound = run('terraform', ['version'], '.');
const isHere = terraformFound !== null && mirror !== undefined;
if (!isHere) {
  process.stderr.write(
    `\n!!! Tier 1 was NOT run: ${terraformFound === null ? 'terraform was not found' : 'no folder holds the AWS provider 5.100.0'}.\n` +
      '!!! Install Terraform 1.11 and name a mirror of its plugins by KINTSUGI_TERRAFORM_PLUGINS.\n\n',
  );
}

function run(program: string, args: readonly string[], cwd: string): string | null {
  try {
    const { TF_CLI_CONFIG_FILE: _set, ...env } = process.env;
    return execFileSync(program, args, {
      cwd,
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...env, CHECKPOINT_DISABLE: '1' },
      maxBuffer: 256 * 1024 * 1024,
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error });
  }
}

interface PlannedResource {
  address: string;
  type: string;
  values: Record<string, unknown>;
}

interface Plan {
  planned_values: { root_module: { child_modules: { address: string; resources?: PlannedResource[] }[] } };
}

describe.runIf(isHere)('with Terraform and the provider, without AWS', { timeout: 120_000 }, () => {
  let folder: string;
  let environments: Environment[];
  const terraform = (...args: string[]) => run('terraform', args, folder) ?? '';

  beforeAll(() => {
    environments = [dev, prod].map((settings) => synthesise(checkSettings(settings)));
    folder = mkdtempSync(join(tmpdir(), 'kintsugi-terraform-'));
    for (const [file, content] of Object.entries(offlineProgram(environments))) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), JSON.stringify(content, null, 2));
    }
    terraform('init', '-input=false', '-backend=false', `-plugin-dir=${mirror}`);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('every stack is valid', () => {
    expect(JSON.parse(terraform('validate', '-json'))).toMatchObject({ valid: true, error_count: 0, warning_count: 0 });
  });

  it('every stack can be planned, with everything that was synthesised', () => {
    terraform('plan', '-input=false', '-refresh=false', '-lock=false', '-out=plan');
    const { planned_values: planned } = JSON.parse(terraform('show', '-json', 'plan')) as Plan;
    const resources = planned.root_module.child_modules.flatMap((child) => child.resources ?? []);
    const synthesised = environments.flatMap(({ stacks }) =>
      stacks.flatMap(({ json }) => Object.values((json.resource ?? {}) as Record<string, object>).flatMap((named) => Object.keys(named))),
    );
    expect(resources.length).toBe(synthesised.length);
    const passwords = resources.filter(({ values }) => values.password || values.secret_string);
    expect(passwords).toEqual([]);
  });
});

it.runIf(!isHere)('tier 1 is not checked here: Terraform or its provider is missing on this machine', () => expect(isHere).toBe(false));
