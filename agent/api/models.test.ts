import { describe, expect, it } from 'vitest';
import { apiToken } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { healthy } from '../testing/scenes.ts';
import { ModelList } from './contract.ts';

const { start } = agentsOfTest();
const order = { models: ['test:a', 'test:b'], by: 'ann', reason: 'try the small one' };

describe('/api/models', () => {
  it('shows every role, switches one at once with an audit entry, and takes it back', async () => {
    const { api, trail } = await start(healthy);
    const before = ModelList.parse((await api('/models')).body);
    expect(before.chains.map(({ role, models }) => [role, models])).toEqual(
      ['triage', 'analysis', 'audit', 'report', 'patch'].map((role) => [role, []]),
    );
    const switched = ModelList.parse((await api('/models/analysis', order, 'PUT')).body);
    expect(switched.chains[1]).toMatchObject({
      role: 'analysis',
      models: [
        { name: 'test:a', breaker: 'closed', problem: null },
        { name: 'test:b', breaker: 'closed', problem: null },
      ],
      setting: [],
      order: { by: 'ann', reason: 'try the small one', models: ['test:a', 'test:b'] },
    });
    expect(await trail.list({})).toMatchObject([{ actor: 'ann', event: 'models-ordered', detail: { role: 'analysis' } }]);
    const back = ModelList.parse((await api('/models/analysis', { ...order, models: null }, 'PUT')).body);
    expect(back.chains[1]).toMatchObject({ models: [], order: { models: null } });
  });

  it('refuses what cannot be asked, an unknown role, no reason, nobody’s name and a wrong token', async () => {
    const { api } = await start(healthy);
    expect(await api('/models/analysis', { ...order, models: ['nobody:x'] }, 'PUT')).toMatchObject({
      status: 400,
      body: { code: 'MODEL_UNUSABLE', detail: expect.stringContaining('nobody:x') },
    });
    expect(await api('/models/poetry', order, 'PUT')).toMatchObject({ status: 404, body: { detail: expect.stringContaining('triage') } });
    expect(await api('/models/analysis', { ...order, reason: ' ' }, 'PUT')).toMatchObject({ status: 400 });
    expect(await api('/models/analysis', { models: [], reason: 'r' }, 'PUT')).toMatchObject({ status: 400, body: { code: 'API_INVALID' } });
    expect(await api('/models', undefined, 'GET' as 'PUT', `${apiToken}x`)).toMatchObject({ status: 401 });
    expect(ModelList.parse((await api('/models')).body).chains.every(({ order: given }) => given === null)).toBe(true);
  });
});
