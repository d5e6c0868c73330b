/** What the environment may cost a month, and who hears of it before and after. */
import { BudgetsBudget } from '@cdktf/provider-aws/lib/budgets-budget/index.js';
import type { Construct } from 'constructs';
import type { Settings } from '../settings/schema.ts';
import { EnvironmentStack } from './environment-stack.ts';

export class BudgetStack extends EnvironmentStack {
  constructor(scope: Construct, settings: Settings) {
    super(scope, 'budget', settings);
    const { monthlyUsd, emails } = settings.budget;
    const notice = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      comparisonOperator: 'GREATER_THAN',
      threshold,
      thresholdType: 'PERCENTAGE',
      notificationType,
      subscriberEmailAddresses: emails,
    });
    new BudgetsBudget(this, 'monthly', {
      name: this.names.prefix,
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      limitAmount: monthlyUsd.toFixed(1),
      limitUnit: 'USD',
      // Counts from the day on which the tag is activated for cost allocation.
      costFilter: [{ name: 'TagKeyValue', values: ['user:application$kintsugi'] }],
      notification: [notice('ACTUAL', 50), notice('ACTUAL', 80), notice('ACTUAL', 100), notice('FORECASTED', 100)],
    });
  }
}
