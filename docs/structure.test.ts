import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { actionPlugins } from '../agent/action/index.ts';
import { causes } from '../agent/domain/cause.ts';
import { errorCodes } from '../agent/domain/errors.ts';
import { evidencePlugins } from '../agent/evidence/index.ts';

const roots = ['agent', 'chaos', 'dashboards', 'docs', 'evaluation', 'infra', '.github', '.ci'];
const read = (path: string) => readFileSync(path, 'utf8');

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(relative('.', entry.parentPath), entry.name))
    .filter((path) => !path.includes('node_modules'));
}

const files = [...roots.flatMap(filesUnder), 'README.md', 'CHANGELOG.md'].filter((path) => existsSync(path));
const code = files.filter((path) => path.endsWith('.ts'));
// The changelog names what once existed.
const pages = files.filter((path) => path.endsWith('.md') && path !== 'CHANGELOG.md');

describe('the tree', () => {
  const lists = { action: actionPlugins, evidence: evidencePlugins };

  it.each(Object.entries(lists))('lists every plug-in of agent/%s, and each has its files', (kind, plugins) => {
    // A plug-in's folder has one door; a room that several plug-ins stand on has none.
    const folders = globSync(`agent/${kind}/*/index.ts`).map((door) => basename(dirname(door)));
    expect(plugins.map((plugin) => plugin.id).sort()).toEqual(folders.sort());
    for (const { id } of plugins) {
      for (const file of ['index.ts', 'schema.ts', 'index.test.ts', 'README.md']) expect(files).toContain(`agent/${kind}/${id}/${file}`);
    }
  });

  it('has no folder for leftovers', () => {
    const leftovers = ['utils', 'util', 'helpers', 'common', 'lib', 'shared', 'misc'];
    expect(
      files.filter((path) =>
        dirname(path)
          .split('/')
          .some((folder) => leftovers.includes(folder)),
      ),
    ).toEqual([]);
  });

  it('keeps code below 400 lines a file, and tests below 600', () => {
    const tooLong = code.filter((path) => read(path).split('\n').length > (/\.(test|contract)\.ts$/.test(path) ? 600 : 400) + 1);
    expect(code.length).toBeGreaterThan(100);
    expect(tooLong).toEqual([]);
  });

  it('pins every action of a workflow to a commit', () => {
    const uses = filesUnder('.github/workflows').flatMap((path) => {
      const { jobs } = parse(read(path)) as { jobs: Record<string, { steps: { uses?: string }[] }> };
      return Object.values(jobs).flatMap((job) => job.steps.flatMap((step) => step.uses ?? []));
    });
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
  });
});

describe('the documentation', () => {
  it('explains every error code once: what it means, when it comes, what to do', () => {
    const sections = read('docs/errors.md').split(/^### /m).slice(1);
    expect(sections.map((section) => section.split('\n')[0]).sort()).toEqual(Object.keys(errorCodes).sort());
    for (const section of sections) {
      for (const part of ['**Means**', '**When**', '**Do**']) expect(section).toContain(`- ${part}: `);
    }
  });

  it('explains every cause in the glossary', () => {
    const glossary = read('docs/glossary.md');
    expect(causes.filter((cause) => !glossary.includes(`| \`${cause}\` | `))).toEqual([]);
  });

  it.each([
    ['agent/domain/alert.ts', 'Disposition'],
    ['agent/domain/alert.ts', 'AlertStatus'],
    ['agent/domain/cause.ts', 'Conclusion'],
    ['agent/domain/evidence.ts', 'EvidenceStatus'],
    ['agent/domain/incident.ts', 'IncidentStatus'],
    ['agent/domain/incident.ts', 'IncidentOutcome'],
    ['agent/domain/plan.ts', 'Applied'],
    ['agent/domain/verdict.ts', 'Autonomy'],
    ['agent/verification/sample.ts', 'Recovery'],
  ])('explains every word of %s: %s', (path, type) => {
    const [, union = ''] = new RegExp(`^export type ${type} = ([^;]+);`, 'm').exec(read(path)) ?? [];
    const words = [...union.matchAll(/'([^']+)'/g)].map(([, word = '']) => word);
    expect(words.length).toBeGreaterThan(1);
    const glossary = read('docs/glossary.md');
    expect(words.filter((word) => !glossary.includes(`\`${word}\``) && !glossary.includes(`| ${word}`))).toEqual([]);
  });

  it('gives every folder of the flow a line of its own in the architecture', () => {
    const rooms = ['agent', 'chaos'].flatMap((root) =>
      readdirSync(root, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? `${root}/${entry.name}/` : [])),
    );
    const folders = [...rooms, 'evaluation/'];
    expect(folders.length).toBeGreaterThan(15);
    expect(folders.filter((folder) => !read('docs/architecture.md').includes(`| \`${folder}\` | `))).toEqual([]);
  });

  it('says of every table what it holds', () => {
    const schema = code.filter((path) => path.startsWith('agent/storage/') && !path.endsWith('.test.ts')).map(read);
    const tables = [...schema.join('\n').matchAll(/createTable\('(\w+)'\)/g)].map(([, table = '']) => table);
    const kept = /^## What is kept where[\s\S]*?(?=^## )/m.exec(read('docs/architecture.md'))?.[0] ?? '';
    expect(tables.length).toBeGreaterThan(5);
    expect(tables.filter((table) => !kept.includes(`\`${table}\``))).toEqual([]);
  });

  it('gives every decision a number, a problem, a choice, options and a cost', () => {
    const decisions = filesUnder('docs/adr').sort();
    expect(decisions.map((path) => Number(path.slice('docs/adr/'.length, 'docs/adr/'.length + 4)))).toEqual(
      decisions.map((_, at) => at + 1),
    );
    for (const path of decisions) {
      for (const part of ['Problem', 'Choice', 'Options', 'Cost']) expect(read(path), path).toContain(`**${part}.**`);
    }
  });

  it.each(pages)('names only files that exist, in %s', (page) => {
    const missing = [...linksOf(page), ...pathsOf(page)].filter((path) => !exists(path));
    expect(missing).toEqual([]);
  });

  it.each(pages)('links only to headings that exist, in %s', (page) => {
    const missing = [...textOf(page).matchAll(/\]\(([^)\s:]*)#([^)\s]+)\)/g)]
      .map(([, file = '', heading = '']) => ({ file: file ? normalize(join(dirname(page), file)) : page, heading }))
      .filter(({ file, heading }) => file.endsWith('.md') && !headingsOf(file).includes(heading));
    expect(missing).toEqual([]);
  });

  it('finds the paths it is to check', () => {
    expect(linksOf('agent/action/README.md')).toContain('agent/action/stop-task/README.md');
    expect(pathsOf('docs/errors.md')).toContain('agent/domain/errors.ts');
    expect(exists('agent/domain/no-such-file.ts')).toBe(false);
  });
});

/** A page without its fenced examples, which may name anything. */
function textOf(page: string): string {
  return read(page).replaceAll(/^```[\s\S]*?^```/gm, '');
}

function linksOf(page: string): string[] {
  return [...textOf(page).matchAll(/\]\(([^)#\s]+)(#[^)]*)?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => normalize(join(dirname(page), target)));
}

/** Paths in backquotes, as seen from the root of the repository, or from the page when they begin with `../`; patterns and placeholders are left out. */
function pathsOf(page: string): string[] {
  const fromRoot = [...textOf(page).matchAll(/`((?:agent|chaos|dashboards|docs|evaluation|infra|\.github|\.ci)\/[^`\s]*)`/g)];
  const fromPage = [...textOf(page).matchAll(/`(\.\.\/[^`\s]*\.ts)`/g)];
  return [...fromRoot.map(([, path = '']) => path), ...fromPage.map(([, path = '']) => join(dirname(page), path))].filter(
    (path) => !/[*<>{}…]/.test(path),
  );
}

function exists(path: string): boolean {
  return existsSync(path) && (!path.endsWith('/') || statSync(path).isDirectory());
}

/** Anchors as GitHub makes them of headings. */
function headingsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
