import { describe, expect, it } from 'vitest';
import { revisionChanges } from './changes.ts';
import { eventMeaning } from './event-meaning.ts';
import { DescribeTaskDefinitionReply, EcsTask, type TaskDefinition } from './schema.ts';
import { shaOf } from './sha.ts';
import { stopCause } from './stop-cause.ts';

describe('the cause of a stop', () => {
  const cause = (more: object, primary = 'ecs-svc/2') =>
    stopCause(EcsTask.parse({ taskArn: 'a/b', lastStatus: 'STOPPED', ...more }), primary);
  const container = (reason: string, name = 'app') => ({ containers: [{ name, reason, exitCode: 137 }] });

  it.each([
    ['out-of-memory', { stopCode: 'EssentialContainerExited', ...container('OutOfMemoryError: Container killed due to memory usage') }],
    [
      'image-pull',
      { stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError: pull image manifest has been retried 1 time(s)' },
    ],
    ['image-pull', { stopCode: 'TaskFailedToStart', ...container('CannotPullContainerError: not found') }],
    ['start-up', { stopCode: 'TaskFailedToStart', stoppedReason: 'ResourceInitializationError: unable to pull secrets' }],
    ['start-up', { stopCode: 'TaskFailedToStart', stoppedReason: 'CannotStartContainerError: exec format error' }],
    [
      'health-check-balancer',
      { stopCode: 'ServiceSchedulerInitiated', stoppedReason: 'Task failed ELB health checks in (target-group x)' },
    ],
    ['health-check-container', { stopCode: 'ServiceSchedulerInitiated', stoppedReason: 'Task failed container health checks' }],
    ['capacity', { stopCode: 'TaskFailedToStart', stoppedReason: 'Capacity is unavailable at this time. Please try again later' }],
    ['capacity', { stopCode: 'TaskFailedToStart', stoppedReason: 'RESOURCE:ENI' }],
    ['exit', { stopCode: 'EssentialContainerExited', containers: [{ name: 'app', exitCode: 1 }] }],
    ['user', { stopCode: 'UserInitiated', stoppedReason: 'Task stopped by user' }],
    ['spot', { stopCode: 'SpotInterruption' }],
    ['spot', { stopCode: 'TerminationNotice' }],
    [
      'deployment',
      {
        stopCode: 'ServiceSchedulerInitiated',
        startedBy: 'ecs-svc/1',
        stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/1)',
      },
    ],
    [
      'scaling',
      {
        stopCode: 'ServiceSchedulerInitiated',
        startedBy: 'ecs-svc/2',
        stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/2)',
      },
    ],
    ['unknown', { stopCode: 'TaskFailedToStart', stoppedReason: 'Unexpected EC2 error' }],
    ['unknown', {}],
  ])('is %s for %j', (expected, task) => {
    expect(cause(task)).toBe(expected);
  });

  it('is none while a task runs', () => {
    expect(stopCause(EcsTask.parse({ taskArn: 'a', lastStatus: 'RUNNING' }), undefined)).toBeUndefined();
  });

  it('is not what a container is called, nor what somebody wrote as a reason to stop it', () => {
    expect(cause({ stopCode: 'EssentialContainerExited', containers: [{ name: 'OutOfMemoryError', exitCode: 1 }] })).toBe('exit');
    expect(cause({ stopCode: 'UserInitiated', stoppedReason: 'I think: OutOfMemoryError' })).toBe('user');
  });
});

describe('the meaning of an event', () => {
  it.each([
    ['steady-state', '(service web) has reached a steady state.'],
    ['task-started', '(service web) has started 2 tasks: (task aa) (task bb).'],
    ['task-stopped', '(service web) has stopped 1 running tasks: (task aa).'],
    ['task-stopped', '(service web, taskSet ecs-svc/1) has begun draining connections on 1 tasks.'],
    ['unhealthy-target', '(service web) (port 8080) is unhealthy in (target-group arn:x) due to (reason Request timed out)'],
    ['unhealthy-target', '(service web) (instance i-1) (port 80) is unhealthy in (target-group arn:x) due to (reason x)'],
    ['unhealthy-container', '(service web) (task aa) failed container health checks.'],
    ['start-impaired', '(service web) is unable to consistently start tasks successfully.'],
    ['placement-failure', '(service web) was unable to place a task. Reason: Capacity is unavailable at this time.'],
    ['throttled', '(service web) operations are being throttled on elb. Will try again later.'],
    ['deployment', '(service web) (deployment ecs-svc/1) deployment completed.'],
    ['deployment', '(service web) rolling back to deployment ecs-svc/1.'],
    ['other', '(service web) registered 1 targets in (target-group arn:x)'],
    ['other', '(service has reached a steady state) was deleted'],
    ['other', ''],
  ])('is %s for %j', (meaning, message) => {
    expect(eventMeaning(message)).toBe(meaning);
  });

  it('is found quickly in a long sentence', () => {
    expect(eventMeaning(`(service ${'('.repeat(100_000)}`)).toBe('other');
    expect(eventMeaning(`deployment ${'throttl '.repeat(50_000)}`)).toBe('throttled');
  });
});

function definition(number: number, container: object = {}, more: object = {}): TaskDefinition {
  const { taskDefinition, tags } = DescribeTaskDefinitionReply.parse({
    taskDefinition: {
      taskDefinitionArn: `arn:aws:ecs:x:1:task-definition/web:${number}`,
      containerDefinitions: [{ name: 'app', image: 'r/web:latest', ...container }],
      ...more,
    },
    tags: (more as { tags?: unknown }).tags,
  });
  return { ...taskDefinition, tags };
}

describe('the commit of a revision', () => {
  const sha = '3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d';
  it.each([
    [sha, { dockerLabels: { 'org.opencontainers.image.revision': sha.toUpperCase() } }, {}],
    ['3f2a1c9', { environment: [{ name: 'GIT_SHA', value: '3f2a1c9' }] }, {}],
    [sha, {}, { tags: [{ key: 'Git-Sha', value: sha }] }],
    ['3f2a1c9', { image: 'r.example:5000/web:3f2a1c9' }, {}],
    ['3f2a1c9', { image: 'web:sha-3f2a1c9@sha256:0000' }, {}],
    [sha, { image: `web:0000aaa`, dockerLabels: { 'org.opencontainers.image.revision': sha } }, {}],
    ['', { image: 'web:20261121' }, {}],
    ['', { image: 'web:v1.2.3' }, {}],
    ['', { image: `web@sha256:${sha}` }, {}],
    ['', { image: 'registry.example:5000/web' }, {}],
    ['', { environment: [{ name: 'GIT_SHA', value: '$(rm -rf)' }] }, {}],
    ['', { image: 'sidecar:3f2a1c9', essential: false }, {}],
  ])('is %j for %j %j', (expected, container, more) => {
    expect(shaOf(definition(1, container, more))).toBe(expected);
  });
});

describe('what a deployment changed', () => {
  const changeOf = (from: TaskDefinition, to: TaskDefinition) => {
    const revisions = [to, from].map(({ taskDefinitionArn }, index) => ({
      startedAt: `2026-11-21T0${9 - index}:00:00.000Z`,
      taskDefinition: taskDefinitionArn,
    }));
    return revisionChanges('web', revisions, new Map([from, to].map((one) => [one.taskDefinitionArn, one])));
  };

  it('is a setting when no image changed', () => {
    const [change] = changeOf(definition(1, { command: ['node', 'a.js'], memory: 512 }), definition(2, { command: ['node', 'b.js'] }));
    expect(change).toMatchObject({ changeKind: 'config', t: Date.parse('2026-11-21T09:00:00Z') / 1_000 });
    expect(change?.diff.split('\n')).toEqual(['- app.memory: 512', '- app.command: ["node","a.js"]', '+ app.command: ["node","b.js"]']);
  });

  it('is a deployment when only the number changed: what is behind a tag may be another image', () => {
    expect(changeOf(definition(1), definition(2))).toMatchObject([
      { changeKind: 'deploy', diff: '', message: 'web:2 after web:1; nothing in it changed' },
    ]);
  });

  it('is a deployment when the builder wrote down another commit behind the same image', () => {
    const environment = [{ name: 'GIT_SHA', value: '3f2a1c9' }];
    expect(changeOf(definition(1), definition(2, { environment }))).toMatchObject([{ changeKind: 'deploy', sha: '3f2a1c9' }]);
  });

  it('is nothing when the same revision was deployed again, or the one before is not known', () => {
    expect(changeOf(definition(1), definition(1))).toEqual([]);
    const only = { startedAt: '2026-11-21T09:00:00.000Z', taskDefinition: 'x' };
    expect(revisionChanges('web', [only], new Map([['x', definition(1)]]))).toEqual([]);
  });

  it('tells of secrets where they come from, never what they are', () => {
    const environment = (value: string) => [
      { name: 'DATABASE_URL', value: `postgres://agent:${value}@db/x` },
      { name: 'API_KEY', value },
    ];
    const [change] = changeOf(
      definition(1, { environment: environment('hunter2'), secrets: [{ name: 'PIN', valueFrom: 'arn:old' }] }),
      definition(2, { environment: environment('hunter3'), secrets: [{ name: 'PIN', valueFrom: 'arn:new' }] }),
    );
    expect(JSON.stringify(change)).not.toContain('hunter');
    const [started] = changeOf(definition(1), definition(2, { command: ['serve', '--db-password', 'hunter2'] }));
    expect(started?.diff).toBe('+ app.command: ***');
    expect(change?.diff).toContain('+ app.secrets.PIN: arn:new');
    expect(change?.diff).toContain('+ app.environment.API_KEY: ***');
  });

  it('is bounded', () => {
    const environment = Array.from({ length: 5_000 }, (_, index) => ({ name: `V${index}`, value: 'x'.repeat(500) }));
    const [change] = changeOf(definition(1), definition(2, { environment }));
    expect(change?.diff.split('\n')).toHaveLength(100);
    expect(change?.message.length).toBeLessThanOrEqual(1_000);
  });
});
