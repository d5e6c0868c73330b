import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addReceivers } from './extra-receivers.ts';

const production = readFileSync(join(import.meta.dirname, '../../dashboards/alertmanager/alertmanager.yml'), 'utf8');

describe('addReceivers', () => {
  it('gives one cluster to another receiver, before the route that takes everything', () => {
    const changed = parse(addReceivers(production, [{ name: 'restart', cluster: 'second', webhookUrl: 'http://127.0.0.1:1/' }]));
    const before = parse(production);
    expect(changed.route.routes).toEqual([
      { receiver: 'restart', matchers: ['ecs_cluster="second"'], continue: true },
      ...before.route.routes,
    ]);
    expect(changed.receivers).toEqual([
      ...before.receivers,
      { name: 'restart', webhook_configs: [{ url: 'http://127.0.0.1:1/', send_resolved: false, max_alerts: 0 }] },
    ]);
  });

  it('changes nothing without any, and refuses a file without routes', () => {
    expect(parse(addReceivers(production, []))).toEqual(parse(production));
    expect(() => addReceivers('receivers: []', [])).toThrow('no routes');
  });
});
