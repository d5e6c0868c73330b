/** Which files a model may edit at all: source code, and nothing that builds, judges, deploys or watches it. What is not known to be code is refused. */

/** Words of the names of folders, at whatever depth, and of the file itself: `infra-live`, `checkout_stack.py`, `deployScripts`. */
const neverWords: ReadonlySet<string> = new Set([
  ...['infra', 'infrastructure', 'iac', 'terraform', 'terragrunt', 'cdk', 'cdktf', 'cdk8s', 'cloudformation', 'pulumi', 'sst', 'ansible'],
  ...['stack', 'stacks', 'playbook', 'playbooks', 'workflow', 'workflows', 'pipeline', 'pipelines', 'provisioning'],
  ...['deploy', 'deployment', 'deployments', 'k8s', 'kubernetes', 'helm', 'ops', 'ci', 'cicd'],
  ...['test', 'tests', 'testing', 'spec', 'specs', 'e2e', 'fixtures', 'mocks', 'snapshots', 'migrations', 'policy', 'policies'],
]);

/** Words of the names of folders alone: a file may be called so. */
const neverFolders: ReadonlySet<string> = new Set([
  ...['chart', 'charts', 'vendor', 'third_party', 'node_modules', 'dist', 'build', 'generated', 'agent'],
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

/** What describes infrastructure in a language of its own, whatever its file is called. */
const infrastructureCode = /aws[-_]?cdk|cdktf|cdk8s|pulumi|troposphere|['"]sst['"/]|\.sst\//i;

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
  const words = path.split('/').map(wordsOf);
  const folders = [...names.slice(0, -1), ...words.slice(0, -1).flat()];
  if (folders.some((name) => neverFolders.has(name) || neverWords.has(name))) return 'its folder is left to a person';
  const isOther = testName.test(path) || neverNames.some((name) => name.test(file)) || words.at(-1)?.some((word) => neverWords.has(word));
  if (isOther) return 'it is no plain source code';
  if (!extensions.some((extension) => file.endsWith(extension.toLowerCase()))) return 'its kind of file is left to a person';
  const isNever = neverPaths.map((one) => one.toLowerCase().replace(/\/+$/, '')).some((one) => isIn(names.join('/'), one));
  return isNever ? 'the settings leave it to a person' : null;
}

/** Why a model may not edit what the file holds, as the end of a sentence; null when it may. */
export function refuseContent(text: string): string | null {
  return infrastructureCode.test(text) ? 'it describes infrastructure' : null;
}

/** As people read a name, in small letters: `LibX-stack2.ts` is lib, x, stack, ts. */
function wordsOf(name: string): string[] {
  const words = name
    .replace(/([a-z0-9])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$&-')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.flatMap((word) => [word, word.replace(/\d+$/, '')]);
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
