/** A key of KMS of our own, turned every year, that only this account and the named services use. */
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key/index.js';
import { Construct } from 'constructs';
import { policy, type ResourceStatement } from '../access/statement.ts';
import type { Names } from '../names.ts';

export interface KeySettings {
  names: Names;
  accountId: string;
  /** Without the prefix. */
  name: string;
  description: string;
  /** Services that encrypt by themselves, such as `cloudwatch.amazonaws.com`. */
  services?: readonly string[];
}

export class EnvironmentKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { names, accountId, name, description, services = [] }: KeySettings) {
    super(scope, id);
    const statements: ResourceStatement[] = [
      // The account's own policies then say who may use it; without this nobody could ever change it again.
      { Sid: 'Account', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: ['kms:*'], Resource: ['*'] },
    ];
    if (services.length > 0) {
      statements.push({
        Sid: 'Services',
        Effect: 'Allow',
        Principal: { Service: services },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: ['*'],
        Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
      });
    }
    const key = new KmsKey(this, 'key', { description, enableKeyRotation: true, deletionWindowInDays: 30, policy: policy(statements) });
    new KmsAlias(this, 'alias', { name: `alias/${names.prefix}-${name}`, targetKeyId: key.keyId });
    this.arn = key.arn;
  }
}
