/**
 * What every provider does, whoever is behind it: the two ways in which models are asked, what comes back, and, where there is a wire, how its
 * calls fail. Each plug-in's test runs the suite against a local stand-in.
 */
import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ModelServer, settingsAt, startModelServer } from '../testing/llm/model-server.ts';
import type { Fault, Turn } from '../testing/llm/turn.ts';
import type { LlmPlugin } from './provider.ts';

/** Its turns in one conversation, in order. */
export type Play = (turns: readonly Turn[]) => Promise<unknown>;

/** As NIM and Bedrock write them; Google's client takes a slash for a path. */
const modelOf = (id: string) => (id === 'google' ? 'some-model' : 'maker/some-model:1');
const maxOutputTokens = 300;
const deps = { timeoutMs: 20_000 };

const answer = {
  type: 'object',
  properties: { cause: { type: 'string' }, sure: { type: 'boolean' } },
  required: ['cause', 'sure'],
  additionalProperties: false,
};
const tools = [
  { type: 'function', function: { name: 'look', description: 'Looks at a service', parameters: answerOf('service') } },
  { type: 'function', function: { name: 'answer', description: 'Takes the answer', parameters: answer } },
];
const question = [new SystemMessage('Say what is wrong.'), new HumanMessage('checkout answers 500')];

function answerOf(name: string) {
  return { type: 'object', properties: { [name]: { type: 'string' } }, required: [name], additionalProperties: false };
}

/** `play` prepares who answers, and hands out the settings under which they do. */
export function describeProvider<Config>(plugin: LlmPlugin<Config>, play: Play): void {
  const prepare = async (turns: readonly Turn[]) => plugin.create((await play(turns)) as Config, modelOf(plugin.id), maxOutputTokens, deps);

  describe(`${plugin.id} keeps the contract of providers`, () => {
    it('can be used with settings that say whom to ask', async () => {
      expect(plugin.missing((await play([])) as Config)).toBeUndefined();
    });

    it('brings an answer in the form that was asked for, and says what it took', async () => {
      const asked = await prepare([{ kind: 'answer', value: { cause: 'bad-deployment', sure: true } }]);
      const { parsed, raw } = await asked.withStructuredOutput(answer, { name: 'answer', includeRaw: true }).invoke(question);
      expect(parsed).toEqual({ cause: 'bad-deployment', sure: true });
      expect((raw as AIMessage).usage_metadata).toMatchObject({ input_tokens: expect.any(Number), output_tokens: expect.any(Number) });
      expect((raw as AIMessage).usage_metadata?.input_tokens).toBeGreaterThan(0);
    });

    it('brings words that are no answer as they are, and says what they took', async () => {
      const asked = await prepare([{ kind: 'text', text: 'Das weiss ich nicht, {"cause": ' }]);
      const { parsed, raw } = await asked.withStructuredOutput(answer, { name: 'answer', includeRaw: true }).invoke(question);
      expect(parsed ?? null).toBeNull();
      expect(raw.text).toBe('Das weiss ich nicht, {"cause": ');
      expect((raw as AIMessage).usage_metadata?.output_tokens).toBeGreaterThan(0);
    });

    it('orders looks, is told what was found, and answers', async () => {
      const calls = ['checkout', 'payment'].map((service) => ({ name: 'look', args: { service } }));
      const asked = await prepare([
        { kind: 'calls', calls },
        { kind: 'answer', value: { cause: 'bad-deployment', sure: true } },
      ]);
      const bound = bind(asked);
      const first = await bound.invoke(question);
      expect(first.tool_calls).toMatchObject(calls);
      const found = (first.tool_calls ?? []).map(
        ({ id, name }) => new ToolMessage({ tool_call_id: id ?? '', name, content: `found by ${id}` }),
      );
      const second = await bound.invoke([...question, first, ...found]);
      expect(second.tool_calls).toMatchObject([{ name: 'answer', args: { cause: 'bad-deployment', sure: true } }]);
    });

    it('goes on in another words after a repair was asked for', async () => {
      const asked = await prepare([
        { kind: 'text', text: 'no answer' },
        { kind: 'answer', value: { cause: 'none', sure: false } },
      ]);
      const structured = asked.withStructuredOutput(answer, { name: 'answer', includeRaw: true });
      const { raw } = await structured.invoke(question);
      const { parsed } = await structured.invoke([...question, raw, new HumanMessage('Answer by the form.')]);
      expect(parsed).toEqual({ cause: 'none', sure: false });
    });
  });
}

/** The other half, for providers with a server at the other end. */
export function describeProviderOnTheWire<Id extends keyof ReturnType<typeof settingsAt>>(
  plugin: LlmPlugin & { id: string },
  id: Id,
): void {
  let server: ModelServer;
  beforeAll(async () => {
    server = await startModelServer();
    // Bedrock takes them from where every client of AWS does.
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAOFTHETESTS');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret-of-the-tests');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server.close();
  });

  const create = (timeoutMs = deps.timeoutMs) => plugin.create(settingsAt(server.url)[id], modelOf(id), maxOutputTokens, { timeoutMs });
  const play = (turns: readonly Turn[]) => {
    server.play(({ turnsSoFar }) => turns[turnsSoFar] ?? { kind: 'fault', fault: 503 });
    return Promise.resolve(settingsAt(server.url)[id]);
  };
  const failing = (fault: Fault) => play([{ kind: 'fault', fault }]);

  describeProvider(plugin, play);

  describe(`${plugin.id} on the wire`, () => {
    it('sends what it is given, to the model it is given, within its limit', async () => {
      await play([{ kind: 'answer', value: { cause: 'none', sure: false } }]);
      await bind(await create()).invoke(question);
      expect(server.journal).toHaveLength(1);
      expect(server.journal[0]?.asked).toMatchObject({
        model: modelOf(id),
        maxOutputTokens,
        tools: [{ name: 'look' }, { name: 'answer' }],
        texts: ['Say what is wrong.', 'checkout answers 500'],
      });
    });

    it('tells what was found in the words it was given', async () => {
      const call = { id: 'call-1', name: 'look', args: { service: 'checkout' } };
      await play([{ kind: 'refusal' }, { kind: 'answer', value: { cause: 'none', sure: false } }]);
      const turns = [...question, new AIMessage({ content: '', tool_calls: [call] })];
      const found = new ToolMessage({ tool_call_id: 'call-1', name: 'look', content: 'OutOfMemoryError in checkout' });
      await bind(await create()).invoke([...turns, found]);
      expect(server.journal[0]?.asked?.texts.join('\n')).toContain('OutOfMemoryError in checkout');
    });

    it('shows a refusal as one', async () => {
      await play([{ kind: 'refusal' }]);
      const { additional_kwargs: more, response_metadata: metadata } = (await (await create()).invoke(question)) as AIMessage;
      const said = { ...metadata, ...more };
      const reasons = [more.refusal, said.stop_reason, said.stopReason, said.finishReason].filter((reason) => typeof reason === 'string');
      expect(reasons.join()).toMatch(/sorry|refusal|content_filtered|SAFETY/);
    });

    it('brings an answer of a megabyte whole', async () => {
      await play([{ kind: 'text', text: 'x'.repeat(1_000_000) }]);
      expect((await (await create()).invoke(question)).text).toHaveLength(1_000_000);
    });

    it.each([429, 500, 503, 'reset', 'cut', 'page', 'nothing', 'wrong-shape'] as const)('fails after one request: %s', async (fault) => {
      await failing(fault);
      const error: unknown = await (await create()).invoke(question).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(server.journal).toHaveLength(1);
      expect(server.journal[0]?.asked).toBeDefined();
      expect(String(error)).not.toContain('key-of-the-tests');
      if (typeof fault === 'number') expect(statusOf(error)).toBe(fault);
    });

    it.each(['silent', 'hang', 'drip'] as const)('drops the connection when the caller gives up: %s', async (fault) => {
      await failing(fault);
      const caller = new AbortController();
      const call = (await create()).invoke(question, { signal: caller.signal });
      const failed = expect(call).rejects.toThrow();
      await vi.waitUntil(() => server.held() === 1);
      caller.abort(new Error('the deadline has passed'));
      await failed;
      await vi.waitUntil(() => server.held() === 0);
    });

    it('gives up by itself on a server that says nothing', async () => {
      await failing('silent');
      await expect((await create(200)).invoke(question)).rejects.toThrow();
      expect(server.journal).toHaveLength(1);
      await vi.waitUntil(() => server.held() === 0);
    });

    it('prints nothing of what it asks, whatever the environment would have logged', async () => {
      const variables = ['OPENAI_LOG', 'ANTHROPIC_LOG'];
      for (const name of variables) vi.stubEnv(name, 'debug');
      const printed: unknown[] = [];
      const spies = (['debug', 'info', 'log', 'warn', 'error'] as const).map((level) =>
        vi.spyOn(console, level).mockImplementation((...said) => void printed.push(said)),
      );
      await play([{ kind: 'text', text: 'here' }]);
      await (await create()).invoke(question);
      for (const spy of spies) spy.mockRestore();
      for (const name of variables) vi.stubEnv(name, undefined);
      expect(printed).toEqual([]);
    });

    describe('with an environment that means somebody else', () => {
      afterEach(() => {
        for (const name of elsewhere) vi.stubEnv(name, undefined);
      });
      const elsewhere = ['OPENAI_BASE_URL', 'OPENAI_API_BASE', 'ANTHROPIC_BASE_URL', 'ANTHROPIC_API_URL', 'LANGSMITH_GATEWAY'];
      const keys = ['OPENAI_API_KEY', 'OPENAI_ORGANIZATION', 'OPENAI_PROJECT_ID', 'ANTHROPIC_AUTH_TOKEN', 'GOOGLE_API_KEY'];

      it('asks whom the settings name, with nobody else’s key', async () => {
        for (const name of elsewhere) vi.stubEnv(name, 'http://127.0.0.1:9');
        for (const name of keys) vi.stubEnv(name, `value-of-${name}`);
        await play([{ kind: 'text', text: 'here' }]);
        expect((await (await create()).invoke(question)).text).toBe('here');
        const sent = JSON.stringify(server.journal);
        expect(sent).toContain('checkout answers 500');
        // OpenAI's own client may name the organization that the environment does: the key belongs to it.
        const foreign = keys.filter((name) => id !== 'openai' || name === 'OPENAI_API_KEY');
        for (const name of foreign) expect(sent).not.toContain(`value-of-${name}`);
      });
    });
  });
}

function bind(asked: Awaited<ReturnType<LlmPlugin['create']>>) {
  if (!asked.bindTools) throw new Error('the model takes no tools');
  return asked.bindTools(tools);
}

/** Where the clients keep the HTTP status of a failure. */
function statusOf(error: unknown): unknown {
  const { status, $metadata } = error as { status?: number; $metadata?: { httpStatusCode?: number } };
  return status ?? $metadata?.httpStatusCode;
}
