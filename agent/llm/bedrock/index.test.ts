import { describe, expect, it, vi } from 'vitest';
import { describeProviderOnTheWire } from '../provider.contract.ts';
import { bedrock } from './index.ts';

describeProviderOnTheWire(bedrock, 'bedrock');

describe('bedrock', () => {
  it('takes the Region of the agent when it has none of its own', async () => {
    vi.stubEnv('AWS_REGION', 'ap-south-1');
    const model = await bedrock.create(bedrock.config.parse({}), 'some-model', 100, { timeoutMs: 20_000 });
    vi.unstubAllEnvs();
    expect(model).toMatchObject({ region: 'ap-south-1' });
  });
});
