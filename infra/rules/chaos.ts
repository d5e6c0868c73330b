/** Rules about what is broken on purpose. */
import { allowed, chaosTag } from '../names.ts';
import { allResources } from '../synthesise.ts';
import { faultsOfExperiment, fisCatalogue } from './fis-catalogue.ts';
import { block, blocks, place, type Rule } from './rule.ts';
import { runningServices } from './services.ts';

export const chaosRules: readonly Rule[] = [
  {
    id: 'prod-is-not-broken',
    says: 'There is no experiment in prod, and no task there lets one in',
    faults: (environment) =>
      environment.settings.name !== 'prod'
        ? []
        : [
            ...allResources(environment, 'aws_fis_experiment_template').map((template) => `${place(template)} would break prod`),
            ...runningServices(environment)
              .filter(({ definition }) => definition.enable_fault_injection === true)
              .map(({ where }) => `${where} lets experiments in`),
          ],
  },
  {
    id: 'experiments-are-fenced',
    says: 'Every experiment is stopped by an alarm and reaches only tasks tagged for it',
    faults: (environment) =>
      allResources(environment, 'aws_fis_experiment_template').flatMap((template) => {
        const { body } = template;
        const stops = blocks(body.stop_condition);
        const targets = blocks(body.target);
        const isTagged = (target: Record<string, unknown>) =>
          blocks(target.resource_tag).some((tag) => tag.key === chaosTag && tag.value === allowed) && !('resource_arns' in target);
        const wrong = [
          (stops.length === 0 || stops.some((stop) => stop.source !== 'aws:cloudwatch:alarm')) && 'is stopped by nothing',
          (targets.length === 0 || !targets.every(isTagged)) && 'reaches what is not tagged for it',
          block(body.experiment_options).empty_target_resolution_mode !== 'fail' && 'passes without a target',
        ];
        return wrong.flatMap((fault) => (fault ? [`${place(template)} ${fault}`] : []));
      }),
  },
  {
    id: 'experiments-are-possible',
    says: 'Every action and parameter is one FIS has, and its target is a service that is made for it',
    faults: (environment) => {
      const services = runningServices(environment);
      return allResources(environment, 'aws_fis_experiment_template').flatMap((template) => {
        const service = blocks(template.body.target)
          .flatMap((target) => blocks(target.resource_tag))
          .find((tag) => tag.key === 'kintsugi:service')?.value;
        const running = services.find(({ body }) => body.name === service && block(body.tags)[chaosTag] === allowed);
        return blocks(template.body.action).flatMap((action) => {
          const actionId = String(action.action_id);
          const parameters = Object.fromEntries(blocks(action.parameter).map(({ key, value }) => [String(key), String(value)]));
          const faults = faultsOfExperiment({ actionId, parameters });
          if (!running) return [...faults, `no service ${service} may be broken`].map((fault) => `${place(template)}: ${fault}`);
          const { needsSidecar = true, needsSharedProcesses = true } = fisCatalogue[actionId] ?? {};
          const { definition, containers, body } = running;
          const hasSidecar = containers.some(
            ({ essential, environment: values = [] }) =>
              essential === false && values.some(({ name }) => name === 'MANAGED_INSTANCE_ROLE_NAME'),
          );
          const wrong = [
            needsSidecar && !hasSidecar && `${actionId} finds no SSM agent in ${service}`,
            needsSharedProcesses && definition.pid_mode !== 'task' && `${actionId} sees no processes of ${service}`,
            needsSharedProcesses && definition.enable_fault_injection !== true && `${service} lets no fault in`,
            needsSidecar && body.enable_execute_command !== false && `ECS Exec of ${service} is in the way of the SSM agent`,
          ];
          return [...faults, ...wrong.flatMap((fault) => (fault ? [fault] : []))].map((fault) => `${place(template)}: ${fault}`);
        });
      });
    },
  },
];
