import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const read = (path: string) => readFileSync(path, 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const pages = globSync(['*.md', '.github/*.md', '{agent,chaos,dashboards,docs}/**/*.md']);
const codeOf = (folder: string) =>
  globSync(`${folder}/*.ts`)
    .filter((path) => !path.endsWith('.test.ts'))
    .map(read)
    .join('\n');

/** Commands of pages that are no npm scripts. Whoever adds one has tried it. */
const reviewed = [
  'export AWS_REGION=eu-west-1',
  'export KINTSUGI_CLUSTERS=production',
  'export KINTSUGI_EVIDENCE_PROMETHEUS_URL=http://prometheus.internal:9090',
  'export KINTSUGI_WEBHOOK_TOKEN=$(openssl rand -hex 32)',
  'export KINTSUGI_API_TOKEN=$(openssl rand -hex 32)',
  'export KINTSUGI_AUDIT_KEY=$(openssl rand -hex 32)',
  'curl -H "Authorization: Bearer $KINTSUGI_API_TOKEN" http://127.0.0.1:8080/api/incidents',
  'npx --no-install kintsugi audit verify',
  'npx --no-install kintsugi autonomy',
  'npx --no-install kintsugi autonomy show production checkout roll-back-deployment',
  'npx --no-install kintsugi autonomy set production checkout roll-back-deployment suggest --as ann --reason "we deploy by hand tonight"',
  'npx --no-install kintsugi autonomy set production checkout roll-back-deployment earned --as ann --reason "done"',
  'npx --no-install kintsugi bundle 7f0c6a3e-9f0b-4f57-8a0e-2d3c9d1b7e55 incident.json',
  'npx --no-install kintsugi replay incident.json',
  'npx --no-install kintsugi replay incident.json --policy stricter.yaml',
  'npx --no-install kintsugi diagnose cases.jsonl',
  'npx --no-install kintsugi diagnose - < cases.jsonl',
  'export KINTSUGI_LLM_PROVIDER_OPENAI_API_KEY_FILE=/run/secrets/openai',
  'export KINTSUGI_LLM_PROVIDER_COMPATIBLE_URL=http://ollama:11434/v1',
  'export KINTSUGI_LLM_CHAINS_ANALYSIS=openai:gpt-5-mini,compatible:llama3.1',
  'export KINTSUGI_LLM_CHAINS_AUDIT=openai:gpt-5-mini',
  'npx --no-install kintsugi models',
  'npx --no-install kintsugi models use analysis compatible:llama3.1,openai:gpt-5-mini --as ann --reason "the first one is slow today"',
  'npx --no-install kintsugi models use patch none --as ann --reason "no patches this week"',
  'npx --no-install kintsugi models use analysis default --as ann --reason "done"',
  `export KINTSUGI_LLM_BUDGET_PRICES='{"compatible:*":{"inputUsd":0,"outputUsd":0},"openai:gpt-5-mini":{"inputUsd":0.2,"outputUsd":1.8}}'`,
  'npx --no-install kintsugi models cost --days 7',
  'npx --no-install kintsugi models preview 7f0c6a3e-9f0b-4f57-8a0e-2d3c9d1b7e55 --role analysis',
  'docker-compose -f docker-compose.local.yml up -d',
  'docker-compose -f docker-compose.local.yml exec sandbox node chaos/demo/local.ts fault 1',
  'token=$(docker-compose -f docker-compose.local.yml exec -T agent cat /monitoring/kintsugi-api-token)',
  'curl -H "Authorization: Bearer $token" http://127.0.0.1:8080/api/incidents',
  'docker-compose -f docker-compose.local.yml down -v',
];
/** A whole script for production's own account, which only that account can try. */
const reviewedScripts = { 'dashboards/README.md': 'aws ecs list-tasks' };

function blocksOf(page: string): string[] {
  return [...read(page).matchAll(/^ *```(?:sh|bash|shell|console)\n([\s\S]*?)^ *```/gm)].map(([, block = '']) => block);
}

/** One command each: comments dropped, `&&` taken apart. */
function commandsOf(block: string): string[] {
  return block
    .split('\n')
    .flatMap((line) => line.replace(/(^|\s)#.*$/, '').split('&&'))
    .map((command) => command.trim())
    .filter((command) => command !== '');
}

/** The npm script a command starts; undefined when it starts none. */
function scriptOf(command: string): string | undefined {
  return /^npm run (?:-s )?([\w:-]+)/.exec(command)?.[1] ?? /^npm (test|start)\b/.exec(command)?.[1];
}

function isKnown(command: string): boolean {
  const script = scriptOf(command);
  return command === 'npm ci' || reviewed.includes(command) || (script !== undefined && Object.hasOwn(scripts, script));
}

describe('the commands of the documentation', () => {
  const found = pages.flatMap((page) => blocksOf(page).map((block) => ({ page, block })));

  it('are npm scripts that exist, or were reviewed', () => {
    const isScript = ({ page, block }: (typeof found)[number]) =>
      Object.entries(reviewedScripts).some(([of, part]) => of === page && block.includes(part));
    const unknown = found.filter((one) => !isScript(one)).flatMap(({ page, block }) => commandsOf(block).map((command) => [page, command]));
    expect(unknown.length).toBeGreaterThan(8);
    expect(unknown.filter(([, command = '']) => !isKnown(command))).toEqual([]);
  });

  it('were reviewed only as long as a page shows them', () => {
    const shown = found.flatMap(({ block }) => commandsOf(block));
    expect(reviewed.filter((command) => !shown.includes(command))).toEqual([]);
    for (const [page, part] of Object.entries(reviewedScripts)) expect(blocksOf(page).join('\n')).toContain(part);
  });

  it('name no npm script that does not exist, in running text or in workflows', () => {
    const texts = [...pages.filter((page) => page !== 'CHANGELOG.md'), ...globSync('.github/workflows/*.yml'), '.ci/run'].map(read);
    const named = texts.flatMap((text) => [...text.matchAll(/\bnpm run (?:-s )?([a-z][\w:-]*)/g)].map(([, script = '']) => script));
    expect(named.length).toBeGreaterThan(8);
    expect([...new Set(named)].filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  it.each([
    ['README.md', 'chaos/demo/main.ts', /`npm run demo -- [\s\S]*?afterwards/],
    ['chaos/sandbox/README.md', 'chaos/sandbox/main.ts', /^npm run sandbox -- .*$/m],
    ['docs/evaluation.md', 'evaluation/main.ts', /^```sh[\s\S]*?options are wrong/m],
  ])('name only options that the program has, in %s', (page, program, passage) => {
    const options = [...(passage.exec(read(page))?.[0].matchAll(/--[a-z]+/g) ?? [])].map(([option]) => option);
    expect(options.length).toBeGreaterThan(3);
    expect(options.filter((option) => option !== '--help' && !read(program).includes(`'${option}`))).toEqual([]);
  });

  it('are what lands a change: the README’s test and demo', () => {
    const readme = blocksOf('README.md').flatMap(commandsOf);
    const landing = commandsOf(read('.ci/run')).map((line) => line.replace(/^CI=true /, ''));
    for (const command of ['npm ci', 'npm test', 'npm run demo']) {
      expect(readme).toContain(command);
      expect(landing.some((line) => line.startsWith(command))).toBe(true);
    }
  });

  it('are what the workflow runs, by script or by the one it stands for', () => {
    const { jobs } = parse(read('.github/workflows/ci.yml')) as { jobs: Record<string, { steps: { run?: string }[] }> };
    const runs = Object.values(jobs).flatMap((job) => job.steps.flatMap((step) => step.run ?? []));
    expect(scripts.test).toBe('npm run check');
    for (const command of ['npm ci', 'npm test', 'npm run demo'])
      expect(
        runs.some((run) => run.startsWith(command)),
        command,
      ).toBe(true);
  });
});

describe('the permissions', () => {
  /** Calls of settings that are off, in sources that are on. */
  const offByDefault = [
    'DescribeServiceDeployments',
    'DescribeTargetGroups',
    'DescribeTargetHealth',
    'GetQueryResults',
    'StartQuery',
    'StopQuery',
  ];
  const operationsIn = (text: string) => new Set([...text.matchAll(/new (\w+)Command\(/g)].map(([, operation = '']) => operation));
  const named = (page: string) => new Set([...page.matchAll(/`[a-z]+:(\w+)`/g)].map(([, operation = '']) => operation));

  it('to look stand in the README of the source that needs them', () => {
    const sourcesOfAws = globSync('agent/evidence/*/').filter((folder) => operationsIn(codeOf(folder)).size > 0);
    expect(sourcesOfAws.length).toBeGreaterThan(3);
    for (const folder of sourcesOfAws) {
      const page = named(read(`${folder}/README.md`));
      expect(
        [...operationsIn(codeOf(folder))].filter((operation) => !page.has(operation)),
        folder,
      ).toEqual([]);
    }
  });

  it('of the README are exactly the calls the agent makes without being told to', () => {
    const step = /^1\. Give it AWS credentials[\s\S]*?^2\./m.exec(read('README.md'))?.[0] ?? '';
    const asked = ['agent/evidence/ecs', 'agent/evidence/cloudwatch-logs'].flatMap((folder) => [...operationsIn(codeOf(folder))]);
    expect([...named(step)].sort()).toEqual([...new Set(asked)].filter((operation) => !offByDefault.includes(operation)).sort());
  });

  it('to plan, to change and to look stand in the README of the action that needs them', () => {
    for (const path of globSync('agent/action/*/index.ts')) {
      const folder = path.replace('/index.ts', '');
      const page = read(`${folder}/README.md`);
      const isNamed = (operation: string) => new RegExp(`\`(?:[a-z0-9-]+:)?${operation}\``).test(page);
      expect(
        [...operationsIn(codeOf(folder))].filter((operation) => !isNamed(operation)),
        folder,
      ).toEqual([]);
    }
  });
});

describe('shell scripts', () => {
  const paths = (process.env.PATH ?? '').split(':').map((folder) => `${folder}/shellcheck`);
  const shellcheck = paths.find((path) => existsSync(path));
  const scriptsHere = globSync('.ci/*');
  if (!shellcheck) process.stderr.write(`\n!!! shellcheck was not found: ${scriptsHere.join(', ')} were NOT checked by it.\n\n`);

  it('stop at the first failure and at every unset name', () => {
    expect(scriptsHere.length).toBeGreaterThan(0);
    for (const path of scriptsHere) expect(read(path)).toMatch(/^#!\/usr\/bin\/env bash\n(?:#.*\n)*set -euo pipefail\n/);
  });

  it.runIf(shellcheck)('have nothing that shellcheck warns of', () => {
    expect(execFileSync(shellcheck ?? '', scriptsHere, { encoding: 'utf8', stdio: 'pipe' })).toBe('');
  });
});
