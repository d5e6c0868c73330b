/** The fence around every role of an environment but those that make roles. It grants nothing: a role has what its own policies and this allow. */
import type { Names } from '../names.ts';
import { allow, deny, type Statement } from './statement.ts';

export function boundary(names: Names): Statement[] {
  return [
    allow('PoliciesDecide', ['*'], ['*']),
    deny(
      'NoOtherRights',
      [
        'iam:Add*',
        'iam:Attach*',
        'iam:Create*',
        'iam:Delete*',
        'iam:Detach*',
        'iam:Put*',
        'iam:Remove*',
        'iam:Set*',
        'iam:Update*',
        'iam:Upload*',
      ],
      ['*'],
    ),
    deny('NoAccount', ['account:*', 'aws-portal:*', 'organizations:*'], ['*']),
    // Of the roles only those of this environment are taken: no way from dev into prod.
    { Sid: 'NoOtherRole', Effect: 'Deny', Action: ['sts:AssumeRole'], NotResource: [names.globalArn('iam', `role/${names.prefix}-*`)] },
    deny('NoWayAroundTheLock', ['s3:BypassGovernanceRetention', 's3:PutBucketObjectLockConfiguration'], ['*']),
  ];
}
