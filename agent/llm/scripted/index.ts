/** No model at all: says what a file holds. For tests, the demo, and to see what an answer of a model would do. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { LlmPlugin } from '../provider.ts';
import { readScript } from './script.ts';

const config = z.object({
  file: z.string().default('').describe('YAML file of what each model says; see agent/llm/scripted/README.md'),
});
type Config = z.output<typeof config>;

export const scripted = {
  id: 'scripted',
  config,
  missing: ({ file }) => (file === '' ? 'KINTSUGI_LLM_PROVIDER_SCRIPTED_FILE is not set' : undefined),
  async create({ file }, model) {
    const entries = readScript(await readFile(file, 'utf8'), model);
    const { ScriptedModel } = await import('./model.ts');
    return new ScriptedModel(entries);
  },
} satisfies LlmPlugin<Config>;
