import { describe, expect, it } from 'vitest';
import { faultsOfExperiment, fisCatalogue } from './fis-catalogue.ts';

const latency = {
  duration: 'PT3M',
  installDependencies: 'False',
  useEcsFaultInjectionEndpoints: 'true',
  delayMilliseconds: '200',
};

describe('the catalogue of FIS', () => {
  it('knows the seven actions for tasks on Fargate', () => {
    expect(Object.keys(fisCatalogue).sort()).toEqual(
      [
        'stop-task',
        'task-cpu-stress',
        'task-io-stress',
        'task-kill-process',
        'task-network-blackhole-port',
        'task-network-latency',
        'task-network-packet-loss',
      ].map((name) => `aws:ecs:${name}`),
    );
  });

  it('finds nothing wrong with what FIS takes', () => {
    expect(faultsOfExperiment({ actionId: 'aws:ecs:task-network-latency', parameters: latency })).toEqual([]);
    expect(faultsOfExperiment({ actionId: 'aws:ecs:stop-task' })).toEqual([]);
  });

  it.each([
    ['an action there is not', 'aws:ecs:task-banana', {}, 'aws:ecs:task-banana is no action of FIS for tasks on Fargate'],
    ['an action for EC2', 'aws:ecs:drain-container-instances', {}, 'is no action of FIS for tasks on Fargate'],
    ['a parameter of another action', 'aws:ecs:task-network-latency', { ...latency, lossPercent: '7' }, 'has no parameter lossPercent'],
    ['no duration', 'aws:ecs:task-network-latency', { ...latency, duration: undefined }, 'needs the parameter duration'],
    ['a duration in seconds', 'aws:ecs:task-network-latency', { ...latency, duration: 'PT30S' }, 'duration must be PT1M to PT720M'],
    [
      'a duration beyond twelve hours',
      'aws:ecs:task-network-latency',
      { ...latency, duration: 'PT721M' },
      'duration must be PT1M to PT720M',
    ],
    [
      'another way than Fargate has',
      'aws:ecs:task-network-latency',
      { ...latency, useEcsFaultInjectionEndpoints: 'false' },
      'must be true',
    ],
    [
      'packages from the internet',
      'aws:ecs:task-network-latency',
      { ...latency, installDependencies: 'True' },
      'installDependencies must be False',
    ],
    [
      'a port out of range',
      'aws:ecs:task-network-blackhole-port',
      { ...latency, port: '70000' },
      'port must be a whole number from 1 to 65535',
    ],
    [
      'a signal FIS does not send',
      'aws:ecs:task-kill-process',
      { installDependencies: 'False', processName: 'node', signal: 'SIGHUP' },
      'SIGTERM or SIGKILL',
    ],
    ['a process without a name', 'aws:ecs:task-kill-process', { installDependencies: 'False' }, 'needs the parameter processName'],
  ])('finds %s', (_what, actionId, parameters, fault) => {
    const given = Object.fromEntries(Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined));
    expect(faultsOfExperiment({ actionId, parameters: given })).toContainEqual(expect.stringContaining(fault));
  });
});
