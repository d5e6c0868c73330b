/**
 * Applied once by a person, with local state: where the state of all other stacks lies, how GitHub's workflows get in, what no role of the
 * environment may ever do, and where images come from.
 */
import { EcrLifecyclePolicy } from '@cdktf/provider-aws/lib/ecr-lifecycle-policy/index.js';
import { EcrRepository } from '@cdktf/provider-aws/lib/ecr-repository/index.js';
import { IamOpenidConnectProvider } from '@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js';
import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import type { Construct } from 'constructs';
import { boundary } from '../access/boundary.ts';
import { policy } from '../access/statement.ts';
import { trustGithub, workflowRoles } from '../access/workflow-roles.ts';
import { EnvironmentKey } from '../constructs/environment-key.ts';
import { LeastPrivilegeRole } from '../constructs/least-privilege-role.ts';
import { PrivateBucket } from '../constructs/private-bucket.ts';
import type { Settings } from '../settings/schema.ts';
import { EnvironmentStack } from './environment-stack.ts';

/** Images that are built or copied here, so that what runs is there as long as we want it. */
export const imageRepositories = ['agent', 'prometheus', 'alertmanager', 'grafana', 'targets', 'ssm-agent'] as const;

export class BootstrapStack extends EnvironmentStack {
  constructor(scope: Construct, settings: Settings) {
    super(scope, 'bootstrap', settings, 'local');
    const { names } = this;
    const key = new EnvironmentKey(this, 'state-key', {
      names,
      accountId: settings.accountId,
      name: 'state',
      description: 'State of the stacks and images',
    });
    const bucket = new PrivateBucket(this, 'state', { name: names.stateBucket, keyArn: key.arn, oldVersionDays: 90 });
    new IamPolicy(this, 'boundary', {
      name: `${names.prefix}-boundary`,
      description: 'What no role of this environment may do, whatever its policies say',
      policy: policy(boundary(names)),
    });
    this.github({ stateArn: bucket.arn, keyArn: key.arn });
    for (const repository of imageRepositories) this.images(repository, key.arn);
  }

  private github(reach: { stateArn: string; keyArn: string }): void {
    const { names, settings } = this;
    new IamOpenidConnectProvider(this, 'github', {
      url: 'https://token.actions.githubusercontent.com',
      clientIdList: ['sts.amazonaws.com'],
    });
    for (const workflow of workflowRoles(settings, reach)) {
      new LeastPrivilegeRole(this, `workflow-${workflow.name}`, {
        names,
        name: workflow.name,
        description: workflow.description,
        trust: [trustGithub(settings, workflow.subjects)],
        policies: workflow.policies,
        managed: workflow.managed,
        isBounded: workflow.isBounded,
      });
    }
  }

  private images(name: string, keyArn: string): void {
    const repository = new EcrRepository(this, `images-${name}`, {
      name: `${this.names.prefix}/${name}`,
      // What was tried is what runs: a tag never comes to stand for another image.
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: 'KMS', kmsKey: keyArn }],
    });
    new EcrLifecyclePolicy(this, `images-${name}-lifecycle`, {
      repository: repository.name,
      policy: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            description: 'As many as a roll-back may want',
            selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 50 },
            action: { type: 'expire' },
          },
        ],
      }),
    });
  }
}
