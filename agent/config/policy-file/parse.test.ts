import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { policySettingsSchema } from '../../policy/settings.ts';
import { faultLine, parsePolicy } from './parse.ts';

function faultsOf(text: string): string[] {
  const parsed = parsePolicy(text);
  return 'faults' in parsed ? parsed.faults.map((fault) => faultLine('policy.yaml', fault)) : [];
}

function policyOf(text: string) {
  const parsed = parsePolicy(text);
  if ('faults' in parsed) throw new Error(faultsOf(text).join('\n'));
  return parsed.policy;
}

it('reads what is written and leaves the rest at its default, flags off', () => {
  const policy = policyOf(`
# who may do what
autonomy:
  default: observe
  byAction: { stop-task: auto }
flags:
  stop-task: true
freezeWindows:
  - days: [5]
    from: 16:00
    to: "23:59"
`);
  expect(policy.autonomy).toEqual({ default: 'observe', byAction: { 'stop-task': 'auto' } });
  expect(policy.flags['stop-task']).toBe(true);
  expect(policy.flags['roll-back-deployment']).toBe(false);
  expect(policy.freezeWindows).toEqual([{ days: [5], from: '16:00', to: '23:59' }]);
  expect(policy.cooldownSeconds).toBe(policySettingsSchema.parse({}).cooldownSeconds);
});

it('understands the example of its page', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync('docs/policy.md', 'utf8')) ?? [];
  expect(policyOf(example).autonomy.byAction).toEqual({ 'stop-task': 'auto', 'roll-back-deployment': 'approve' });
});

it('gives a file without any setting the defaults, which allow nothing', () => {
  const { flags, ...policy } = policyOf('{}');
  expect(policy).toEqual(policySettingsSchema.parse({}));
  expect(new Set(Object.values(flags))).toEqual(new Set([false]));
});

it('tells every fault at once, in the order of the file, each with line and column', () => {
  expect(faultsOf('autonomy:\n  default: sometimes\nconfidence: { default: 2 }\nflags:\n  stop-tsk: true\n')).toEqual([
    expect.stringMatching(/^policy\.yaml:2:3: autonomy\.default: .*observe/),
    expect.stringMatching(/^policy\.yaml:3:15: confidence\.default: /),
    'policy.yaml:5:3: flags.stop-tsk: there is no such setting',
  ]);
});

describe('refuses', () => {
  it.each<[string, string, RegExp]>([
    ['nothing at all', '', /^policy\.yaml:1:1: there is nothing in it$/],
    ['comments alone', '# later\n', /nothing in it/],
    ['a list in place of settings', '- autonomy\n', /policy\.yaml:1:\d+: .*object/],
    ['a setting that does not exist', '\ncooldown: 5\n', /^policy\.yaml:2:1: cooldown: there is no such setting$/],
    ['a setting of the agent that is no policy', 'clusters: [shop]\n', /clusters: there is no such setting/],
    ['a branch that is left empty', 'autonomy:\n', /policy\.yaml:1:1: autonomy: .*object/],
    ['a setting that is written twice', 'cooldownSeconds: 900\ncooldownSeconds: 1\n', /policy\.yaml:2:1: .*unique/],
    [
      'an action that does not exist',
      'autonomy:\n  byAction:\n    stop-tsk: auto\n',
      /policy\.yaml:3:5: autonomy\.byAction\.stop-tsk: .*no action/,
    ],
    ['a word in place of a number', 'cooldownSeconds: soon\n', /policy\.yaml:1:1: cooldownSeconds: .*number/],
    ['what an older YAML takes for true', 'flags:\n  stop-task: on\n', /policy\.yaml:2:3: flags\.stop-task: .*boolean/],
    ['another version of YAML', '%YAML 1.1\n---\nflags:\n  stop-task: on\n', /%YAML/],
    ['a number that is none', 'cooldownSeconds: .nan\n', /cooldownSeconds/],
    ['a value below zero', 'maxShareOfCapacity: -0.5\n', /maxShareOfCapacity/],
    [
      'a time that is no time of day',
      'freezeWindows:\n  - { days: [1], from: 9:00, to: "25:00" }\n',
      /policy\.yaml:2:\d+: freezeWindows\.0\.from/,
    ],
    ['an alias', 'confidence: &c { default: 0.9 }\nbreaker: *c\n', /policy\.yaml:2:10: an alias/],
    ['a merge', 'a: &a { x: 1 }\nautonomy:\n  <<: *a\n', /alias/],
    ['a tag', 'protectedServices: !!js/function "x"\n', /policy\.yaml:1:\d+: .*tag/i],
    ['two documents', '{}\n---\nflags: { stop-task: true }\n', /documents/],
    ['a key that is no word', '? [a]\n: 1\n', /policy\.yaml:1:\d+: .*key/i],
    ['a key that every object has', 'autonomy:\n  byAction:\n    __proto__: auto\n', /policy\.yaml:3:5: .*__proto__/],
    ['what is cut in the middle', 'autonomy: { default: "au', /policy\.yaml:1:\d+: /],
    ['a book', `# ${'x'.repeat(300_000)}\n`, /more than 256000 characters/],
  ])('%s', (_, text, fault) => {
    expect(faultsOf(text).join('\n')).toMatch(fault);
  });
});
