import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inventoryOf, startWebhook, type WebhookServer } from '../../testing/webhook-server.ts';

const folder = join(import.meta.dirname, 'fixtures');
const files = readdirSync(folder).sort();
const inventory = inventoryOf({
  prod: ['cart', 'checkout', 'payments', 'search', 'svc-0', 'svc-1', 'svc-2'],
});

/** The recorded body whose file name starts with `number`, byte for byte. */
function recorded(number: string): string {
  return readFileSync(join(folder, files.find((file) => file.startsWith(`${number}-`)) ?? number), 'utf8');
}

let webhook: WebhookServer;
beforeEach(async () => {
  webhook = await startWebhook({ inventory, defaultCluster: 'prod' });
});
afterEach(() => webhook.stop());

async function dispositions(): Promise<string[]> {
  return (await webhook.incidents.alerts({})).map((row) => row.disposition).reverse();
}

/** What each recorded body leaves in an empty store. */
const alone: Record<string, string[]> = {
  '01': ['opened'],
  '02': ['opened', 'opened', 'opened'],
  '03': ['opened', 'opened', 'opened', 'opened'],
  '04': ['resolved', 'opened', 'opened', 'opened'],
  '05': ['resolved', 'resolved', 'resolved'],
  '06': ['resolved'],
  '07': ['opened', 'opened', 'opened'],
  '08': ['opened'],
  '09': ['opened'],
  '10': ['resolved'],
  '11': ['resolved'],
  // Names a task, but no service.
  '12': ['declined'],
  '13a': ['opened'],
  '13b': ['opened'],
  '14a': ['opened'],
  '14b': ['resolved'],
  '15': ['declined'],
  '16': ['declined'],
  '17': ['declined'],
  '18': ['declined'],
  '19': ['declined'],
  '20': ['opened'],
};

describe('recorded Alertmanager bodies', () => {
  it('are all tested', () => {
    expect(files.map((file) => file.split('-')[0])).toEqual(Object.keys(alone).sort());
  });

  it.each(Object.entries(alone))('%s is stored before the 202, with a row per alert', async (number, expected) => {
    const answer = await webhook.post(recorded(number));
    expect(answer.status).toBe(202);
    expect((await dispositions()).toSorted()).toEqual(expected.toSorted());
    const open = await webhook.incidents.list({ open: true });
    expect(open).toHaveLength(expected.filter((one) => one === 'opened').length);
    expect(answer.body).toEqual({ accepted: expected.length, notification: 1 });
    expect(await webhook.trail.verify()).toMatchObject({ brokenAt: null });
  });

  it.each(files)('%s keeps its own alerts when they name no cluster and there is no default: declined, with the reason', async (file) => {
    const strict = await startWebhook({ inventory });
    const body = readFileSync(join(folder, file), 'utf8');
    const { alerts } = JSON.parse(body) as { alerts: { labels: Record<string, string> }[] };
    await strict.post(body);
    const rows = await strict.incidents.alerts({});
    const declined = rows.filter((row) => row.disposition === 'declined');
    expect(declined).toHaveLength(alerts.filter((alert) => !alert.labels.ecs_cluster).length);
    for (const row of declined) expect(row.reason).toContain('no label ecs_cluster');
    await strict.stop();
  });
});

describe('sequences of recorded bodies', () => {
  it('a repeat within the minute is counted and changes nothing else', async () => {
    const first = await webhook.post(recorded('01'));
    const repeat = await webhook.post(recorded('08'));
    expect(repeat.body).toEqual(first.body);
    expect(await webhook.incidents.list({})).toMatchObject([{ firings: 1, severity: 'critical' }]);
  });

  it('a later repeat joins its incident and is counted as a firing', async () => {
    await webhook.post(recorded('01'));
    await webhook.clock.advance(300_000);
    expect((await webhook.post(recorded('08'))).body).toEqual({ accepted: 1, notification: 2 });
    expect(await webhook.incidents.list({})).toMatchObject([{ firings: 2, severity: 'critical' }]);
    expect((await webhook.incidents.alerts({ limit: 1 }))[0]?.reason).toContain('byte for byte');
  });

  it('a growing and shrinking group keeps one incident per service', async () => {
    for (const number of ['02', '03', '04', '05']) expect((await webhook.post(recorded(number))).status).toBe(202);
    const incidents = await webhook.incidents.list({});
    expect(incidents.map((one) => one.resource.service).toSorted()).toEqual(['cart', 'checkout', 'payments', 'search']);
    expect(incidents.every((one) => one.status === 'open' && one.resolvedAt !== null)).toBe(true);
  });

  it('a resolution is a hint: the incident stays open, whatever made the alert go away', async () => {
    await webhook.post(recorded('09'));
    await webhook.post(recorded('10'));
    const hinted = await webhook.incidents.list({});
    expect(hinted).toMatchObject([{ alertName: 'HighErrorRatio', status: 'open' }]);
    expect(hinted[0]?.resolvedAt).not.toBeNull();
  });

  it('both copies of a high-availability pair make one incident', async () => {
    const copies = await Promise.all([webhook.post(recorded('13a')), webhook.post(recorded('13b'))]);
    expect(copies.map((copy) => copy.body.notification).toSorted()).toEqual([1, 2]);
    expect((await dispositions()).toSorted()).toEqual(['merged', 'opened']);
    expect(await webhook.incidents.list({})).toMatchObject([{ firings: 2 }]);
  });

  it('a flapping alert whose start differs between firing and resolution is one incident', async () => {
    await webhook.post(recorded('14a'));
    await webhook.post(recorded('14b'));
    await webhook.post(recorded('14a'));
    expect(await dispositions()).toEqual(['opened', 'resolved', 'merged']);
    expect(await webhook.incidents.list({})).toMatchObject([{ firings: 2, resolvedAt: null }]);
  });

  it('a cut group says in every row how many are missing', async () => {
    await webhook.post(recorded('07'));
    for (const row of await webhook.incidents.alerts({})) expect(row.reason).toContain('left 7 more alerts of this group out');
  });
});

describe('hostile bodies', () => {
  it('reserved names change no prototype and reach nobody', async () => {
    await webhook.post(recorded('15'));
    const [row] = await webhook.incidents.alerts({});
    expect(Object.keys(row?.labels ?? {})).toEqual(['alertname', 'mode']);
    expect(row?.reason).toContain('left out label names that are reserved: __proto__, constructor, hasOwnProperty, toString');
    expect(row?.reason).toContain('left out annotation names that are reserved: __proto__');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(String({})).toBe('[object Object]');
  });

  it('control, bidi and NUL characters are replaced, in the store, the trail and the log', async () => {
    await webhook.post(recorded('17'));
    const [row] = await webhook.incidents.alerts({});
    expect(row?.labels.service).toBe('checkout\ufffdINFO action=approved by=admin \ufffd[2J\ufffdgnp.exe\ufffd');
    expect(row?.annotations.summary).toBe('line1\nline2\ufffdx');
    const written = JSON.stringify(await webhook.trail.list({})) + webhook.logged.map((line) => line.trimEnd()).join('');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the very characters that must not be there
    expect(written).not.toMatch(/[\u0000-\u001f\u202e\u2028]|\\u0000|\\u001b/);
  });

  it('a name that becomes valid by dropping a character is declined', async () => {
    const body = recorded('20').replaceAll('"service":"checkout"', '"service":"check\\u0000out"');
    await webhook.post(body);
    expect(await dispositions()).toEqual(['declined']);
  });

  it('markup and instructions are kept as the text they are', async () => {
    await webhook.post(recorded('16'));
    await webhook.post(recorded('20'));
    const [instructions, markup] = await webhook.incidents.alerts({});
    expect(markup?.labels.service).toBe('<img src=x onerror=alert(1)>');
    expect(instructions?.annotations.description).toContain('ignore previous rules');
    expect(await webhook.incidents.list({})).toMatchObject([{ resource: { cluster: 'prod', service: 'checkout' } }]);
  });

  it('each log line is one JSON object', async () => {
    const different = new Set(Object.keys(alone).map(recorded));
    for (const body of different) await webhook.post(body);
    expect(webhook.logged).toHaveLength(different.size);
    for (const line of webhook.logged) expect(JSON.parse(line)).toMatchObject({ msg: 'notifications sorted' });
  });
});
