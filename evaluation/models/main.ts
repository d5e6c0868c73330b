/**
 * `npm run eval:models`: the agent's own questions to models, about incidents whose cause is known: how often they help, what they cost, how long
 * they take. Providers are set up as for the agent, by KINTSUGI_LLM_…; without one a scripted stand-in is asked, whose figures mean nothing.
 * Exit codes: 0 every model was asked · 1 one could not be · 2 options or settings refused.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { loadSettings } from '../../agent/config/load.ts';
import { ConfigError } from '../../agent/domain/errors.ts';
import { createModels } from '../../agent/llm/chain/models.ts';
import { llmPlugins } from '../../agent/llm/index.ts';
import { type Answered, askAll, purseOf } from './ask.ts';
import { cases } from './cases.ts';
import { questionsOf } from './questions.ts';
import { renderMisses, renderTable } from './table.ts';

/** Asked when nothing else is said, as far as their provider is set up. */
const usual = ['openai:gpt-5-mini', 'anthropic:claude-haiku-4-5', 'google:gemini-2.5-flash'];
const standIn = 'scripted:yes-man';
const script = fileURLToPath(new URL('scripted.yaml', import.meta.url));

/** What the agent needs besides, and a model does not see. */
const needed = {
  KINTSUGI_CLUSTERS: 'shop',
  KINTSUGI_EVIDENCE_PROMETHEUS_URL: 'http://127.0.0.1:9',
  ...Object.fromEntries(
    ['WEBHOOK_TOKEN', 'API_TOKEN', 'AUDIT_KEY'].map((name) => [`KINTSUGI_${name}`, 'not-used-by-the-evaluation-of-models']),
  ),
};

interface Options {
  models?: string[];
  maxUsd: number;
  timeout: number;
  json?: string;
  misses: boolean;
}

const cli = new Command('npm run eval:models --')
  .description("Asks models the agent's own questions about incidents whose cause is known.")
  .option('--models <names>', 'as <provider>:<model>, separated by commas', (text) => text.split(',').map((name) => name.trim()))
  .option('--max-usd <dollars>', 'no call is made that could pass this, over all models', positive, 1)
  .option('--timeout <seconds>', 'longest wait for one answer', positive, 60)
  .option('--misses', 'list every question that was not answered right', false)
  .option('--json <file>', 'write every answer as JSON')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

async function main(): Promise<number> {
  const options = cli.parse().opts<Options>();
  const llm = settings();
  const timeoutMs = options.timeout * 1000;
  const models = createModels(llmPlugins, llm.provider, { timeoutMs });
  const names = options.models ?? usual.filter((name) => models.problemOf(name) === undefined);
  if (names.length === 0) {
    console.error(`!!! NO MODEL WAS ASKED: no provider is set up (${usual.map((name) => models.problemOf(name)).join('; ')}).`);
    console.error(
      `!!! What follows is ${standIn}, a file that agrees with everything: it shows that the evaluation works, and nothing about models.`,
    );
    names.push(standIn);
  }
  const questions = cases.flatMap(questionsOf);
  const purse = purseOf(options.maxUsd, llm.budget.prices);
  const answers = new Map<string, Answered[]>();
  let hasFailed = false;
  for (const name of names) {
    const problem = models.problemOf(name);
    if (problem !== undefined) {
      console.error(`!!! NOT ASKED: ${name}: ${problem}`);
      hasFailed = true;
      continue;
    }
    console.error(`${name}: ${questions.length} questions …`);
    const answered = await askAll(name, models, questions, purse, timeoutMs);
    answers.set(name, answered);
    if (answered.every(({ isRight }) => isRight === null)) hasFailed = true;
  }
  console.log(renderTable(answers));
  if (options.misses) console.log(renderMisses(answers));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(Object.fromEntries(answers), null, 2)}\n`);
  return hasFailed ? 1 : 0;
}

/** The agent's own settings of the providers, chains left out: whoever is asked is named here. */
function settings() {
  const given = Object.entries(process.env).filter(
    ([name]) => name.startsWith('KINTSUGI_LLM_') && !name.startsWith('KINTSUGI_LLM_CHAINS_'),
  );
  return loadSettings({ KINTSUGI_LLM_PROVIDER_SCRIPTED_FILE: script, ...Object.fromEntries(given), ...needed }).llm;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
