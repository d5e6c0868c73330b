/** The parts of the documentation that are made from the code. `npm run docs` writes them; a test fails when they are stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { describeSettings } from '../agent/config/describe.ts';
import { flags } from '../agent/config/flags.ts';
import { policyFileSchema } from '../agent/config/policy-file/schema.ts';
import { settingsSchema } from '../agent/config/settings.ts';
import type { NodeDependencies } from '../agent/graph/dependencies.ts';
import { buildGraph } from '../agent/graph/graph.ts';
import { priceSources, pricesReadOn, priceTable } from '../agent/llm/budget/price-table.ts';
import { createMetrics } from '../agent/telemetry/metrics.ts';
import { Experiment } from '../chaos/suite/format/schema.ts';
import { providers } from '../chaos/suite/providers/index.ts';
import { withBlock } from './block.ts';

export interface GeneratedBlock {
  file: string;
  /** Name between the markers `<!-- generated:NAME -->` and `<!-- /generated -->`. */
  block: string;
  text: string;
}

export async function generatedBlocks(): Promise<GeneratedBlock[]> {
  return [
    { file: 'docs/architecture.md', block: 'graph', text: await graphDrawing() },
    { file: 'docs/configuration.md', block: 'settings', text: settingsTable() },
    { file: 'docs/configuration.md', block: 'flags', text: flagsTable() },
    { file: 'dashboards/README.md', block: 'metrics', text: metricsTable() },
    { file: 'docs/models.md', block: 'prices', text: pricesTable() },
    { file: 'docs/adding-an-experiment.md', block: 'providers', text: providersTable() },
  ];
}

async function graphDrawing(): Promise<string> {
  // Drawing needs the nodes' names and edges only: no node is run, so none needs its dependencies.
  const drawable = await buildGraph({} as NodeDependencies).getGraphAsync();
  return `\`\`\`mermaid\n${drawable.drawMermaid({ withStyles: false }).trim()}\n\`\`\``;
}

function settingsTable(): string {
  const rows = describeSettings(settingsSchema).map((setting) => {
    const fallback = setting.default === undefined ? '**required**' : setting.default === '' ? '(empty)' : `\`${setting.default}\``;
    const also = setting.secret ? `; or \`${setting.env}_FILE\`, the path of a file that holds it` : '';
    return `| \`${setting.env}\` | ${cell(setting.type)} | ${cell(fallback)} | ${cell(setting.description + also)} |`;
  });
  return ['| Variable | Type | Default | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function flagsTable(): string {
  const rows = flags.map((flag) => `| \`${flag.name}\` | ${flag.turnsOn} | off | \`agent/${flag.owner}/\` |`);
  return ['| Flag | Turns on | Default | Owner |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function metricsTable(): string {
  const { registry } = createMetrics(() => Promise.resolve({}));
  const own = registry.getMetricsAsArray().filter((metric) => metric.name.startsWith('kintsugi_'));
  const rows = own.map((metric) => {
    const labels = 'labelNames' in metric && Array.isArray(metric.labelNames) ? metric.labelNames : [];
    return `| \`${metric.name}\` | ${labels.map((label) => `\`${label}\``).join(', ')} | ${cell(metric.help)} |`;
  });
  return ['| Metric | Labels | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function pricesTable(): string {
  const rows = Object.entries(priceTable).flatMap(([provider, models]) =>
    Object.entries(models).map(([model, { inputUsd, outputUsd, long }]) => {
      const more = long ? `${shownUsd(long.inputUsd)} and ${shownUsd(long.outputUsd)} over ${long.over / 1000},000 tokens in` : '';
      return `| \`${provider}:${model}\` | ${shownUsd(inputUsd)} | ${shownUsd(outputUsd)} | ${more} |`;
    }),
  );
  const head = ['| Model | In | Out | A long prompt |', '| --- | ---: | ---: | --- |'];
  const sources = priceSources.map((source) => `<${source}>`).join(', ');
  const about = `US dollars per million tokens, read on ${pricesReadOn} from copies of ${sources}. Region, date and version in a model's name make no difference.`;
  return [about, '', ...head, ...rows].join('\n');
}

/** Every function an experiment may name, with its arguments. */
function providersTable(): string {
  const rows = providers.flatMap(({ name, actions, probes }) => [
    ...Object.entries(actions).map(([func, { arguments: schema, scope }]) => [
      name,
      func,
      argumentsOf(schema),
      scope === 'once' ? 'the agent' : 'every cluster',
    ]),
    ...Object.entries(probes).map(([func, { arguments: schema }]) => [name, func, argumentsOf(schema), 'probe']),
  ]);
  const lines = rows.map(
    ([module = '', func = '', given = '', where = '']) => `| \`${module}\` | \`${func}\` | ${cell(given)} | ${where} |`,
  );
  return ['| Module | Function | Arguments (? may be left out) | Done to |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function argumentsOf(schema: z.ZodType): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  const names = Object.entries(properties).map(
    ([name, property]) => `\`${name}${required.includes(name) ? '' : '?'}\`${choicesOf(property)}`,
  );
  return names.join(', ');
}

function choicesOf(property: z.core.JSONSchema._JSONSchema): string {
  const choices = typeof property === 'object' ? property.enum : undefined;
  return choices === undefined ? '' : ` (${choices.map((choice) => `\`${String(choice)}\``).join(', ')})`;
}

/** Without the last bits of a floating-point number. */
function shownUsd(usd: number): string {
  return String(Math.round(usd * 1e6) / 1e6);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** The policy file for editors that complete and check YAML. */
export const policySchema = {
  file: 'docs/policy.schema.json',
  text: () => `${JSON.stringify(z.toJSONSchema(policyFileSchema, { io: 'input' }), null, 2)}\n`,
};

/** The same for an experiment's file. */
export const experimentSchema = {
  file: 'docs/experiment.schema.json',
  text: () => `${JSON.stringify(z.toJSONSchema(Experiment, { io: 'input' }), null, 2)}\n`,
};

async function write(): Promise<void> {
  for (const { file, text } of [policySchema, experimentSchema]) writeFileSync(file, text());

  for (const generated of await generatedBlocks()) {
    writeFileSync(generated.file, withBlock(readFileSync(generated.file, 'utf8'), generated));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await write();
