/** Checks the settings of an environment: refused with every fault at once, before anything is synthesised. */
import { agentEnvironmentFaults } from '../access/agent-environment.ts';
import { settingsRules } from './rules.ts';
import { type Settings, settingsSchema } from './schema.ts';

export class SettingsError extends Error {
  readonly faults: readonly string[];
  constructor(name: string, faults: readonly string[]) {
    super(`settings of ${name} refused:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'SettingsError';
    this.faults = faults;
  }
}

/** Raises a SettingsError that lists every fault. */
export function checkSettings(given: unknown): Settings {
  const parsed = settingsSchema.safeParse(given);
  const issues = parsed.success ? [] : parsed.error.issues;
  const faults = issues.map(({ path, message }) => `${path.join('.') || 'settings'}: ${message}`);
  const wrong = new Set(issues.map(({ path }) => path[0]));
  // Unknown keys at the top stand in no branch.
  const settings = (parsed.success ? parsed.data : given) as Settings;
  if (typeof given === 'object' && given !== null) {
    for (const rule of settingsRules) {
      if (rule.about.some((branch) => wrong.has(branch))) continue;
      faults.push(...rule.faults(settings).filter((fault): fault is string => typeof fault === 'string'));
    }
    if (!['name', 'agent', 'watched', 'door'].some((branch) => wrong.has(branch))) faults.push(...agentEnvironmentFaults(settings));
  }
  if (faults.length > 0 || !parsed.success) throw new SettingsError(nameOf(given), faults);
  return parsed.data;
}

function nameOf(given: unknown): string {
  return typeof given === 'object' && given !== null && 'name' in given ? String(given.name) : 'an environment';
}
