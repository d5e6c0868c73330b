import { ECSClient } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Inventory } from '../../incident/inventory.ts';
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.ts';
import { AwsError, type AwsOperation, speakingAws, startUpstream, type Upstream } from '../upstream.contract.ts';
import { createEcsInventory } from './inventory.ts';

describe('ecs inventory', () => {
  let upstream: Upstream;
  let client: ECSClient;
  let clock: FakeClock;
  let inventory: Inventory;
  beforeEach(async () => {
    upstream = await startUpstream();
    client = new ECSClient({
      endpoint: upstream.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    clock = createFakeClock();
    inventory = createEcsInventory(client, clock);
  });
  afterEach(async () => {
    client.destroy();
    await upstream.close();
  });
  const listing = (ListServices: AwsOperation) => upstream.answer(speakingAws({ ListServices }));
  const arn = (name: string) => `arn:aws:ecs:eu-central-1:1:service/shop/${name}`;

  it('reads the names of all pages', async () => {
    listing(({ nextToken }) =>
      nextToken === 'two' ? { serviceArns: [arn('cart')] } : { serviceArns: [arn('checkout')], nextToken: 'two' },
    );
    expect(await inventory.services('shop')).toEqual(['cart', 'checkout']);
  });

  it('does not ask again within 30 s', async () => {
    listing(() => ({ serviceArns: [arn('cart')] }));
    await inventory.services('shop');
    await clock.advance(29_000);
    expect(await inventory.services('shop')).toEqual(['cart']);
    expect(upstream.requests()).toBe(1);
  });

  it('keeps the last answer when ECS fails later', async () => {
    listing(() => ({ serviceArns: [arn('cart')] }));
    await inventory.services('shop');
    await clock.advance(60_000);
    listing(() => new AwsError('ServerException', 'down', 500));
    expect(await inventory.services('shop')).toEqual(['cart']);
    expect(upstream.requests()).toBe(1);
  });

  it('knows nothing, which is not the same as no service, when ECS never answered', async () => {
    listing(() => new AwsError('AccessDeniedException', 'no'));
    expect(await inventory.services('shop')).toBeNull();
  });

  it('knows no services of an unknown cluster or one without a name', async () => {
    listing(() => new AwsError('ClusterNotFoundException', 'Cluster not found.'));
    expect(await inventory.services('ghost')).toEqual([]);
    expect(await inventory.services('')).toEqual([]);
  });

  it('knows nothing when the pages do not end', async () => {
    listing(() => ({ serviceArns: [arn('cart')], nextToken: 'again' }));
    expect(await inventory.services('shop')).toBeNull();
  });
});
