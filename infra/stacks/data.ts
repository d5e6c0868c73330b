/** The agent's PostgreSQL and its secrets. Passwords and tokens are made by AWS while Terraform applies, and stand in no plan and no state. */
import { DbInstance } from '@cdktf/provider-aws/lib/db-instance/index.js';
import { DbParameterGroup } from '@cdktf/provider-aws/lib/db-parameter-group/index.js';
import { DbSubnetGroup } from '@cdktf/provider-aws/lib/db-subnet-group/index.js';
import { SecretsmanagerSecret } from '@cdktf/provider-aws/lib/secretsmanager-secret/index.js';
import { SecretsmanagerSecretVersion } from '@cdktf/provider-aws/lib/secretsmanager-secret-version/index.js';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group/index.js';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
import { Fn } from 'cdktf';
import type { Construct } from 'constructs';
import { agentSecrets } from '../access/agent-environment.ts';
import { trustService } from '../access/statement.ts';
import { EnvironmentKey } from '../constructs/environment-key.ts';
import { LeastPrivilegeRole } from '../constructs/least-privilege-role.ts';
import type { Settings } from '../settings/schema.ts';
import { EnvironmentStack } from './environment-stack.ts';

const port = 5432;
const database = 'kintsugi';

export class DataStack extends EnvironmentStack {
  readonly key: EnvironmentKey;

  constructor(scope: Construct, settings: Settings) {
    super(scope, 'data', settings);
    this.key = new EnvironmentKey(this, 'key', {
      names: this.names,
      accountId: settings.accountId,
      name: 'data',
      description: 'Database, secrets and alarms',
      services: ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'],
    });
    const password = this.random('database-password');
    const instance = this.database(password);
    const secrets: Record<string, string> = {
      'store-url': `postgres://${database}:${password}@${instance.address}:${port}/${database}?sslmode=require`,
    };
    for (const name of Object.values(agentSecrets)) this.secret(name, secrets[name] ?? this.random(name));
    this.secret('grafana-password', this.random('grafana-password'));
    this.publish('key-arn', this.key.arn);
  }

  /** Made anew at every apply, but only taken when the version of the secrets rises. */
  private random(name: string): string {
    const id = name.replaceAll('-', '_');
    this.addOverride(`ephemeral.aws_secretsmanager_random_password.${id}`, { password_length: 48, exclude_punctuation: true });
    return `\${ephemeral.aws_secretsmanager_random_password.${id}.random_password}`;
  }

  private database(password: string): DbInstance {
    const { names, settings } = this;
    const { data } = settings;
    const group = new SecurityGroup(this, 'database-group', {
      name: `${names.prefix}-database`,
      description: 'PostgreSQL, from the agent',
      vpcId: this.told('network', 'vpc-id'),
    });
    const clients = new SecurityGroup(this, 'clients', {
      name: `${names.prefix}-database-clients`,
      description: 'Who may reach PostgreSQL',
      vpcId: this.told('network', 'vpc-id'),
    });
    new VpcSecurityGroupIngressRule(this, 'database-in', {
      securityGroupId: group.id,
      description: 'PostgreSQL from its clients',
      referencedSecurityGroupId: clients.id,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
    });
    this.publish('clients-group-id', clients.id);
    const subnets = new DbSubnetGroup(this, 'subnets', {
      name: names.prefix,
      subnetIds: Fn.split(',', this.told('network', 'private-subnet-ids')),
    });
    const parameters = new DbParameterGroup(this, 'parameters', {
      name: `${names.prefix}-postgres17`,
      family: 'postgres17',
      parameter: [
        { name: 'rds.force_ssl', value: '1' },
        // A replica that stands still in a transaction holds the others up no longer than this.
        { name: 'idle_in_transaction_session_timeout', value: '5000' },
      ],
    });
    const monitoring = new LeastPrivilegeRole(this, 'monitoring', {
      names,
      name: 'database-monitoring',
      description: "Writes the database machine's metrics",
      trust: [trustService('monitoring.rds.amazonaws.com', settings.accountId)],
      policies: {},
      managed: ['service-role/AmazonRDSEnhancedMonitoringRole'],
    });
    const instance = new DbInstance(this, 'database', {
      identifier: names.prefix,
      engine: 'postgres',
      engineVersion: '17',
      instanceClass: data.instanceClass,
      allocatedStorage: data.storageGb,
      maxAllocatedStorage: data.storageGb * 4,
      storageType: 'gp3',
      storageEncrypted: true,
      kmsKeyId: this.key.arn,
      dbName: database,
      username: database,
      port,
      dbSubnetGroupName: subnets.name,
      parameterGroupName: parameters.name,
      vpcSecurityGroupIds: [group.id],
      publiclyAccessible: false,
      multiAz: data.isMultiAz,
      backupRetentionPeriod: data.backupDays,
      deletionProtection: data.isProtected,
      skipFinalSnapshot: !data.isProtected,
      ...(data.isProtected ? { finalSnapshotIdentifier: `${names.prefix}-last` } : {}),
      copyTagsToSnapshot: true,
      autoMinorVersionUpgrade: true,
      applyImmediately: false,
      caCertIdentifier: 'rds-ca-rsa2048-g1',
      performanceInsightsEnabled: true,
      performanceInsightsKmsKeyId: this.key.arn,
      monitoringInterval: 60,
      monitoringRoleArn: monitoring.arn,
      enabledCloudwatchLogsExports: ['postgresql'],
      dependsOn: monitoring.parts,
    });
    // Known to the provider, and never kept in the state.
    instance.addOverride('password_wo', password);
    instance.addOverride('password_wo_version', data.secretsVersion);
    return instance;
  }

  private secret(name: string, value: string): void {
    const { data } = this.settings;
    const secret = new SecretsmanagerSecret(this, `secret-${name}`, {
      name: this.names.secret(name),
      description: `${name} of ${this.names.prefix}`,
      kmsKeyId: this.key.arn,
      recoveryWindowInDays: data.isProtected ? 30 : 0,
    });
    const version = new SecretsmanagerSecretVersion(this, `secret-${name}-value`, { secretId: secret.id });
    version.addOverride('secret_string_wo', value);
    // What was signed with a key that is gone cannot be checked any more.
    version.addOverride('secret_string_wo_version', name === agentSecrets.KINTSUGI_AUDIT_KEY ? 1 : data.secretsVersion);
    this.publish(`${name}-arn`, secret.arn);
  }
}
