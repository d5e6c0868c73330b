import { beforeAll, describe, expect, it } from 'vitest';
import { dev } from '../settings/dev.ts';
import { prod } from '../settings/prod.ts';
import { checkSettings } from '../settings/settings.ts';
import { type Body, resourcesOf, type SynthesisedStack, synthesise } from '../synthesise.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';
import { schemaFaults } from './validate.ts';

let snapshot: Snapshot;
let stacks: { environment: string; stack: SynthesisedStack }[];
beforeAll(() => {
  snapshot = readSnapshot();
  stacks = [dev, prod].flatMap((settings) =>
    synthesise(checkSettings(settings)).stacks.map((stack) => ({ environment: settings.name, stack })),
  );
});

/** What is found when the first resource of a type is changed so. */
function faultsAfter(type: string, change: (body: Body) => void): string[] {
  for (const { stack } of stacks) {
    const copy = structuredClone(stack);
    const [found] = resourcesOf(copy, type);
    if (!found) continue;
    change(found.body);
    return schemaFaults(copy, snapshot);
  }
  throw new Error(`no ${type}`);
}

describe('the provider', () => {
  it('would take every stack, as far as its schema tells', () => {
    expect(stacks.flatMap(({ environment, stack }) => schemaFaults(stack, snapshot).map((fault) => `${environment} ${fault}`))).toEqual([]);
    expect(Object.keys(snapshot.resource).length).toBeGreaterThan(50);
  });

  it.each<[string, string, (body: Body) => void, string]>([
    ['an argument that is none', 'aws_db_instance', (body) => (body.storage_encryption = true), 'storage_encryption is no argument'],
    ['a missing argument', 'aws_iam_role', (body) => delete body.assume_role_policy, 'assume_role_policy is missing'],
    ['what is for the provider to say', 'aws_vpc', (body) => (body.arn = 'arn'), '.arn is for the provider to say'],
    ['another type', 'aws_db_instance', (body) => (body.port = 'five'), '.port must be a number, not "five"'],
    ['text for a list', 'aws_lb', (body) => (body.subnets = 'subnet-1'), '.subnets must be a list'],
    [
      'a block too many',
      'aws_ecs_service',
      (body) =>
        (body.deployment_circuit_breaker = [
          { enable: true, rollback: true },
          { enable: true, rollback: true },
        ]),
      'may be there 1 times, not 2',
    ],
    ['a missing block', 'aws_wafv2_web_acl', (body) => delete body.default_action, 'default_action is missing'],
    [
      "what cdktf's types let through in a filter's statement",
      'aws_wafv2_web_acl',
      (body) => {
        const [rule] = body.rule as Body[];
        if (rule) rule.statement = { managedRuleGroupStatement: { vendorName: 'AWS', name: 'x' } };
      },
      'managedRuleGroupStatement is no argument',
    ],
  ])('would refuse %s', (_what, type, change, fault) => {
    expect(faultsAfter(type, change)).toContainEqual(expect.stringContaining(fault));
  });
});
