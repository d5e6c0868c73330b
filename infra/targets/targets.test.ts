import type { ECSClient } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { metricsPortTag } from '../names.ts';
import { readTargets } from './targets.ts';

const task = (id: string, more: object = {}) => ({
  taskArn: `arn:aws:ecs:eu-central-1:111122223333:task/shop/${id}`,
  group: 'service:cart',
  lastStatus: 'RUNNING',
  attachments: [{ type: 'ElasticNetworkInterface', details: [{ name: 'privateIPv4Address', value: `10.0.0.${id.length}` }] }],
  ...more,
});

/** Answers pages of tasks as ECS does. */
function ecs(pages: ReturnType<typeof task>[][]): Pick<ECSClient, 'send'> {
  const send = (command: { constructor: { name: string }; input: { nextToken?: string; tasks?: string[] } }) => {
    if (command.constructor.name === 'ListTasksCommand') {
      const at = Number(command.input.nextToken ?? 0);
      return Promise.resolve({
        taskArns: pages[at]?.map(({ taskArn }) => taskArn),
        nextToken: at + 1 < pages.length ? String(at + 1) : undefined,
      });
    }
    return Promise.resolve({ tasks: pages.flat().filter(({ taskArn }) => command.input.tasks?.includes(taskArn)) });
  };
  return { send: send as unknown as ECSClient['send'] };
}

describe('the targets of Prometheus', () => {
  it('are the running tasks of services, with the names alerts need', async () => {
    const found = await readTargets(ecs([[task('aa'), task('b', { tags: [{ key: metricsPortTag, value: '9464' }] })]]), 'shop');
    expect(found).toEqual([
      { targets: ['10.0.0.2:8080'], labels: { ecs_cluster: 'shop', ecs_service: 'cart', ecs_task: 'aa' } },
      { targets: ['10.0.0.1:9464'], labels: { ecs_cluster: 'shop', ecs_service: 'cart', ecs_task: 'b' } },
    ]);
  });

  it('leave out what belongs to no service, has no address yet, or is on its way out', async () => {
    const found = await readTargets(
      ecs([[task('a', { group: 'family:job' }), task('b', { attachments: [] }), task('c', { lastStatus: 'STOPPING' })]]),
      'shop',
    );
    expect(found).toEqual([]);
  });

  it('are read page by page', async () => {
    const found = await readTargets(ecs([[task('a')], [], [task('bb')]]), 'shop');
    expect(found.map(({ labels }) => labels.ecs_task)).toEqual(['a', 'bb']);
  });

  it('are an error, not none, while ECS cannot be read', async () => {
    const broken = { send: () => Promise.reject(new Error('ThrottlingException')) } as unknown as Pick<ECSClient, 'send'>;
    await expect(readTargets(broken, 'shop')).rejects.toThrow('ThrottlingException');
  });
});
