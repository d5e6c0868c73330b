/** What the policy file may hold: the policy branch of the settings and the feature flags, and nothing else. */
import type { z } from 'zod';
import { actionPlugins } from '../../action/index.ts';
import { policySettingsSchema } from '../../policy/settings.ts';
import { flagsSchema } from '../flags.ts';

/** A misspelt action under `byAction` would leave the real one at a level nobody meant. */
export function refuseUnknownActions(policy: z.infer<typeof policySettingsSchema>, context: z.RefinementCtx): void {
  const known = actionPlugins.map((plugin) => plugin.id);
  for (const branch of ['confidence', 'autonomy', 'approval'] as const) {
    for (const key of Object.keys(policy[branch].byAction).filter((name) => !known.includes(name))) {
      const message = `"${key}" is no action; the actions are ${known.join(', ')}`;
      context.addIssue({ code: 'custom', path: [branch, 'byAction', key], message });
    }
  }
}

export const policyFileSchema = policySettingsSchema.extend({ flags: flagsSchema }).superRefine(refuseUnknownActions);
