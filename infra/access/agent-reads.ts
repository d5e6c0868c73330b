/** What the agent reads, and where it writes down what it did. Whatever it changes stands in `agent-actions.ts`. */
import type { Reach } from './reach.ts';
import { allow, deny, type Statement } from './statement.ts';

export function agentReads(reach: Reach): Statement[] {
  const { names, clusters } = reach;
  const of = (kind: string) => clusters.map((cluster) => names.arn('ecs', `${kind}/${cluster}/*`));
  const inClusters = { ArnEquals: { 'ecs:cluster': clusters.map((cluster) => names.arn('ecs', `cluster/${cluster}`)) } };
  return [
    allow('Services', ['ecs:DescribeServices', 'ecs:ListServiceDeployments'], of('service')),
    allow('Deployments', ['ecs:DescribeServiceDeployments'], of('service-deployment')),
    allow('Revisions', ['ecs:DescribeServiceRevisions'], of('service-revision')),
    // Its own tasks too: so it knows which service is its own.
    allow('Tasks', ['ecs:DescribeTasks'], [...of('task'), names.arn('ecs', `task/${names.cluster}/*`)]),
    allow('Lists', ['ecs:ListServices', 'ecs:ListTasks'], ['*'], { Condition: inClusters }),
    allow('TaskDefinitions', ['ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitions'], ['*']),
    allow('Images', ['ecr:BatchGetImage', 'ecr:DescribeImages'], [names.arn('ecr', 'repository/*')]),
    allow(
      'LogLines',
      ['logs:FilterLogEvents', 'logs:GetQueryResults', 'logs:StartQuery'],
      clusters.map((cluster) => names.arn('logs', `log-group:/ecs/${cluster}/*`)),
    ),
    allow('EndQuery', ['logs:StopQuery'], ['*']),
    allow('Metrics', ['cloudwatch:GetMetricData'], ['*']),
    allow('Targets', ['elasticloadbalancing:DescribeTargetGroups', 'elasticloadbalancing:DescribeTargetHealth'], ['*']),
    allow('Schedules', ['application-autoscaling:DescribeScalableTargets', 'application-autoscaling:DescribeScheduledActions'], ['*']),
    // Before a person is asked to agree, the agent asks IAM whether it could do it at all.
    allow('OwnRights', ['iam:GetRole', 'iam:SimulatePrincipalPolicy'], [names.globalArn('iam', `role/${names.prefix}-agent*`)]),
    ...auditArchive(reach),
    ...models(reach),
  ];
}

/** Rows and heads of the audit trail: added, compared, never taken away. */
function auditArchive({ names, auditKeyArn }: Reach): Statement[] {
  const bucket = names.bucketArn(names.auditBucket);
  return [
    allow('AuditPut', ['s3:PutObject', 's3:PutObjectRetention'], [`${bucket}/kintsugi/*`]),
    allow('AuditCompare', ['s3:GetObjectVersion'], [`${bucket}/kintsugi/*`]),
    allow('AuditList', ['s3:ListBucketVersions'], [bucket], { Condition: { StringLike: { 's3:prefix': 'kintsugi/*' } } }),
    allow('AuditLock', ['s3:GetBucketObjectLockConfiguration'], [bucket]),
    allow('AuditKey', ['kms:Decrypt', 'kms:GenerateDataKey'], [auditKeyArn]),
  ];
}

function models({ names, bedrockModels }: Reach): Statement[] {
  if (bedrockModels.length === 0) return [];
  // An inference profile hands the question on to the model in any Region of its geography, and each is asked for by itself.
  const arns = bedrockModels.flatMap((model) => {
    const withoutGeography = model.replace(/^(us|eu|apac|global)\./, '');
    const foundation = `arn:aws:bedrock:*::foundation-model/${withoutGeography}`;
    return withoutGeography === model ? [foundation] : [foundation, names.arn('bedrock', `inference-profile/${model}`)];
  });
  return [allow('Models', ['bedrock:InvokeModel'], arns)];
}

/** What the agent never does, whatever else it is allowed: the last word, also against a policy somebody adds later. */
export function agentNever({ names }: Pick<Reach, 'names'>): Statement[] {
  return [
    deny(
      'NeverItself',
      ['ecs:StopServiceDeployment', 'ecs:StopTask', 'ecs:UpdateService'],
      ['service', 'service-deployment', 'task'].map((kind) => names.arn('ecs', `${kind}/${names.cluster}/*`)),
    ),
    deny(
      'NeverAtAll',
      [
        'ecs:DeleteCluster',
        'ecs:DeleteService',
        'ecs:DeleteTaskDefinitions',
        'ecs:DeregisterTaskDefinition',
        'ecs:ExecuteCommand',
        'ecs:RunTask',
        'logs:Unmask',
        's3:BypassGovernanceRetention',
        's3:DeleteObject',
        's3:DeleteObjectVersion',
        's3:PutBucketObjectLockConfiguration',
        'secretsmanager:GetSecretValue',
      ],
      ['*'],
    ),
    deny(
      'NeverRights',
      [
        'iam:AttachRolePolicy',
        'iam:CreateAccessKey',
        'iam:CreatePolicyVersion',
        'iam:CreateRole',
        'iam:DeleteRolePermissionsBoundary',
        'iam:PutRolePolicy',
        'iam:UpdateAssumeRolePolicy',
      ],
      ['*'],
    ),
  ];
}
