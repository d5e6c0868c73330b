/** The roles GitHub's workflows take by OIDC: each for one purpose, each pinned to where in GitHub it may be asked from. */
import { chaosTag, allowed as isAllowed, namesOf } from '../names.ts';
import type { Settings } from '../settings/schema.ts';
import { allow, deny, type ResourceStatement, type Statement } from './statement.ts';

const issuer = 'token.actions.githubusercontent.com';

export interface WorkflowRole {
  name: string;
  description: string;
  /** What follows `repo:owner/name:` in the subject of the token. */
  subjects: readonly string[];
  /** Policies AWS keeps, by name. */
  managed: readonly string[];
  policies: Record<string, readonly Statement[]>;
  isBounded: boolean;
}

/** A job with `environment:` has the subject of that environment, and GitHub asks the environment's reviewers first. */
export function trustGithub({ accountId, repository }: Settings, subjects: readonly string[]): ResourceStatement {
  return {
    Sid: 'Github',
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${issuer}` },
    Action: ['sts:AssumeRoleWithWebIdentity'],
    Condition: {
      StringEquals: {
        [`${issuer}:aud`]: 'sts.amazonaws.com',
        [`${issuer}:sub`]: subjects.map((subject) => `repo:${repository}:${subject}`),
      },
    },
  };
}

export function workflowRoles(settings: Settings, state: { stateArn: string; keyArn: string }): WorkflowRole[] {
  const names = namesOf(settings);
  const { name } = settings;
  const stateObjects = `${state.stateArn}/*.tfstate`;
  const inEnvironment = [`environment:${name}`];
  const readState = [
    allow('ListState', ['s3:ListBucket'], [state.stateArn]),
    allow('ReadState', ['s3:GetObject'], [stateObjects]),
    allow('OpenState', ['kms:Decrypt'], [state.keyArn]),
  ];
  const lockState = allow('LockState', ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], [`${state.stateArn}/*.tfstate.tflock`]);
  const roles: WorkflowRole[] = [
    {
      name: 'plan',
      description: 'Terraform plan for a pull request: reads, never secrets',
      subjects: ['pull_request', 'ref:refs/heads/main'],
      managed: ['ReadOnlyAccess'],
      policies: {
        state: [...readState, lockState, allow('SealLock', ['kms:GenerateDataKey'], [state.keyArn])],
        never: [
          deny(
            'NoSecrets',
            [
              'secretsmanager:GetSecretValue',
              'kms:Encrypt',
              'rds-db:connect',
              'rds:DownloadDBLogFilePortion',
              'logs:GetLogEvents',
              'logs:FilterLogEvents',
              'logs:StartQuery',
            ],
            ['*'],
          ),
          deny('NoTrail', ['s3:GetObject', 's3:GetObjectVersion'], [`${names.bucketArn(names.auditBucket)}/*`]),
        ],
      },
      isBounded: true,
    },
    {
      name: 'apply',
      description: 'Terraform apply from main, behind the environment',
      subjects: inEnvironment,
      managed: ['PowerUserAccess'],
      policies: {
        state: [
          ...readState,
          lockState,
          allow('WriteState', ['s3:PutObject'], [stateObjects]),
          allow('SealState', ['kms:GenerateDataKey'], [state.keyArn]),
        ],
        roles: applyRoles(settings),
      },
      // It makes the roles that stand inside the boundary.
      isBounded: false,
    },
    {
      name: 'image',
      description: 'Pushes images',
      subjects: inEnvironment,
      managed: [],
      policies: {
        images: [
          allow('Login', ['ecr:GetAuthorizationToken'], ['*']),
          allow(
            'Push',
            [
              'ecr:BatchCheckLayerAvailability',
              'ecr:BatchGetImage',
              'ecr:CompleteLayerUpload',
              'ecr:DescribeImages',
              'ecr:GetDownloadUrlForLayer',
              'ecr:InitiateLayerUpload',
              'ecr:PutImage',
              'ecr:UploadLayerPart',
            ],
            [names.arn('ecr', `repository/${names.prefix}/*`)],
          ),
        ],
      },
      isBounded: true,
    },
    {
      name: 'deploy',
      description: "Brings the agent's image to its service and waits",
      subjects: inEnvironment,
      managed: [],
      policies: {
        deploy: [
          allow(
            'Service',
            ['ecs:DescribeServices', 'ecs:ListServiceDeployments', 'ecs:UpdateService'],
            [names.arn('ecs', `service/${names.cluster}/${names.agentService}`)],
          ),
          allow(
            'Rollout',
            ['ecs:DescribeServiceDeployments', 'ecs:StopServiceDeployment'],
            [names.arn('ecs', `service-deployment/${names.cluster}/${names.agentService}/*`)],
          ),
          allow('ReadRevision', ['ecs:DescribeTaskDefinition'], ['*']),
          allow('Register', ['ecs:RegisterTaskDefinition'], [names.arn('ecs', `task-definition/${names.prefix}-${names.agentService}:*`)]),
          allow('Image', ['ecr:DescribeImages'], [names.arn('ecr', `repository/${names.prefix}/agent`)]),
          allow('PassRoles', ['iam:PassRole'], [names.roleArn('agent'), names.roleArn('agent-start')], {
            Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
          }),
        ],
      },
      isBounded: true,
    },
  ];
  if (settings.night) roles.push(scheduleRole(settings, inEnvironment));
  if (settings.chaos) roles.push(chaosRole(settings, inEnvironment));
  return roles;
}

/** Services of AWS that act under roles of ours. */
const roleTakers = [
  'ecs-tasks.amazonaws.com',
  'fis.amazonaws.com',
  'grafana.amazonaws.com',
  'monitoring.rds.amazonaws.com',
  'ssm.amazonaws.com',
  'vpc-flow-logs.amazonaws.com',
];

/** Everything about rights that `PowerUserAccess` leaves out, for roles of this environment within its boundary, and the boundary itself not. */
function applyRoles(settings: Settings): Statement[] {
  const names = namesOf(settings);
  const roles = names.globalArn('iam', `role/${names.prefix}-*`);
  const bounded = { Condition: { StringEquals: { 'iam:PermissionsBoundary': names.boundaryArn } } };
  return [
    allow(
      'BoundedRoles',
      ['iam:AttachRolePolicy', 'iam:CreateRole', 'iam:DetachRolePolicy', 'iam:PutRolePermissionsBoundary', 'iam:PutRolePolicy'],
      [roles],
      bounded,
    ),
    allow(
      'OwnRoles',
      [
        'iam:DeleteRole',
        'iam:DeleteRolePolicy',
        'iam:GetRole',
        'iam:GetRolePolicy',
        'iam:ListAttachedRolePolicies',
        'iam:ListInstanceProfilesForRole',
        'iam:ListRolePolicies',
        'iam:ListRoleTags',
        'iam:TagRole',
        'iam:UntagRole',
        'iam:UpdateAssumeRolePolicy',
        'iam:UpdateRole',
        'iam:UpdateRoleDescription',
      ],
      [roles],
    ),
    allow('HandOnRoles', ['iam:PassRole'], [roles], { Condition: { StringEquals: { 'iam:PassedToService': roleTakers } } }),
    allow('ServiceRoles', ['iam:CreateServiceLinkedRole'], [names.globalArn('iam', 'role/aws-service-role/*')]),
    // What a person set up once, a workflow does not undo: not the way in, not the fence, not its own rights.
    deny(
      'NotItself',
      [
        'iam:AttachRolePolicy',
        'iam:DeleteRole',
        'iam:DeleteRolePolicy',
        'iam:DetachRolePolicy',
        'iam:PutRolePolicy',
        'iam:UpdateAssumeRolePolicy',
      ],
      ['plan', 'apply', 'image', 'deploy', 'schedule', 'chaos'].map((role) => names.roleArn(role)),
    ),
    deny(
      'NotTheFence',
      ['iam:CreatePolicyVersion', 'iam:DeletePolicy', 'iam:DeletePolicyVersion', 'iam:SetDefaultPolicyVersion'],
      [names.boundaryArn],
    ),
    deny('NoOpenRoles', ['iam:DeleteRolePermissionsBoundary'], ['*']),
  ];
}

function scheduleRole(settings: Settings, subjects: readonly string[]): WorkflowRole {
  const names = namesOf(settings);
  const clusters = settings.watched.clusters;
  return {
    name: 'schedule',
    description: 'Wakes the environment early or sends it to sleep late',
    subjects,
    managed: [],
    policies: {
      schedule: [
        allow(
          'Read',
          ['ecs:DescribeServices'],
          clusters.map((cluster) => names.arn('ecs', `service/${cluster}/*`)),
        ),
        allow('Find', ['application-autoscaling:DescribeScalableTargets', 'application-autoscaling:DescribeScheduledActions'], ['*']),
        allow('Scale', ['application-autoscaling:RegisterScalableTarget'], [names.arn('application-autoscaling', 'scalable-target/*')], {
          Condition: { StringEquals: { 'application-autoscaling:service-namespace': 'ecs' } },
        }),
      ],
    },
    isBounded: true,
  };
}

function chaosRole(settings: Settings, subjects: readonly string[]): WorkflowRole {
  const names = namesOf(settings);
  const cluster = settings.demo?.cluster ?? '';
  const tagged = { Condition: { StringEquals: { [`aws:ResourceTag/${chaosTag}`]: isAllowed } } };
  return {
    name: 'chaos',
    description: 'Plays the FIS experiments of the dev environment',
    subjects,
    managed: [],
    policies: {
      experiments: [
        allow('Find', ['fis:ListExperimentTemplates', 'fis:ListExperiments'], ['*']),
        allow('ReadTemplates', ['fis:GetExperimentTemplate'], [names.arn('fis', 'experiment-template/*')]),
        allow('Start', ['fis:StartExperiment'], [names.arn('fis', 'experiment-template/*')], tagged),
        allow(
          'Run',
          ['fis:GetExperiment', 'fis:StartExperiment', 'fis:StopExperiment', 'fis:TagResource'],
          [names.arn('fis', 'experiment/*')],
        ),
      ],
      looks: [
        allow('Services', ['ecs:DescribeServices'], [names.arn('ecs', `service/${cluster}/*`)]),
        allow('Tasks', ['ecs:DescribeTasks'], [names.arn('ecs', `task/${cluster}/*`)]),
        allow('List', ['ecs:ListTasks'], ['*'], { Condition: { ArnEquals: { 'ecs:cluster': names.arn('ecs', `cluster/${cluster}`) } } }),
        allow('Alarms', ['cloudwatch:DescribeAlarms'], [names.arn('cloudwatch', `alarm:${names.prefix}-*`)]),
      ],
    },
    isBounded: true,
  };
}
