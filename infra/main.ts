/**
 * `node infra/main.ts [dev] [prod]`: checks the settings, checks what they come to against the rules, and writes Terraform's JSON to `cdktf.out/`.
 * Exit codes: 0 written · 1 a rule is broken, nothing is written · 2 settings refused.
 */
import { pathToFileURL } from 'node:url';
import { App } from 'cdktf';
import { brokenRules } from './rules/index.ts';
import { dev } from './settings/dev.ts';
import { prod } from './settings/prod.ts';
import { checkSettings, SettingsError } from './settings/settings.ts';
import { createStacks } from './stacks/index.ts';
import { synthesise } from './synthesise.ts';

const environments: Readonly<Record<string, unknown>> = { dev, prod };

/** Answers the exit code; `say` gets one line at a time. */
export function run(names: readonly string[], say: (line: string) => void, outdir?: string): number {
  const asked = names.length > 0 ? names : Object.keys(environments);
  const unknown = asked.filter((name) => !(name in environments));
  if (unknown.length > 0) {
    say(`no environment is called ${unknown.join(', ')}; there are ${Object.keys(environments).join(', ')}`);
    return 2;
  }
  const app = new App(outdir === undefined ? {} : { outdir });
  try {
    for (const name of asked) {
      const settings = checkSettings(environments[name]);
      const broken = brokenRules(synthesise(settings));
      for (const line of broken) say(line);
      if (broken.length > 0) return 1;
      createStacks(app, settings);
    }
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    say(error.message);
    return 2;
  }
  app.synth();
  say(`${asked.join(' and ')}: every rule holds; written to ${app.outdir}`);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = run(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
}
