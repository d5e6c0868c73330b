/** What every stack of an environment has: the provider of its account, tags, its own state, and parameters to tell other stacks what AWS named. */
import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter/index.js';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter/index.js';
import { LocalBackend, S3Backend, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { type Names, namesOf } from '../names.ts';
import type { Settings } from '../settings/schema.ts';

export class EnvironmentStack extends TerraformStack {
  readonly settings: Settings;
  readonly names: Names;
  /** Such as `network`; its parameters stand under this name. */
  readonly stackName: string;

  /** `state`: `local` for the one stack that makes the bucket of all others. */
  constructor(scope: Construct, stackName: string, settings: Settings, state: 'bucket' | 'local' = 'bucket') {
    const names = namesOf(settings);
    super(scope, `${names.prefix}-${stackName}`);
    this.settings = settings;
    this.names = names;
    this.stackName = stackName;
    new AwsProvider(this, 'aws', {
      region: settings.region,
      // Credentials of another account change nothing.
      allowedAccountIds: [settings.accountId],
      defaultTags: [{ tags: { application: 'kintsugi', environment: settings.name, stack: stackName, repository: settings.repository } }],
    });
    if (state === 'local') {
      new LocalBackend(this, { path: `${names.prefix}-${stackName}.tfstate` });
      return;
    }
    new S3Backend(this, { bucket: names.stateBucket, key: `${stackName}.tfstate`, region: settings.region, encrypt: true });
    // Known to Terraform since 1.10, not to the types of cdktf: the lock is a file beside the state.
    this.addOverride('terraform.backend.s3.use_lockfile', true);
    this.addOverride('terraform.required_version', '>= 1.11');
  }

  /** Tells other stacks something that only AWS knows. */
  publish(output: string, value: string): void {
    new SsmParameter(this, `output-${output}`, {
      name: this.names.parameter(this.stackName, output),
      description: `${output} of ${this.names.prefix}-${this.stackName}`,
      type: 'String',
      insecureValue: value,
    });
  }

  /** What another stack told; read when Terraform plans. */
  told(stackName: string, output: string): string {
    const id = `told-${stackName}-${output}`;
    const known = this.node.tryFindChild(id);
    const parameter =
      known instanceof DataAwsSsmParameter ? known : new DataAwsSsmParameter(this, id, { name: this.names.parameter(stackName, output) });
    return parameter.insecureValue;
  }
}
