/** The name of a model, `<provider>:<model>`: the provider's folder, and what the vendor calls the model. */
import { z } from 'zod';

/** Room for what vendors put into their names: `us.anthropic.claude:0`, `meta/llama-3.1-8b-instruct`, an ARN. */
const form = /^[a-z][a-z0-9-]{0,40}:[\w.:/@-]{1,200}$/;

export const ModelName = z.string().regex(form, 'must look like <provider>:<model>');

/** More would only make the wait for "none of them" longer. */
export const longestChain = 5;

export const ModelChain = z
  .array(ModelName)
  .max(longestChain)
  .refine((names) => new Set(names).size === names.length, { error: 'names a model twice' });

export function partsOf(name: string): { provider: string; model: string } {
  const colon = name.indexOf(':');
  return { provider: name.slice(0, colon), model: name.slice(colon + 1) };
}
