import { describe, expect, it } from 'vitest';
import { remedies } from '../diagnosis/rules/remedies.ts';
import { type Cause, causes } from '../domain/cause.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createAwsClients } from './aws-clients.ts';
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

  it('offers one action for each cause that one can cure, and none for the rest', () => {
    const defaults = Object.fromEntries(actionPlugins.map(({ id, config }) => [id, config.parse({})]));
    const actions = createCatalog(defaults, deps);
    const offered = (cause: Cause) => actions.filter((action) => action.cures.includes(cause)).map((action) => action.id);
    expect(offered('bad-deployment')).toEqual(['roll-back-deployment']);
    expect(offered('task-start-failure')).toEqual(['roll-back-deployment']);
    expect(offered('sick-task')).toEqual(['stop-task']);
    expect(offered('all-tasks-degraded')).toEqual(['force-new-deployment']);
    expect(offered('overload')).toEqual(['scale-service']);
    for (const cause of ['dependency-fault', 'out-of-memory', 'capacity-loss', 'planned-zero'] as const) expect(offered(cause)).toEqual([]);
    // What the diagnosis says a cause calls for is what the catalogue offers for it: neither more nor less.
    for (const cause of causes) {
      const remedy = remedies[cause];
      expect(offered(cause), cause).toEqual(remedy.kind === 'action' ? [remedy.action] : []);
    }
  });
});
