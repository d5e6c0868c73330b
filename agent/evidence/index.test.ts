import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createEvidenceSources, type EvidenceDeps, evidencePlugins } from './index.ts';

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

  it('are asked when their settings turn them on, three of them always', () => {
    const sourcesOf = (more: Record<string, object>) => {
      const settings = evidencePlugins.map(({ id, config }) => [id, config.parse(id in more ? more[id] : undefined)]);
      // No client is used before a question is asked.
      return createEvidenceSources(Object.fromEntries(settings), {} as EvidenceDeps).map(({ id }) => id);
    };
    const prometheus = { url: 'http://127.0.0.1:9' };
    expect(sourcesOf({ prometheus })).toEqual(['prometheus', 'ecs', 'cloudwatch-logs']);
    const all = sourcesOf({ prometheus, loki: prometheus, traces: prometheus, xray: { enabled: true } });
    expect(all).toEqual(expect.arrayContaining(['loki', 'traces', 'xray']));
  });
});
