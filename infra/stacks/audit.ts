/** Where the audit trail lies so that nobody can change or delete it for its time: not the agent, not its owner. */
import type { Construct } from 'constructs';
import { EnvironmentKey } from '../constructs/environment-key.ts';
import { PrivateBucket } from '../constructs/private-bucket.ts';
import type { Settings } from '../settings/schema.ts';
import { EnvironmentStack } from './environment-stack.ts';

export class AuditStack extends EnvironmentStack {
  constructor(scope: Construct, settings: Settings) {
    super(scope, 'audit', settings);
    const { names } = this;
    const { lockMode, retainDays } = settings.audit;
    const key = new EnvironmentKey(this, 'key', {
      names,
      accountId: settings.accountId,
      name: 'audit',
      description: 'The audit trail',
    });
    new PrivateBucket(this, 'trail', {
      name: names.auditBucket,
      keyArn: key.arn,
      lock: { mode: lockMode, days: retainDays },
      // Later than the lock's end in any case: no rule tries what the lock refuses.
      oldVersionDays: retainDays + 1,
    });
    this.publish('key-arn', key.arn);
  }
}
