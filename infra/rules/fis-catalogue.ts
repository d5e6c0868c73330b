/**
 * The ECS actions of FIS on Fargate, from its actions reference of 2026: the provider takes any action and any parameter, and FIS refuses
 * them only when the template is made.
 */

interface ParameterRule {
  isRequired?: boolean;
  /** What is wrong with a value, or null. */
  fault(value: string): string | null;
}

interface CatalogueEntry {
  parameters: Readonly<Record<string, ParameterRule>>;
  /** The task needs the SSM agent beside it, as all but a plain stop do. */
  needsSidecar: boolean;
  /** The task's processes see each other, and its fault endpoints are on. */
  needsSharedProcesses: boolean;
}

const duration: ParameterRule = {
  isRequired: true,
  fault: (value) => {
    const minutes = Number(/^PT(\d+)M$/.exec(value)?.[1] ?? Number.NaN);
    return minutes >= 1 && minutes <= 720 ? null : 'must be PT1M to PT720M';
  },
};
const wholeNumber = (from: number, to: number, isRequired = false): ParameterRule => ({
  isRequired,
  fault: (value) =>
    /^\d+$/.test(value) && Number(value) >= from && Number(value) <= to ? null : `must be a whole number from ${from} to ${to}`,
});
const oneOf = (values: readonly string[], isRequired = false): ParameterRule => ({
  isRequired,
  fault: (value) => (values.includes(value) ? null : `must be ${values.join(' or ')}`),
});
const text = (isRequired = false): ParameterRule => ({ isRequired, fault: (value) => (value === '' ? 'must not be empty' : null) });
// Without it the script of the SSM document fetches packages from the internet inside the task.
const installDependencies = oneOf(['False'], true);
/** On Fargate no other way to the network of a task is open. */
const useEcsFaultInjectionEndpoints = oneOf(['true'], true);
const flowsPercent = wholeNumber(0, 100);
const network = { duration, installDependencies, useEcsFaultInjectionEndpoints };

export const fisCatalogue: Readonly<Record<string, CatalogueEntry>> = {
  'aws:ecs:stop-task': { parameters: {}, needsSidecar: false, needsSharedProcesses: false },
  'aws:ecs:task-cpu-stress': {
    parameters: { duration, installDependencies, percent: wholeNumber(0, 100), workers: wholeNumber(0, 64) },
    needsSidecar: true,
    needsSharedProcesses: false,
  },
  'aws:ecs:task-io-stress': {
    parameters: { duration, installDependencies, percent: wholeNumber(1, 100), workers: wholeNumber(1, 64) },
    needsSidecar: true,
    needsSharedProcesses: false,
  },
  'aws:ecs:task-kill-process': {
    parameters: { installDependencies, processName: text(true), signal: oneOf(['SIGTERM', 'SIGKILL']) },
    needsSidecar: true,
    needsSharedProcesses: true,
  },
  'aws:ecs:task-network-latency': {
    parameters: {
      ...network,
      flowsPercent,
      delayMilliseconds: wholeNumber(0, 60_000),
      jitterMilliseconds: wholeNumber(0, 60_000),
      sources: text(),
    },
    needsSidecar: true,
    needsSharedProcesses: true,
  },
  'aws:ecs:task-network-packet-loss': {
    parameters: { ...network, flowsPercent, lossPercent: wholeNumber(0, 100), sources: text() },
    needsSidecar: true,
    needsSharedProcesses: true,
  },
  'aws:ecs:task-network-blackhole-port': {
    parameters: {
      ...network,
      port: wholeNumber(1, 65_535, true),
      protocol: oneOf(['tcp', 'udp'], true),
      trafficType: oneOf(['ingress', 'egress'], true),
    },
    needsSidecar: true,
    needsSharedProcesses: true,
  },
};

/** What FIS would refuse of an action, or what would fail in the task; empty when nothing is wrong. */
export function faultsOfExperiment(given: { actionId: string; parameters?: Readonly<Record<string, string>> }): string[] {
  const entry = fisCatalogue[given.actionId];
  if (!entry) return [`${given.actionId} is no action of FIS for tasks on Fargate`];
  const parameters = given.parameters ?? {};
  const unknown = Object.keys(parameters).filter((name) => !(name in entry.parameters));
  return [
    ...unknown.map((name) => `${given.actionId} has no parameter ${name}`),
    ...Object.entries(entry.parameters).flatMap(([name, rule]) => {
      const value = parameters[name];
      if (value === undefined) return rule.isRequired ? [`${given.actionId} needs the parameter ${name}`] : [];
      const fault = rule.fault(value);
      return fault === null ? [] : [`${given.actionId}: ${name} ${fault}`];
    }),
  ];
}
