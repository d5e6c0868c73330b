import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentEnvironment, startAgentProcess } from './testing/agent-process.ts';
import { startUpstreams, type Upstreams } from './testing/upstreams.ts';

const vendors = /@langchain\/(openai|aws|anthropic|google)|node_modules\/(openai|@anthropic-ai|@google)\/|client-bedrock/;

/** Runs before the agent, and at its end writes down every file it has loaded. */
const watch = `
  import { registerHooks } from 'node:module';
  import { writeFileSync } from 'node:fs';
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  process.on('exit', () => writeFileSync(process.env.LOADED_FILE, loaded.join('\\n')));`;

describe('the agent as it starts', () => {
  let folder: string;
  let upstreams: Upstreams;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kintsugi-models-'));
    upstreams = await startUpstreams();
  });
  afterAll(async () => {
    await upstreams.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function startedWith(models: Record<string, string>): Promise<{ loaded: string; metrics: string }> {
    const file = join(folder, 'loaded');
    const agent = await startAgentProcess({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(watch)}`,
      LOADED_FILE: file,
      ...agentEnvironment(upstreams.url),
      KINTSUGI_STORE_PATH: join(folder, `${Object.keys(models).length}.db`),
      ...models,
    });
    const { text: metrics } = await agent.get('/metrics', '');
    expect(await agent.stop()).toBe(0);
    return { loaded: await readFile(file, 'utf8'), metrics };
  }

  it('loads nothing of any provider, and shows no money, when no chain is set', async () => {
    const { loaded, metrics } = await startedWith({});
    expect(loaded).toContain('/agent/llm/openai/index.ts');
    expect(loaded.split('\n').filter((url) => vendors.test(url))).toEqual([]);
    expect(metrics).not.toContain('kintsugi_model_spent_usd{');
  });

  it('loads nothing of a provider before it is asked, and shows what may be spent, when one is', async () => {
    const { loaded, metrics } = await startedWith({
      KINTSUGI_LLM_CHAINS_TRIAGE: 'openai:gpt-5-mini',
      KINTSUGI_LLM_PROVIDER_OPENAI_API_KEY: 'none',
      KINTSUGI_LLM_BUDGET_DAY_USD: '7.5',
    });
    expect(loaded.split('\n').filter((url) => vendors.test(url))).toEqual([]);
    expect(metrics).toContain('kintsugi_model_spent_usd{window="day"} 0\n');
    expect(metrics).toContain('kintsugi_model_ceiling_usd{window="day"} 7.5\n');
    expect(metrics).toContain('kintsugi_model_ceiling_usd{window="month"} 50\n');
  });
});
