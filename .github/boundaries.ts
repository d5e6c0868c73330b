/** Checks who imports whom, and that the check itself saw the code: a parser that sees nothing would pass everything. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { cruise, type ICruiseResult, type IViolation } from 'dependency-cruiser';
import configuration from '../.dependency-cruiser.ts';

const fewestModules = 20;
const roots = ['agent', 'chaos', 'dashboards', 'docs', 'evaluation', 'infra', '.github'];

export interface Boundaries {
  modules: number;
  violations: IViolation[];
}

/** Cruises the code under `baseDir`; names in the answer are relative to it. */
export async function checkBoundaries(baseDir: string): Promise<Boundaries> {
  const { forbidden = [], options = {} } = configuration;
  const { enhancedResolveOptions, ...rest } = options;
  const answer = await cruise(
    roots.filter((root) => existsSync(`${baseDir}/${root}`)),
    { ...rest, baseDir, validate: true, ruleSet: { forbidden } },
    enhancedResolveOptions,
  );
  const { modules, summary } = answer.output as ICruiseResult;
  const own = modules.filter((module) => !module.coreModule && !module.source.includes('node_modules/'));
  return { modules: own.filter((module) => !module.couldNotResolve).length, violations: summary.violations };
}

export function report({ modules, violations }: Boundaries): { ok: boolean; text: string } {
  const reasons = new Map(configuration.forbidden?.map((rule) => [rule.name, rule.comment ?? '']));
  const lines = violations.map(({ rule, from, to, cycle }) => {
    const path = cycle ? [from, ...cycle.map((step) => step.name)].join(' → ') : `${from} → ${to}`;
    return `  ${rule.name}: ${path}\n    ${reasons.get(rule.name) ?? ''}`;
  });
  if (modules < fewestModules)
    lines.push(`  only ${modules} modules were seen, fewer than ${fewestModules}: the parser does not see the code`);
  const ok = lines.length === 0;
  return { ok, text: ok ? `boundaries hold: ${modules} modules seen` : `boundaries broken:\n${lines.join('\n')}` };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { ok, text } = report(await checkBoundaries(process.cwd()));
  process.stdout.write(`${text}\n`);
  process.exitCode = ok ? 0 : 1;
}
