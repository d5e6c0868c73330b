/** The stacks of an environment in the order in which they are applied: each reads only what an earlier one has told. */
import type { Construct } from 'constructs';
import type { Settings } from '../settings/schema.ts';
import { AgentStack } from './agent.ts';
import { AuditStack } from './audit.ts';
import { BootstrapStack } from './bootstrap.ts';
import { BudgetStack } from './budget.ts';
import { type ChaosSettings, ChaosStack } from './chaos.ts';
import { DataStack } from './data.ts';
import { type DemoSettings, DemoStack } from './demo.ts';
import type { EnvironmentStack } from './environment-stack.ts';
import { NetworkStack } from './network.ts';
import { ObservabilityStack } from './observability.ts';
import { PlatformStack } from './platform.ts';
import { type ScheduleSettings, ScheduleStack } from './schedule.ts';

export function createStacks(scope: Construct, settings: Settings): EnvironmentStack[] {
  const { demo, chaos, night } = settings;
  return [
    new BootstrapStack(scope, settings),
    new NetworkStack(scope, settings),
    new AuditStack(scope, settings),
    new DataStack(scope, settings),
    new PlatformStack(scope, settings),
    new AgentStack(scope, settings),
    new ObservabilityStack(scope, settings),
    ...(demo ? [new DemoStack(scope, settings as DemoSettings)] : []),
    ...(demo && night ? [new ScheduleStack(scope, settings as ScheduleSettings)] : []),
    ...(demo && chaos ? [new ChaosStack(scope, settings as ChaosSettings)] : []),
    new BudgetStack(scope, settings),
  ];
}
