/** What experiments of FIS may do, and what the agent of SSM beside a task needs so that they can reach it. Dev only. */
import { allowed, chaosTag, type Names } from '../names.ts';
import { allow, type Statement } from './statement.ts';

const tagged = { StringEquals: { [`aws:ResourceTag/${chaosTag}`]: allowed } };

/** For the role an experiment runs under. */
export function experimentRights(names: Names, region: string, cluster: string): Statement[] {
  const tasks = [names.arn('ecs', `task/${cluster}/*`)];
  return [
    allow('FindTasks', ['ecs:ListTasks'], ['*'], { Condition: { ArnEquals: { 'ecs:cluster': names.arn('ecs', `cluster/${cluster}`) } } }),
    allow('ReadTasks', ['ecs:DescribeTasks'], tasks),
    allow('StopTasks', ['ecs:StopTask'], tasks, { Condition: tagged }),
    allow('FindByTag', ['tag:GetResources'], ['*']),
    allow('SendToAgents', ['ssm:SendCommand'], [names.arn('ssm', 'managed-instance/*'), `arn:aws:ssm:${region}:*:document/AWSFIS-Run-*`]),
    allow('WatchCommands', ['ssm:CancelCommand', 'ssm:ListCommands'], ['*']),
    allow(
      'DeliverLog',
      ['logs:CreateLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:PutResourcePolicy'],
      ['*'],
    ),
  ];
}

/** For the role of a task with the SSM agent in it: it registers the task, and hands it the role it then acts under. */
export function sidecarRights(names: Names): Statement[] {
  return [
    allow('Register', ['ssm:CreateActivation'], ['*']),
    allow('Mark', ['ssm:AddTagsToResource'], [names.arn('ssm', 'activation/*'), names.arn('ssm', 'managed-instance/*')]),
    allow('HandOn', ['iam:PassRole'], [names.roleArn('managed-instance')], {
      Condition: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
    }),
  ];
}

/** For that role, beside what AWS' own policy of managed instances allows: a task that ends takes its registration with it. */
export function managedInstanceRights(names: Names): Statement[] {
  return [
    allow('Leave', ['ssm:DeregisterManagedInstance'], [names.arn('ssm', 'managed-instance/*')]),
    allow('Forget', ['ssm:DeleteActivation'], ['*']),
  ];
}
