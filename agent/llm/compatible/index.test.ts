import { describe, expect, it } from 'vitest';
import { Secret } from '../../domain/secret.ts';
import { startModelServer } from '../../testing/llm/model-server.ts';
import { describeProviderOnTheWire } from '../provider.contract.ts';
import { compatible } from './index.ts';

describeProviderOnTheWire(compatible, 'compatible');

describe('compatible', () => {
  it('cannot be used without an address, and says which setting holds it', () => {
    expect(compatible.missing(compatible.config.parse({}))).toBe('KINTSUGI_LLM_PROVIDER_COMPATIBLE_URL is not set');
  });

  it('sends its own key, and nobody’s when it has none', async () => {
    const server = await startModelServer(() => ({ kind: 'text', text: 'here' }));
    for (const apiKey of [undefined, new Secret('own-key')]) {
      const model = await compatible.create({ url: `${server.url}/v1`, apiKey }, 'llama3', 100, { timeoutMs: 20_000 });
      await model.invoke('checkout answers 500');
    }
    await server.close();
    expect(server.journal.map(({ headers }) => headers.authorization)).toEqual(['Bearer none', 'Bearer own-key']);
  });
});
