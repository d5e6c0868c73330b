/**
 * What each action of the catalogue changes, and what it reads beyond what the agent reads anyway. An action that is missing here has no
 * rights on AWS; those that only write to GitHub need none.
 */
import { allowed, healTag, mayStopTag } from '../names.ts';
import type { Reach } from './reach.ts';
import { allow, type Statement } from './statement.ts';

type Rights = (reach: Reach) => Statement[];

export interface ActionRights {
  /** The agent's own task has them: it looks before anybody decides. */
  reads?: Rights;
  /** Only the role of the action has them. */
  changes: Rights;
}

/** Only what its owners have tagged may be changed. */
const tagged = { StringEquals: { [`aws:ResourceTag/${healTag}`]: allowed } };

function services({ names, clusters }: Reach): string[] {
  return clusters.map((cluster) => names.arn('ecs', `service/${cluster}/*`));
}

/** A new revision, or an old one again, runs under the roles it names. */
function passTaskRoles({ taskRoleArns }: Reach): Statement {
  return allow('PassTaskRoles', ['iam:PassRole'], taskRoleArns, {
    Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
  });
}

const updateService: Rights = (reach) => [
  allow('UpdateService', ['ecs:UpdateService'], services(reach), { Condition: tagged }),
  passTaskRoles(reach),
];

/** ECS has no tags on service deployments: the cluster is the fence. */
const stopServiceDeployment: Rights = ({ names, clusters }) => [
  allow(
    'StopServiceDeployment',
    ['ecs:StopServiceDeployment'],
    clusters.map((cluster) => names.arn('ecs', `service-deployment/${cluster}/*`)),
  ),
];

const stopTask: Rights = ({ names, clusters }) => [
  allow(
    'StopTask',
    ['ecs:StopTask'],
    clusters.map((cluster) => names.arn('ecs', `task/${cluster}/*`)),
    { Condition: tagged },
  ),
];

export const actionRights: Readonly<Record<string, ActionRights>> = {
  'stop-task': { changes: stopTask },
  'restart-tasks': { changes: stopTask },
  'force-new-deployment': { changes: updateService },
  'scale-service': { changes: (reach) => [allow('UpdateService', ['ecs:UpdateService'], services(reach), { Condition: tagged })] },
  'roll-back-deployment': { changes: (reach) => [...updateService(reach), ...stopServiceDeployment(reach)] },
  'stop-deployment': { changes: stopServiceDeployment },
  'raise-task-memory': {
    changes: (reach) => [
      ...updateService(reach),
      allow('Register', ['ecs:RegisterTaskDefinition'], [reach.names.arn('ecs', 'task-definition/*:*')]),
      allow('TagRegistered', ['ecs:TagResource'], [reach.names.arn('ecs', 'task-definition/*:*')], {
        Condition: { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } },
      }),
    ],
  },
  'stop-experiment': {
    reads: ({ names }) => [
      allow('FindExperiments', ['fis:ListExperiments'], ['*']),
      allow('ReadExperiment', ['fis:GetExperiment', 'fis:ListExperimentResolvedTargets'], [names.arn('fis', 'experiment/*')]),
    ],
    changes: ({ names }) => [
      allow('StopExperiment', ['fis:StopExperiment'], [names.arn('fis', 'experiment/*')], {
        Condition: { StringEquals: { [`aws:ResourceTag/${mayStopTag}`]: 'true' } },
      }),
    ],
  },
  'set-flag': {
    reads: (reach) =>
      reach.flags.flatMap(({ at }, number) => {
        if (at.kind === 's3') return [allow(`ReadFlags${number}`, ['s3:GetObject'], [`${reach.names.bucketArn(at.bucket)}/${at.key}`])];
        const { profile, environment } = appConfigArns(reach, at);
        return [
          allow(`ReadProfile${number}`, ['appconfig:GetConfigurationProfile', 'appconfig:ListHostedConfigurationVersions'], [profile]),
          allow(`ReadVersions${number}`, ['appconfig:GetHostedConfigurationVersion'], [`${profile}/hostedconfigurationversion/*`]),
          allow(`ReadEnvironment${number}`, ['appconfig:GetEnvironment', 'appconfig:ListDeployments'], [environment]),
        ];
      }),
    changes: (reach) =>
      reach.flags.flatMap(({ at }, number) => {
        if (at.kind === 's3') {
          return [allow(`Flags${number}`, ['s3:GetObject', 's3:PutObject'], [`${reach.names.bucketArn(at.bucket)}/${at.key}`])];
        }
        const { profile, environment, strategy } = appConfigArns(reach, at);
        return [
          allow(`Version${number}`, ['appconfig:CreateHostedConfigurationVersion'], [profile]),
          allow(`Start${number}`, ['appconfig:StartDeployment'], [environment, profile, strategy]),
          allow(`Stop${number}`, ['appconfig:StopDeployment'], [`${environment}/deployment/*`]),
        ];
      }),
  },
  'run-runbook': {
    reads: ({ names, runbooks }) =>
      runbooks.length === 0
        ? []
        : [
            allow(
              'Documents',
              ['ssm:DescribeDocument'],
              runbooks.map(({ document }) => names.arn('ssm', `document/${document}`)),
            ),
            allow('FindExecutions', ['ssm:DescribeAutomationExecutions'], ['*']),
          ],
    changes: ({ names, runbooks }) => {
      if (runbooks.length === 0) return [];
      const roles = runbooks.flatMap(({ parameters }) => parameters.AutomationAssumeRole ?? []);
      const toSsm = { Condition: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } } };
      return [
        allow(
          'Start',
          ['ssm:StartAutomationExecution'],
          runbooks.map(({ document, version }) => names.arn('ssm', `automation-definition/${document}:${version}`)),
        ),
        allow('Mark', ['ssm:AddTagsToResource'], [names.arn('ssm', 'automation-execution/*')]),
        ...(roles.length === 0 ? [] : [allow('PassRunbookRoles', ['iam:PassRole'], roles, toSsm)]),
      ];
    },
  },
};

function appConfigArns({ names }: Reach, at: { application: string; environment: string; profile: string; strategy: string }) {
  const application = names.arn('appconfig', `application/${at.application}`);
  return {
    profile: `${application}/configurationprofile/${at.profile}`,
    environment: `${application}/environment/${at.environment}`,
    strategy: names.arn('appconfig', `deploymentstrategy/${at.strategy}`),
  };
}

/** The actions that are switched on and change something on AWS, with the name of the role each is made under. */
export function actionsOf(reach: Reach): { id: string; role: string; rights: ActionRights }[] {
  return reach.actions.flatMap((id) => {
    const rights = actionRights[id];
    return rights ? [{ id, role: actionRole(id), rights }] : [];
  });
}

/** Without the prefix of the environment. */
export function actionRole(id: string): string {
  return `agent-${id}`;
}
