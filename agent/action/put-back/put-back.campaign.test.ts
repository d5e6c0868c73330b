import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe } from 'vitest';
import { IncidentId } from '../../domain/ids.ts';
import { createActionStore } from '../../storage/action-store.ts';
import { createAuditTrail } from '../../storage/audit-trail.ts';
import { createIncidentStore } from '../../storage/incident-store.ts';
import { systemClock as clock } from '../../system-clock.ts';
import { campaign } from '../../testing/campaign.ts';
import { engines } from '../../testing/engines.ts';
import { holdOn } from '../../testing/hold.ts';
import type { PutBackProcessOrder } from '../../testing/put-back-process.ts';
import { receivedAlert } from '../../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../../testing/temp-store.ts';
import { created } from '../action.contract.ts';
import { type EcsServer, startEcsServer } from '../ecs/server.contract.ts';
import { createLedger } from '../ledger.ts';
import { scaleService } from '../scale-service/index.ts';

const program = new URL('../../testing/put-back-process.ts', import.meta.url).pathname;
const target = { cluster: 'shop', service: 'checkout' };
const params = { ...target, desiredCount: 4 };
const signal = new AbortController().signal;
const free = async () => null;

/** `call`: the n-th the process makes. `reset`: killed before ECS does it. `lost`: after ECS did it, before the answer is there. */
type Death = { call: number; how: 'reset' | 'lost' } | { afterMs: number };
const deaths = fc.oneof(
  fc.record({ call: fc.integer({ min: 1, max: 4 }), how: fc.constantFrom('reset' as const, 'lost' as const) }),
  fc.record({ afterMs: fc.integer({ min: 0, max: 900 }) }),
);

describe.each(engines)('what is owed, on %s', (engine) => {
  campaign(
    { id: 'O1', title: 'killed with SIGKILL while it puts a change back: put back, once', store: engine, runs: { ci: 8, lab: 40 } },
    async (run) => {
      let killed = 0;
      for (const [number, death] of run.sample(deaths, run.runs).entries()) {
        await run.attempt(`${number} ${JSON.stringify(death)}`, async () => {
          const temp = await openTempStore({ engine });
          const server = await startEcsServer();
          try {
            await raise(temp, server);
            if ((await work(temp, server, death)) === 'SIGKILL') killed += 1;
            // The lease of the dead process is over.
            await temp.raw(`update put_back set lease_until = '2020-01-01T00:00:00.000Z' where state = 'waiting'`);
            await work(temp, server, null);
            await judge(temp, server, death);
          } finally {
            await server.close();
            await temp.remove();
          }
        });
      }
      run.measure('killed', killed);
    },
  );
});

/** Raises the desired count from 3 to 4 for a time that is over, in an incident that is closed. */
async function raise(temp: TempStore, server: EcsServer): Promise<void> {
  const incidents = createIncidentStore(temp.store, clock, countingIds('incident'));
  const [row] = await incidents.receive([receivedAlert({ target: { resource: target } })]);
  const incidentId = IncidentId.parse(row?.incidentId);
  const action = created(scaleService, { aws: server.aws, clock }, { schedule: 'none' });
  const plan = await action.plan(params, signal);
  if ('notPossible' in plan) throw new Error(plan.notPossible);
  const ledger = createLedger({ store: createActionStore(temp.store, clock), clock });
  await ledger.apply({ incidentId, attempt: 1, action, plan, signal, lease: holdOn(incidentId), stopped: free, mayProceed: free });
  await incidents.close('fixed', 'good again', incidentId);
  const aMinuteAgo = new Date(Date.now() - 60_000).toISOString();
  await temp.raw(`update put_back set due_at = '${aMinuteAgo}', next_at = '${aMinuteAgo}'`);
}

/** Lets a process put back what is due; answers the signal it died of, if it did. */
async function work(temp: TempStore, server: EcsServer, death: Death | null): Promise<NodeJS.Signals | null> {
  const endpoint = await server.aws.ecs.reader.config.endpoint?.();
  if (!endpoint) throw new Error('the server has no endpoint');
  const order: PutBackProcessOrder = { address: temp.address, endpoint: `http://${endpoint.hostname}:${endpoint.port}` };
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let calls = 0;
  // The server asks at each call what goes wrong with it.
  server.trouble.get = () => {
    calls += 1;
    if (!death || !('call' in death) || calls !== death.call) return undefined;
    child.kill('SIGKILL');
    return death.how;
  };
  if (death && 'afterMs' in death) setTimeout(() => child.kill('SIGKILL'), death.afterMs).unref();
  const [code, killedBy] = await ended;
  if (killedBy === null && code !== 0) throw new Error(`the process ended with ${code}`);
  return killedBy;
}

async function judge(temp: TempStore, server: EcsServer, death: Death): Promise<void> {
  const sent = server.changes.filter(({ operation, input }) => operation === 'UpdateService' && input.desiredCount === 3).length;
  // A call that broke off before ECS did it has arrived at the server and had no effect.
  const broken = 'how' in death && death.how === 'reset' && death.call === 3 ? 1 : 0;
  const [row] = await temp.raw('select state from put_back');
  const undos = await temp.raw(`select status from action where step = 'undo'`);
  const { brokenAt } = await createAuditTrail(temp.store).verify();
  const found = {
    desired: server.state.desired,
    effects: sent - broken,
    state: row?.state,
    undos: undos.map(({ status }) => status),
    brokenAt,
  };
  const wanted = { desired: 3, effects: 1, state: 'done', undos: ['done'], brokenAt: null };
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Error(`found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
}
