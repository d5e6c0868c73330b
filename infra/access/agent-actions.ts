/**
 * What each action of the catalogue changes, and what it reads beyond what the agent reads anyway. An action that is missing here has no
 * rights on AWS; those that only write to GitHub need none.
 */
import { allowed, healTag, mayStopTag } from '../names.ts';
import type { Reach } from './reach.ts';
import { allow, type Statement } from './statement.ts';

type Rights = (reach: Reach) => Statement[];

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

export const actionRights: Readonly<Record<string, Rights>> = {
  'stop-task': stopTask,
  'restart-tasks': stopTask,
  'force-new-deployment': updateService,
  'scale-service': (reach) => [allow('UpdateService', ['ecs:UpdateService'], services(reach), { Condition: tagged })],
  'roll-back-deployment': (reach) => [...updateService(reach), ...stopServiceDeployment(reach)],
  'stop-deployment': stopServiceDeployment,
  'raise-task-memory': (reach) => [
    ...updateService(reach),
    allow('Register', ['ecs:RegisterTaskDefinition'], [reach.names.arn('ecs', 'task-definition/*:*')]),
    allow('TagRegistered', ['ecs:TagResource'], [reach.names.arn('ecs', 'task-definition/*:*')], {
      Condition: { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } },
    }),
  ],
  'stop-experiment': ({ names }) => [
    allow('FindExperiments', ['fis:ListExperiments'], ['*']),
    allow('ReadExperiment', ['fis:GetExperiment', 'fis:ListExperimentResolvedTargets'], [names.arn('fis', 'experiment/*')]),
    allow('StopExperiment', ['fis:StopExperiment'], [names.arn('fis', 'experiment/*')], {
      Condition: { StringEquals: { [`aws:ResourceTag/${mayStopTag}`]: 'true' } },
    }),
  ],
  'set-flag': ({ names, flags }) => [
    ...flags.flatMap(({ at }, number) => {
      if (at.kind === 's3')
        return [allow(`Object${number}`, ['s3:GetObject', 's3:PutObject'], [`${names.bucketArn(at.bucket)}/${at.key}`])];
      const application = names.arn('appconfig', `application/${at.application}`);
      const profile = `${application}/configurationprofile/${at.profile}`;
      const environment = `${application}/environment/${at.environment}`;
      return [
        allow(
          `Profile${number}`,
          [
            'appconfig:CreateHostedConfigurationVersion',
            'appconfig:GetConfigurationProfile',
            'appconfig:ListHostedConfigurationVersions',
            'appconfig:StartDeployment',
          ],
          [profile],
        ),
        allow(`Versions${number}`, ['appconfig:GetHostedConfigurationVersion'], [`${profile}/hostedconfigurationversion/*`]),
        allow(
          `Environment${number}`,
          ['appconfig:GetEnvironment', 'appconfig:ListDeployments', 'appconfig:StartDeployment'],
          [environment],
        ),
        allow(`Strategy${number}`, ['appconfig:StartDeployment'], [names.arn('appconfig', `deploymentstrategy/${at.strategy}`)]),
        allow(`Deployment${number}`, ['appconfig:StopDeployment'], [`${environment}/deployment/*`]),
      ];
    }),
  ],
  'run-runbook': ({ names, runbooks }) => {
    const roles = runbooks.flatMap(({ parameters }) => parameters.AutomationAssumeRole ?? []);
    return [
      allow(
        'Documents',
        ['ssm:DescribeDocument'],
        runbooks.map(({ document }) => names.arn('ssm', `document/${document}`)),
      ),
      allow(
        'Start',
        ['ssm:StartAutomationExecution'],
        runbooks.map(({ document, version }) => names.arn('ssm', `automation-definition/${document}:${version}`)),
      ),
      allow('Mark', ['ssm:AddTagsToResource'], [names.arn('ssm', 'automation-execution/*')]),
      allow('FindExecutions', ['ssm:DescribeAutomationExecutions'], ['*']),
      ...(roles.length === 0
        ? []
        : [
            allow('PassRunbookRoles', ['iam:PassRole'], roles, {
              Condition: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
            }),
          ]),
    ];
  },
};
