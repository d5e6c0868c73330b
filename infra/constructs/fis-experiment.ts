/** One template of FIS: an ECS action on the tagged tasks of one service, which a CloudWatch alarm stops. */
import { FisExperimentTemplate } from '@cdktf/provider-aws/lib/fis-experiment-template/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { allowed, chaosTag, type Names } from '../names.ts';
import type { ExperimentSettings } from '../settings/schema.ts';

export interface FisExperimentSettings {
  names: Names;
  experiment: ExperimentSettings;
  roleArn: string;
  logGroupArn: string;
  stopAlarmArn: string;
  /** What must be there before FIS looks at the role. */
  dependsOn: ITerraformDependable[];
}

export class FisExperiment extends Construct {
  constructor(scope: Construct, id: string, { names, experiment, roleArn, logGroupArn, stopAlarmArn, dependsOn }: FisExperimentSettings) {
    super(scope, id);
    const { name, actionId, service, selection, parameters, hypothesis } = experiment;
    new FisExperimentTemplate(this, 'template', {
      description: hypothesis,
      roleArn,
      dependsOn,
      action: [
        {
          name,
          actionId,
          parameter: Object.entries(parameters).map(([key, value]) => ({ key, value })),
          target: { key: 'Tasks', value: 'tasks' },
        },
      ],
      target: [
        {
          name: 'tasks',
          resourceType: 'aws:ecs:task',
          selectionMode: selection,
          resourceTag: [
            { key: chaosTag, value: allowed },
            { key: 'kintsugi:service', value: service },
          ],
        },
      ],
      stopCondition: [{ source: 'aws:cloudwatch:alarm', value: stopAlarmArn }],
      experimentOptions: { accountTargeting: 'single-account', emptyTargetResolutionMode: 'fail' },
      logConfiguration: { logSchemaVersion: 2, cloudwatchLogsConfiguration: { logGroupArn: `${logGroupArn}:*` } },
      tags: {
        Name: `${names.prefix}-${name}`,
        [chaosTag]: allowed,
        'kintsugi:experiment': name,
        'kintsugi:action': actionId,
        'kintsugi:service': service,
      },
    });
  }
}
