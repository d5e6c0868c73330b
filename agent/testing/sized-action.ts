/** The roll-back of the tests' world with a size to it, so that less of it can be agreed to. */
import { z } from 'zod';
import type { Action } from '../action/action.ts';
import type { Plan } from '../domain/plan.ts';
import { fakeAction, type World } from './world.ts';

const Params = z.strictObject({ cluster: z.string(), service: z.string(), tasks: z.number().int().min(1).max(100) });

/** Proposes four tasks; `done` gets the plan of each change that is made. */
export function sizedAction(world: World, done: (plan: Plan) => void = () => undefined): Action {
  const whole = fakeAction(world, { id: 'roll-back-deployment', cures: ['bad-deployment'], undoable: true });
  return {
    ...whole,
    params: Params,
    propose: (_hypothesis, target) => ({ ...target, tasks: 4 }),
    async plan(params, signal) {
      const { cluster, service, tasks } = Params.parse(params);
      const plan = await whole.plan({ cluster, service }, signal);
      if ('notPossible' in plan) return plan;
      const blastRadius = { services: 1, tasks, shareOfCapacity: tasks / 10 };
      return { ...plan, params: { cluster, service, tasks }, blastRadius, summary: `roll back ${tasks} tasks of ${service}` };
    },
    isNarrower(from, to) {
      const [all, part] = [Params.parse(from), Params.parse(to)];
      return part.cluster === all.cluster && part.service === all.service && part.tasks <= all.tasks;
    },
    execute(plan, effect) {
      done(plan);
      return whole.execute(plan, effect);
    },
  };
}
