/**
 * Turns the production configuration of Prometheus and Alertmanager into one for a demo that runs `pace` times faster. Pure: text in, text out.
 * It changes durations and the webhook's address and nothing else; in particular it never touches a threshold or a label.
 */
import { type Document, isMap, isScalar, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';

/** How often the demo scrapes and evaluates, whatever production does. */
const SCRAPE_INTERVAL_MS = 1000;
/** Below this `rate` finds too few samples in its window. */
const MIN_RANGE_MS = 4 * SCRAPE_INTERVAL_MS;
const MIN_INTERVAL_MS = 1000;

const UNIT_MS: Record<string, number> = { y: 31_536_000_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const DURATION = /(?:\d+(?:ms|[ywdhms]))+/;
const WHOLE_DURATION = new RegExp(`^(?:0|${DURATION.source})$`);

/** A Prometheus duration such as `1h30m` in milliseconds. Throws when it is not one. */
function parseDuration(text: string): number {
  if (!WHOLE_DURATION.test(text)) throw new Error(`'${text}' is not a Prometheus duration such as 30s or 5m`);
  return [...text.matchAll(/(\d+)(ms|[ywdhms])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}

function formatDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${Math.round(ms)}ms`;
}

/** Zero stays zero: `for: 0s` means "at once" at any pace. */
export function shortenDuration(text: string, pace: number, minMs = MIN_INTERVAL_MS): string {
  const ms = parseDuration(text);
  return formatDuration(ms === 0 ? 0 : Math.max(minMs, Math.round(ms / pace)));
}

const PROMQL_PART = new RegExp(
  [
    /(?<skip>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\n]*)/.source,
    `\\[\\s*(?<range>${DURATION.source})\\s*(?<colon>:)?\\s*(?<step>${DURATION.source})?\\s*\\]`,
    `\\boffset\\s+(?<sign>-?)\\s*(?<offset>${DURATION.source})`,
  ].join('|'),
  'g',
);

/** Shortens `[5m]`, `[1h:1m]` and `offset 10m`; what stands in strings and comments stays. */
export function shortenExpression(expression: string, pace: number): string {
  return expression.replace(PROMQL_PART, (all: string, ...rest: unknown[]) => {
    const { range, colon, step, sign, offset } = rest.at(-1) as Record<string, string | undefined>;
    if (range !== undefined) {
      const resolution = step === undefined ? '' : shortenDuration(step, pace);
      return `[${shortenDuration(range, pace, MIN_RANGE_MS)}${colon ?? ''}${resolution}]`;
    }
    return offset === undefined ? all : `offset ${sign ?? ''}${shortenDuration(offset, pace)}`;
  });
}

function parse(text: string, what: string): Document {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw new Error(`${what} is not YAML: ${error.message}`);
  return document;
}

function print(document: Document): string {
  return document.toString({ lineWidth: 0 });
}

function mapsIn(parent: unknown, ...path: (string | '*')[]): YAMLMap[] {
  const [key, ...rest] = path;
  if (key === undefined) return isMap(parent) ? [parent] : [];
  if (key === '*') return isSeq(parent) ? (parent as YAMLSeq).items.flatMap((item) => mapsIn(item, ...rest)) : [];
  return isMap(parent) ? mapsIn(parent.get(key, true), ...rest) : [];
}

function change(map: YAMLMap, key: string, how: (value: string) => string): void {
  const node = map.get(key, true);
  if (isScalar(node)) node.value = how(String(node.value));
}

function checkPace(pace: number): void {
  if (!(pace >= 1)) throw new Error(`pace must be 1 or more, got ${pace}`);
}

/** Scrape and evaluation intervals become 1 s, for every job; the rest is divided by `pace`. */
export function shortenPrometheusConfig(text: string, pace: number): string {
  checkPace(pace);
  const document = parse(text, 'prometheus.yml');
  const second = formatDuration(SCRAPE_INTERVAL_MS);
  document.setIn(['global', 'scrape_interval'], second);
  document.setIn(['global', 'evaluation_interval'], second);
  // A scrape may not take longer than its interval.
  for (const map of [...mapsIn(document.contents, 'global'), ...mapsIn(document.contents, 'scrape_configs', '*')]) {
    change(map, 'scrape_interval', () => second);
    change(map, 'scrape_timeout', (value) => (parseDuration(value) > SCRAPE_INTERVAL_MS ? second : value));
  }
  for (const parent of [
    ...mapsIn(document.contents, 'scrape_configs', '*'),
    ...mapsIn(document.contents, 'alerting', 'alertmanagers', '*'),
  ]) {
    for (const discovery of mapsIn(parent, 'file_sd_configs', '*')) {
      change(discovery, 'refresh_interval', (value) => shortenDuration(value, pace));
    }
  }
  return print(document);
}

/** One file of alerting and recording rules. */
export function shortenRules(text: string, pace: number): string {
  checkPace(pace);
  const document = parse(text, 'the rule file');
  for (const group of mapsIn(document.contents, 'groups', '*')) {
    change(group, 'interval', (value) => shortenDuration(value, pace));
    for (const rule of mapsIn(group, 'rules', '*')) {
      change(rule, 'for', (value) => shortenDuration(value, pace));
      change(rule, 'keep_firing_for', (value) => shortenDuration(value, pace));
      change(rule, 'expr', (value) => shortenExpression(value, pace));
    }
  }
  return print(document);
}

function shortenRoute(route: YAMLMap, pace: number): void {
  for (const key of ['group_wait', 'group_interval', 'repeat_interval']) change(route, key, (value) => shortenDuration(value, pace));
  for (const child of mapsIn(route, 'routes', '*')) shortenRoute(child, pace);
}

export interface AlertmanagerChanges {
  pace: number;
  /** Replaces the address of the webhook of the receiver called `kintsugi`. */
  webhookUrl: string;
}

/** Throws when there is no receiver `kintsugi` with a webhook: the demo would wait for ever. */
export function shortenAlertmanagerConfig(text: string, { pace, webhookUrl }: AlertmanagerChanges): string {
  checkPace(pace);
  const document = parse(text, 'alertmanager.yml');
  for (const map of mapsIn(document.contents, 'global')) change(map, 'resolve_timeout', (value) => shortenDuration(value, pace));
  for (const route of mapsIn(document.contents, 'route')) shortenRoute(route, pace);
  const webhooks = mapsIn(document.contents, 'receivers', '*')
    .filter((receiver) => receiver.get('name') === 'kintsugi')
    .flatMap((receiver) => mapsIn(receiver, 'webhook_configs', '*'));
  if (webhooks.length === 0) throw new Error("alertmanager.yml has no receiver 'kintsugi' with a webhook");
  for (const webhook of webhooks) change(webhook, 'url', () => webhookUrl);
  return print(document);
}
