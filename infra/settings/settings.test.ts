import { describe, expect, it } from 'vitest';
import { dev } from './dev.ts';
import { prod } from './prod.ts';
import { checkSettings, SettingsError } from './settings.ts';

function faultsOf(given: unknown): readonly string[] {
  try {
    checkSettings(given);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
}

describe('the settings of an environment', () => {
  it.each([dev, prod])('$name is taken as it stands', (settings) => {
    expect(faultsOf(settings)).toEqual([]);
  });

  it('names every fault at once, those between branches too', () => {
    const faults = faultsOf({
      ...dev,
      accountId: '12345',
      netwrok: {},
      network: { ...dev.network, availabilityZones: ['eu-west-1a', 'eu-west-1a'] },
      agent: { ...dev.agent, size: { cpu: 256, memory: 4096 }, image: 'agent:latest' },
      budget: { monthlyUsd: -1, emails: [] },
      night: { timezone: 'Middle/Earth', stopsAt: '25:00', startsAt: '07:00' },
    });
    expect(faults).toEqual(
      expect.arrayContaining([
        'accountId: must have 12 digits',
        expect.stringMatching(/netwrok/),
        'network.availabilityZones: eu-west-1a is not in eu-central-1',
        'network.availabilityZones: a zone is named twice',
        'agent.size: is no pair of CPU units and MiB that Fargate has',
        'agent.image: needs a version or a digest, and not :latest',
        expect.stringMatching(/^budget\.monthlyUsd: /),
        expect.stringMatching(/^budget\.emails: /),
        'night.timezone: is no time zone, such as Europe/Berlin',
        'night.stopsAt: must be HH:MM',
      ]),
    );
  });

  it.each([
    ['a door anybody may use', { door: { ...prod.door, fromCidrs: ['0.0.0.0/0'] } }, 'door.fromCidrs'],
    ['experiments', { demo: dev.demo, chaos: dev.chaos }, 'chaos: nothing is broken on purpose in prod'],
    ['nights', { night: dev.night }, 'night: prod is not switched off at night'],
    ['one machine for the database', { data: { ...prod.data, isMultiAz: false } }, 'data.isMultiAz'],
    ['a database that can be deleted', { data: { ...prod.data, isProtected: false } }, 'data.isProtected'],
    ['a trail somebody can unlock', { audit: { ...prod.audit, lockMode: 'GOVERNANCE' } }, 'audit.lockMode'],
    ['an agent that runs once', { agent: { ...prod.agent, tasks: { min: 1, max: 2 } } }, 'agent.tasks.min'],
    ['an image by its tag', { agent: { ...prod.agent, image: 'registry.example.com/agent:1.0.0' } }, 'agent.image'],
  ])('refuses %s in prod', (_what, change, fault) => {
    expect(faultsOf({ ...prod, ...change })).toContainEqual(expect.stringContaining(fault));
  });

  it.each([
    [
      "the agent's own cluster as one it looks after",
      { watched: { ...dev.watched, clusters: ['kintsugi-dev', 'shop-dev'] } },
      'watched.clusters',
    ],
    ['roles of its own to be passed on', { watched: { ...dev.watched, taskRoles: ['kintsugi-dev-*'] } }, 'watched.taskRoles'],
    [
      'a certificate of another Region',
      { door: { ...dev.door, certificateArn: dev.door.certificateArn.replace('eu-central-1', 'us-east-1') } },
      'door.certificateArn',
    ],
    ['a demo without a way out', { network: { ...dev.network, egress: 'endpoints' } }, 'demo: '],
    ['a public range as the network', { network: { ...dev.network, cidr: '8.8.0.0/16' } }, 'network.cidr'],
    ['a network too small for its tasks', { network: { ...dev.network, cidr: '10.0.0.0/24' } }, 'network.cidr'],
    [
      'an action FIS does not have',
      { chaos: { ...dev.chaos, experiments: [{ ...dev.chaos.experiments[0], actionId: 'aws:ecs:task-banana' }] } },
      'aws:ecs:task-banana is no action',
    ],
  ])('refuses %s', (_what, change, fault) => {
    expect(faultsOf({ ...dev, ...change })).toContainEqual(expect.stringContaining(fault));
  });

  it.each([
    ['a setting the agent does not have', { polcy: {} }, 'agent.settings.polcy'],
    ['a value the agent would refuse', { policy: { autonomy: { default: 'full' } } }, 'KINTSUGI_POLICY_AUTONOMY_DEFAULT="full"'],
    ['a secret in the open', { slack: { token: 'xoxb-1' } }, 'agent.settings.slack.token'],
  ])("refuses %s among the agent's settings", (_what, settings, fault) => {
    const faults = faultsOf({ ...dev, agent: { ...dev.agent, settings } });
    expect(faults).toContainEqual(expect.stringContaining(fault));
    expect(faults.join()).not.toContain('xoxb-1');
  });
});
