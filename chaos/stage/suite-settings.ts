/** Settings of the agent that the suite gives beside those of every stage: all actions on, and the durations of an installation divided by the pace. */

import type { FlagsDocument } from './stage.ts';

/** What an installation has by default, in seconds, but for what says otherwise. */
const productionSeconds = {
  // Twice what is usual: of the suite's few shoppers a quarter asks checkout, and of fewer than twenty requests a 95th percentile says nothing.
  KINTSUGI_RUN_RECENT_SECONDS: 240,
  KINTSUGI_POLICY_COOLDOWN_SECONDS: 900,
  KINTSUGI_POLICY_TARGET_BUDGET_PER_SECONDS: 900,
  KINTSUGI_POLICY_ACTION_BUDGET_PER_SECONDS: 600,
  KINTSUGI_POLICY_CLUSTER_BUDGET_PER_SECONDS: 600,
  KINTSUGI_POLICY_FLEET_BUDGET_PER_SECONDS: 3600,
  KINTSUGI_POLICY_BREAKER_PER_SECONDS: 3600,
  KINTSUGI_POLICY_BREAKER_OPEN_SECONDS: 3600,
  KINTSUGI_DIAGNOSIS_STUCK_DEPLOYMENT_SECONDS: 1800,
  KINTSUGI_ACTION_SCALE_SERVICE_QUIET_SECONDS: 300,
  KINTSUGI_ACTION_SCALE_SERVICE_PUT_BACK_AFTER_SECONDS: 3600,
};

/** The flags of the shop that the agent may set. */
export function flagSettings(cluster: string, { application, environment, profile, strategy }: FlagsDocument): Record<string, string> {
  const entry = {
    name: 'gift-wrap-off',
    flag: 'giftWrap',
    value: false,
    causes: ['all-tasks-degraded'],
    services: [`${cluster}/checkout`],
    at: { kind: 'appconfig', application, environment, profile, strategy },
  };
  return { KINTSUGI_ACTION_SET_FLAG_FLAGS: JSON.stringify([entry]) };
}

export function suiteSettings(pace: number): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(productionSeconds).map(([name, seconds]) => [name, String(seconds / pace)])),
    // The least these may be.
    KINTSUGI_ACTION_STOP_DEPLOYMENT_MIN_AGE_SECONDS: '60',
    KINTSUGI_ACTION_RESTART_TASKS_SETTLE_SECONDS: '1',
    KINTSUGI_FLAGS_RESTART_TASKS: 'true',
    KINTSUGI_FLAGS_RAISE_TASK_MEMORY: 'true',
    KINTSUGI_FLAGS_STOP_DEPLOYMENT: 'true',
    KINTSUGI_FLAGS_STOP_EXPERIMENT: 'true',
    // Only experiments that say so by this tag may be stopped; the suite's own do not.
    KINTSUGI_ACTION_STOP_EXPERIMENT_TAG_KEY: 'kintsugi:may-stop',
    KINTSUGI_FLAGS_SET_FLAG: 'true',
  };
}
