import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { llmPlugins } from './index.ts';

const folder = import.meta.dirname;
/** What the plug-ins stand beside: see `rooms` in `.dependency-cruiser.ts`. */
const rooms = ['budget', 'chain', 'investigation', 'preview', 'redaction'];
const folders = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !rooms.includes(entry.name))
  .map(({ name }) => name);

describe('providers', () => {
  it('are the folders of this folder, each listed once', () => {
    expect(llmPlugins.map(({ id }) => id).sort()).toEqual(folders.sort());
  });

  it.each(folders)('%s has its code, test and page', (name) => {
    expect(readdirSync(`${folder}/${name}`)).toEqual(expect.arrayContaining(['index.ts', 'index.test.ts', 'README.md']));
  });

  it.each(folders)('%s exports one object', async (name) => {
    const module: Record<string, unknown> = await import(`./${name}/index.ts`);
    expect(Object.values(module)).toEqual([expect.objectContaining({ id: name })]);
  });

  it('need no setting to be left alone', () => {
    for (const { config } of llmPlugins) expect(config.safeParse({}).success).toBe(true);
  });

  it('load no vendor before a model is made', () => {
    const lookAround = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      await import(${JSON.stringify(`${folder}/index.ts`)});
      process.stdout.write(loaded.join('\\n'));`;
    const loaded = execFileSync(process.execPath, ['--input-type=module', '--eval', lookAround], { encoding: 'utf8' });
    expect(loaded).toContain('/llm/openai/index.ts');
    expect(loaded).not.toMatch(/@langchain|@aws-sdk|@smithy|node_modules\/(openai|@anthropic-ai|@google)/);
  });
});
