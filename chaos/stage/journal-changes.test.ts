import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../sandbox/wire/journal.ts';
import { changesOf, pullRequestsOf } from './journal-changes.ts';

function entry(operation: string, input: Record<string, unknown>, more: Partial<JournalEntry> = {}): JournalEntry {
  return { at: '2026-01-01T00:00:01.000Z', principal: 'AGENT', service: 'ecs', operation, input, result: 'ok', ...more };
}
const serviceOfTask = (task: string) => (task.endsWith('/t1') ? 'catalog' : undefined);
const servicesOf = (...entries: JournalEntry[]) => changesOf(entries, 'AGENT', serviceOfTask).map(({ service }) => service);

describe('changesOf', () => {
  it('finds the service a call touched, however the call names it', () => {
    const arn = 'arn:aws:ecs:us-east-1:123456789012';
    expect(
      servicesOf(
        entry('UpdateService', { service: 'cart' }),
        entry('UpdateService', { service: `${arn}:service/shop/checkout` }),
        entry('StopTask', { task: `${arn}:task/shop/t1` }),
        entry('StopTask', { task: 'forgotten' }),
        entry('StopServiceDeployment', { serviceDeploymentArn: `${arn}:service-deployment/shop/payment/d1` }),
        entry('RegisterScalableTarget', { ResourceId: 'service/shop/storefront' }),
        entry('StartDeployment', { ApplicationId: 'abc1234' }),
      ),
    ).toEqual(['cart', 'checkout', 'catalog', 'unknown', 'payment', 'storefront', 'unknown']);
  });

  it('leaves out what others did, what was refused, and what only prepares a change', () => {
    expect(
      servicesOf(
        entry('UpdateService', { service: 'cart' }, { principal: 'SCRIPTS' }),
        entry('UpdateService', { service: 'cart' }, { result: 'ThrottlingException' }),
        entry('RegisterTaskDefinition', { family: 'shop-cart' }),
        entry('CreateHostedConfigurationVersion', {}),
      ),
    ).toEqual([]);
  });

  it('tells the time and the call as they were', () => {
    const input = { service: 'cart', forceNewDeployment: true };
    expect(changesOf([entry('UpdateService', input)], 'AGENT', serviceOfTask)).toEqual([
      { at: Date.UTC(2026, 0, 1, 0, 0, 1), operation: 'UpdateService', service: 'cart', input },
    ]);
  });
});

describe('pullRequestsOf', () => {
  const call = (method: string, path: string, status = 200) => ({
    at: '2026-01-01T00:00:01Z',
    method,
    path,
    body: { title: 'Revert' },
    status,
  });

  it('counts pull requests that were opened and merged, and nothing else that is written', () => {
    const journal = [
      call('POST', '/git/commits', 201),
      call('POST', '/pulls', 201),
      call('PUT', '/pulls/7/merge'),
      call('PUT', '/pulls/8/merge', 409),
      call('POST', '/issues/7/comments', 201),
    ];
    expect(pullRequestsOf(journal).map(({ operation }) => operation)).toEqual(['POST /pulls', 'PUT /pulls/7/merge']);
  });
});
