import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evidencePlugins } from './index.ts';

const folder = import.meta.dirname;
const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe('evidence plug-ins', () => {
  it('are the folders of this folder, each listed once', () => {
    expect(evidencePlugins.map(({ id }) => id).sort()).toEqual(folders.map(({ name }) => name).sort());
  });

  it.each(folders.map(({ name }) => name))('%s has its code, schema, test and page', (name) => {
    expect(readdirSync(`${folder}/${name}`)).toEqual(expect.arrayContaining(['index.ts', 'schema.ts', 'index.test.ts', 'README.md']));
  });

  it.each(folders.map(({ name }) => name))('%s exports one object', async (name) => {
    const module: Record<string, unknown> = await import(`./${name}/index.ts`);
    expect(Object.values(module)).toEqual([expect.objectContaining({ id: name })]);
  });

  it('need no setting but the address of Prometheus', () => {
    const needed = evidencePlugins
      .filter(({ config }) => !config.safeParse(undefined).success && !config.safeParse({}).success)
      .map(({ id }) => id);
    expect(needed).toEqual(['prometheus']);
  });
});
