import { describe, expect, it } from 'vitest';
import { remedies } from '../diagnosis/rules/remedies.ts';
import { type Cause, causes } from '../domain/cause.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createAwsClients } from './aws/clients.ts';
import { actionPlugins, createCatalog } from './index.ts';

const deps = { aws: createAwsClients({ region: 'eu-west-1' }), clock: createFakeClock() };

describe('the catalogue', () => {
  it('has safe defaults for every setting, each with a description', () => {
    for (const { config } of actionPlugins) {
      const settings = Object.entries((config as unknown as { shape: Record<string, { description?: string }> }).shape);
      expect(config.safeParse({}).success).toBe(true);
      expect(settings.filter(([, setting]) => !setting.description)).toEqual([]);
      expect(config.safeParse({ unknownSetting: 1 }).success).toBe(false);
    }
  });

  const defaults = Object.fromEntries(actionPlugins.map(({ id, config }) => [id, config.parse({})]));
  const mending = createCatalog(defaults, deps).filter(({ purpose }) => purpose !== 'tell');
  const offered = (cause: Cause) => mending.filter(({ cures }) => cures.includes(cause)).map(({ id }) => id);

  it('offers without any setting what cures a cause, the surest and gentlest first', () => {
    expect(offered('bad-deployment')[0]).toBe('roll-back-deployment');
    expect(offered('task-start-failure')[0]).toBe('roll-back-deployment');
    expect(offered('sick-task')).toEqual(['stop-task']);
    expect(offered('all-tasks-degraded')).toEqual(['force-new-deployment', 'restart-tasks']);
    expect(offered('overload')).toEqual(['scale-service']);
    for (const cause of ['capacity-loss', 'planned-zero', 'api-throttled'] as const) expect(offered(cause)).toEqual([]);
  });

  it.each(causes)('offers for %s what the diagnosis says it calls for', (cause) => {
    const remedy = remedies[cause];
    if (remedy.kind === 'action') return expect(offered(cause)).toContain(remedy.action);
    // What calls for a person is not mended without one.
    const byItself = mending.filter(({ needsApproval }) => needsApproval === undefined);
    expect(byItself.filter(({ cures }) => cures.includes(cause)).map(({ id }) => id)).toEqual([]);
    if (remedy.kind === 'watch') expect(offered(cause)).toEqual([]);
  });

  it('says of each action which permissions it needs', () => {
    expect(mending.filter(({ rights }) => rights === undefined).map(({ id }) => id)).toEqual([]);
  });
});
