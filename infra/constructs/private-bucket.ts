/** A bucket nobody outside the account sees: encrypted with a key of ours, versioned, by TLS only; on wish nothing in it can be deleted for a time. */
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket/index.js';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js';
import { S3BucketObjectLockConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-object-lock-configuration/index.js';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls/index.js';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy/index.js';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { policy, type ResourceStatement } from '../access/statement.ts';

export interface BucketSettings {
  name: string;
  keyArn: string;
  /** Every object is locked for so long unless its writer says longer. */
  lock?: { mode: 'GOVERNANCE' | 'COMPLIANCE'; days: number };
  /** Versions that something newer took the place of are thrown away after so long. */
  oldVersionDays: number;
  statements?: readonly ResourceStatement[];
}

export class PrivateBucket extends Construct {
  readonly name: string;
  readonly arn: string;
  /** Closed and encrypted: who writes into it waits for these. */
  readonly parts: ITerraformDependable[];

  constructor(scope: Construct, id: string, { name, keyArn, lock, oldVersionDays, statements = [] }: BucketSettings) {
    super(scope, id);
    this.name = name;
    this.arn = `arn:aws:s3:::${name}`;
    const bucket = new S3Bucket(this, 'bucket', { bucket: name, ...(lock ? { objectLockEnabled: true } : {}) });
    const closed = new S3BucketPublicAccessBlock(this, 'public-access', {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, 'ownership', { bucket: bucket.id, rule: { objectOwnership: 'BucketOwnerEnforced' } });
    const encryption = new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket: bucket.id,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn }, bucketKeyEnabled: true }],
    });
    const versioning = new S3BucketVersioningA(this, 'versioning', {
      bucket: bucket.id,
      versioningConfiguration: { status: 'Enabled' },
    });
    this.parts = [bucket, closed, encryption, versioning];
    if (lock) {
      new S3BucketObjectLockConfigurationA(this, 'lock', {
        bucket: bucket.id,
        rule: { defaultRetention: { mode: lock.mode, days: lock.days } },
        dependsOn: [versioning],
      });
    }
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket: bucket.id,
      rule: [
        {
          id: 'old-versions',
          status: 'Enabled',
          filter: [{ prefix: '' }],
          noncurrentVersionExpiration: [{ noncurrentDays: oldVersionDays }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
      ],
      dependsOn: [versioning],
    });
    new S3BucketPolicy(this, 'policy', { bucket: bucket.id, policy: policy([...this.onlyByTls(), ...statements]) });
  }

  private onlyByTls(): ResourceStatement[] {
    return [
      {
        Sid: 'OnlyByTls',
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:*'],
        Resource: [this.arn, `${this.arn}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ];
  }
}
