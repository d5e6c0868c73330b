/** What models cost: so far today and this month, and by role, model, day and incident. */
import { Router } from 'express';
import type { Clock } from '../domain/clock.ts';
import type { CostKey, CostLine } from '../llm/budget/call-store.ts';
import { dayOf } from '../llm/budget/ceilings.ts';
import { usdOf } from '../llm/budget/money.ts';
import { pricesReadOn } from '../llm/budget/price-table.ts';
import type { ModelMoney } from '../llm/budget/spending.ts';
import { ModelCost, ModelCostQuery } from './contract.ts';
import { parse } from './parse.ts';

export interface ModelCostDependencies {
  money: ModelMoney;
  clock: Clock;
}

const dayMs = 86_400_000;
/** Roles are five and days at most a year; of models and incidents the dearest are told. */
const mostLines = 366;
const mostIncidents = 20;

export function createModelCostRoutes({ money, clock }: ModelCostDependencies): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const { days } = parse(ModelCostQuery, request.query);
    const since = dayOf(new Date(clock.now().getTime() - (days - 1) * dayMs));
    const linesBy = async (key: CostKey, limit = mostLines) => (await money.costs.by(key, { since, limit })).map(toView);
    const [spending, role, model, day, incident] = await Promise.all([
      money.spending(),
      linesBy('role'),
      linesBy('model'),
      linesBy('day'),
      linesBy('incident', mostIncidents),
    ]);
    const { incidentUsd } = money.settings;
    response.json(ModelCost.parse({ days, spending, incidentCeilingUsd: incidentUsd, pricesReadOn, by: { role, model, day, incident } }));
  });
  return router;
}

function toView({ costNano, ...line }: CostLine) {
  return { ...line, costUsd: usdOf(costNano) };
}
