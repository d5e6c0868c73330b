/** Which files a model may edit at all: source code, and nothing that builds, judges, deploys or watches it. What is not known to be code is refused. */

/** Folders, at whatever depth. */
const neverFolders: ReadonlySet<string> = new Set([
  ...['infra', 'infrastructure', 'terraform', 'cdk', 'cdktf', 'cloudformation', 'pulumi', 'ansible'],
  ...['deploy', 'deployment', 'deployments', 'k8s', 'kubernetes', 'helm', 'chart', 'charts', 'ops', 'ci'],
  ...['test', 'tests', '__tests__', 'testing', 'spec', 'specs', 'e2e', 'fixtures', '__mocks__', '__snapshots__'],
  ...['migrations', 'vendor', 'third_party', 'node_modules', 'dist', 'build', 'generated', 'policy', 'policies'],
]);

/** What judges the code must not be written by who wrote the code, and settings of tools run as the tools do. */
const neverNames = [
  /(?:^|[._-])(?:test|tests|spec|mock|e2e|conftest)(?:[._-]|$)/,
  /\.(?:config|conf|setup|lock|lockfile|gen|pb|min|d)\.[a-z]+$/,
  /^(?:jenkinsfile|dockerfile|makefile|rakefile|gulpfile|gruntfile|fastfile|build|setup|noxfile|tasks)(?:\.|$)/,
  /^(?:docker-)?compose[.-]/,
];

/** As in `QuoteTest.java`; `latest.ts` is none. */
const testName = /(?:Tests?|Spec|IT)\.[a-z]+$/;

/** One name of a path: neither hidden nor able to be read as anything but a name. */
const plainName = /^(?!\.)[\w@+-][\w@+.-]{0,99}$/;

export interface AllowedPaths {
  /** File endings with their dot. */
  extensions: readonly string[];
  /** More folders and files that are a person's, from the root of the repository. */
  neverPaths: readonly string[];
}

/** Why a model may not edit this file, as the end of a sentence; null when it may. Upper and lower case make no difference. */
export function refusePath(path: string, { extensions, neverPaths }: AllowedPaths): string | null {
  const names = path.toLowerCase().split('/');
  const file = names.at(-1) ?? '';
  if (!path.split('/').every((name) => plainName.test(name))) return 'its name is not plain';
  if (names.some((name) => name.startsWith('kintsugi'))) return 'it belongs to the agent';
  if (names.slice(0, -1).some((name) => neverFolders.has(name))) return 'its folder is left to a person';
  if (testName.test(path) || neverNames.some((name) => name.test(file))) return 'it is no plain source code';
  if (!extensions.some((extension) => file.endsWith(extension.toLowerCase()))) return 'its kind of file is left to a person';
  const isNever = neverPaths.map((one) => one.toLowerCase().replace(/\/+$/, '')).some((one) => isIn(names.join('/'), one));
  return isNever ? 'the settings leave it to a person' : null;
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
