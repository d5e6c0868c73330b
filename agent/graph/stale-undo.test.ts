import { expect, it } from 'vitest';
import { actionKey } from '../action/ledger.ts';
import { StoreError } from '../domain/errors.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeploymentNotCured, healthy } from '../testing/scenes.ts';
import { createWorld } from '../testing/world.ts';

const { start } = agentsOfTest();

it('a change is not put back by a verification of an hour ago: the services are watched anew', async () => {
  let isDown = true;
  let tries = 0;
  const world = createWorld(badDeploymentNotCured);
  const agent = await start(world, {
    deps: (deps) => ({
      ...deps,
      ledger: {
        ...deps.ledger,
        undo(order) {
          if (!isDown) return deps.ledger.undo(order);
          tries += 1;
          return Promise.reject(new StoreError('the store is away'));
        },
      },
    }),
  });
  const incident = await agent.alert('checkout');
  await agent.until(() => tries > 0);
  // Meanwhile a person mends it, and the revision that was gone back to serves well.
  world.scene = (done, cluster) => healthy(done, cluster).deployed('checkout', 'checkout:2', -90).deployed('checkout', 'checkout:1', 150);
  for (let minute = 0; minute < 60; minute += 1) await agent.clock.advance(60_000);
  isDown = false;
  await agent.closed(incident);
  expect(world.effects.map(({ step }) => step)).toEqual(['execute']);
}, 120_000);

it('an undo that was intended before the agent was away is read back, and neither repeated blindly nor left open', async () => {
  let isDown = true;
  let tries = 0;
  const world = createWorld(badDeploymentNotCured);
  const agent = await start(world, {
    deps: (deps) => ({
      ...deps,
      ledger: {
        ...deps.ledger,
        async undo(order) {
          if (!isDown) return deps.ledger.undo(order);
          tries += 1;
          // As a process that dies right after its intent leaves it.
          await deps.actions.intend(
            {
              key: actionKey(order.incidentId, order.attempt, 'undo', order.plan),
              incidentId: order.incidentId,
              step: 'undo',
              plan: order.plan,
            },
            order.lease,
          );
          throw new StoreError('the store is away');
        },
      },
    }),
  });
  const incident = await agent.alert('checkout');
  await agent.until(() => tries > 0);
  for (let minute = 0; minute < 60; minute += 1) await agent.clock.advance(60_000);
  isDown = false;
  expect(await agent.closed(incident)).toMatchObject({
    outcome: 'escalated',
    outcomeReason: expect.stringContaining('the verification is'),
  });
  expect(world.effects.map(({ step }) => step)).toEqual(['execute']);
  expect((await agent.actions.ofIncident(incident.id)).map(({ step, status }) => [step, status])).toEqual([
    ['execute', 'done'],
    ['undo', 'failed'],
  ]);
}, 120_000);
