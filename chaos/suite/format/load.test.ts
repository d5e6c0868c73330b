import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { act, experimentOf, fakeStage } from '../testing/fake-stage.ts';
import { ExperimentsRefused, loadExperiments } from './load.ts';
import type { Experiment } from './schema.ts';

const { modules } = fakeStage();
const good = experimentOf([act('the level rises', 'set', { to: 0.5 })]);

describe('loadExperiments', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'experiments-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
  });

  function write(name: string, content: Experiment | string): void {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'experiment.yaml'), typeof content === 'string' ? content : stringify(content));
  }

  async function faultsOf(...folders: string[]): Promise<readonly string[]> {
    const error = await loadExperiments(folders, modules).catch((reason: unknown) => reason);
    if (!(error instanceof ExperimentsRefused)) throw new Error('nothing was refused');
    return error.faults.map((fault) => fault.replace(`${folder}/`, ''));
  }

  it('reads every folder that holds one, with its functions bound', async () => {
    write('raku', good);
    write('celadon', good);
    mkdirSync(join(folder, 'notes'));
    const found = await loadExperiments([folder], modules);
    expect(found.map(({ name, method, modules: used }) => [name, method.length, [...used]])).toEqual([
      ['celadon', 1, ['world']],
      ['raku', 1, ['world']],
    ]);
    expect(found[0]?.method[0]).toMatchObject({ given: { to: 0.5 }, before: 0, after: 0, isBackground: false });
  });

  it('reads one alone when asked, whatever the others are like', async () => {
    write('raku', good);
    write('celadon', 'version: 2');
    expect((await loadExperiments([folder], modules, 'raku')).map(({ name }) => name)).toEqual(['raku']);
  });

  it('refuses what strikes a service outside of its blast', async () => {
    write('raku', experimentOf(good.method, { blast: { services: [] } }));
    expect(await faultsOf(folder)).toEqual(['raku/experiment.yaml: action "the level rises": strikes web, which the blast does not name']);
  });

  it('names every fault of every file at once', async () => {
    write('raku', experimentOf([act('a', 'sett'), act('b', 'set', { to: 'high' })]));
    write('Shino', { ...good, steady: true } as unknown as Experiment);
    write('bizen', 'title: [');
    const faults = (await faultsOf(folder)).join('\n');
    expect(faults).toContain('raku/experiment.yaml: action "a": world has no sett, only set, fail, wait');
    expect(faults).toContain('action "b": arguments.to');
    expect(faults).toContain('Shino/experiment.yaml: its folder is to be called by lower-case words');
    expect(faults).toContain('steady');
    expect(faults).toContain('bizen/experiment.yaml: ');
  });

  it('refuses a module that is not there, and one that its stage does not have', async () => {
    const elsewhere = experimentOf([
      { ...act('a', 'set', { to: 1 }), provider: { type: 'kintsugi', module: 'moon', func: 'set', arguments: {} } },
    ]);
    write('raku', elsewhere);
    write('shino', experimentOf(good.method, { stages: ['sandbox', 'aws'] }));
    expect(await faultsOf(folder)).toEqual([
      'raku/experiment.yaml: action "a": there is no module moon, only world',
      'shino/experiment.yaml: action "the level rises": world cannot be done on aws',
    ]);
  });

  it('refuses one name twice, and a folder without any', async () => {
    write('raku', good);
    const empty = join(folder, 'empty');
    expect(await faultsOf(folder, folder, empty)).toEqual([
      'raku: there is another experiment raku',
      'empty: holds no folder with an experiment.yaml',
    ]);
  });

  it.each<[string, Parameters<typeof experimentOf>[1], string]>([
    ['a curable one without a right change', { expect: [{ causes: [], changes: [], mayTry: [] }] }, 'needs a change that is right'],
    ['a control with a right change', { kind: 'control' }, 'only a curable fault has a change'],
    ['an incurable one without a cause', { kind: 'incurable', expect: [{ causes: [], changes: [], mayTry: [] }] }, 'name the cause'],
    [
      'a try in a curable one',
      { expect: [{ causes: [], changes: [{ action: 'stop-task', service: 'web' }], mayTry: [{ action: 'stop-task', service: 'web' }] }] },
      'only where nothing cures it',
    ],
  ])('refuses %s', async (_, judgement, reason) => {
    write('raku', experimentOf(good.method, judgement));
    expect((await faultsOf(folder)).join()).toContain(reason);
  });
});
