/** Rules about what keeps data. */
import { allResources, resourcesOf } from '../synthesise.ts';
import { block, blocks, place, type Rule, refersTo } from './rule.ts';

const key = /^\$\{(aws_kms_key|data\.aws_ssm_parameter)\./;
const isOurKey = (value: unknown) => typeof value === 'string' && key.test(value);

export const storageRules: readonly Rule[] = [
  {
    id: 'buckets-are-private',
    says: 'Every bucket is closed to the public, encrypted with our key, versioned and reached by TLS only',
    faults: ({ stacks }) =>
      stacks.flatMap((stack) =>
        resourcesOf(stack, 'aws_s3_bucket').flatMap((bucket) => {
          const about = (type: string) => resourcesOf(stack, type).find(({ body }) => refersTo(body.bucket, bucket))?.body ?? {};
          const open = about('aws_s3_bucket_public_access_block');
          const closed = ['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets'];
          const rule = block(about('aws_s3_bucket_server_side_encryption_configuration').rule);
          const encryption = block(rule.apply_server_side_encryption_by_default);
          const wrong = [
            closed.some((one) => open[one] !== true) && 'is not closed to the public',
            (encryption.sse_algorithm !== 'aws:kms' || !isOurKey(encryption.kms_master_key_id)) && 'is not encrypted with our key',
            block(about('aws_s3_bucket_versioning').versioning_configuration).status !== 'Enabled' && 'keeps no versions',
            !String(about('aws_s3_bucket_policy').policy).includes('"aws:SecureTransport":"false"') && 'is reached without TLS',
          ];
          return wrong.flatMap((fault) => (fault ? [`${place({ ...bucket, stack: stack.name })} ${fault}`] : []));
        }),
      ),
  },
  {
    id: 'audit-is-locked',
    says: 'Nothing in the audit bucket can be deleted before its time; in prod by nobody at all',
    faults: ({ settings, stacks }) => {
      const audit = stacks.find(({ name }) => name === 'audit');
      const [bucket] = audit ? resourcesOf(audit, 'aws_s3_bucket') : [];
      if (!audit || !bucket) return ['there is no audit bucket'];
      const lock = resourcesOf(audit, 'aws_s3_bucket_object_lock_configuration').find(({ body }) => refersTo(body.bucket, bucket));
      const { mode, days } = block(block(lock?.body.rule).default_retention);
      const isLocked = bucket.body.object_lock_enabled === true && Number(days) >= 1;
      if (!isLocked) return ['the audit bucket has no lock'];
      return settings.name === 'prod' && mode !== 'COMPLIANCE' ? [`in prod the lock of the audit bucket is ${mode}`] : [];
    },
  },
  {
    id: 'databases-are-private',
    says: 'Every database is encrypted with our key, out of reach of the internet, has no password in the state and, in prod, cannot be deleted',
    faults: (environment) =>
      allResources(environment, 'aws_db_instance').flatMap((database) => {
        const { body } = database;
        const wrong = [
          (body.storage_encrypted !== true || !isOurKey(body.kms_key_id)) && 'is not encrypted with our key',
          body.publicly_accessible !== false && 'is open to the internet',
          'password' in body && 'has its password in the state',
          !(Number(body.backup_retention_period) >= 1) && 'is not backed up',
          environment.settings.name === 'prod' && body.deletion_protection !== true && 'can be deleted',
        ];
        return wrong.flatMap((fault) => (fault ? [`${place(database)} ${fault}`] : []));
      }),
  },
  {
    id: 'stores-are-encrypted',
    says: 'Secrets, topics, images, and series are encrypted with our keys, which are turned every year',
    faults: (environment) => {
      const unlocked = (type: string, attribute: string) =>
        allResources(environment, type)
          .filter(({ body }) => !isOurKey(body[attribute]))
          .map((store) => `${place(store)} is not encrypted with our key`);
      return [
        ...unlocked('aws_secretsmanager_secret', 'kms_key_id'),
        ...unlocked('aws_sns_topic', 'kms_master_key_id'),
        ...unlocked('aws_prometheus_workspace', 'kms_key_arn'),
        ...allResources(environment, 'aws_ecr_repository')
          .filter(({ body }) => !isOurKey(block(body.encryption_configuration).kms_key))
          .map((store) => `${place(store)} is not encrypted with our key`),
        ...allResources(environment, 'aws_kms_key')
          .filter(({ body }) => body.enable_key_rotation !== true)
          .map((one) => `${place(one)} is never turned`),
        ...allResources(environment, 'aws_secretsmanager_secret_version')
          .filter(({ body }) => 'secret_string' in body)
          .map((one) => `${place(one)} has its value in the state`),
      ];
    },
  },
  {
    id: 'images-stay',
    says: 'A tag of an image never comes to stand for another one, and what is pushed is looked at',
    faults: (environment) =>
      allResources(environment, 'aws_ecr_repository').flatMap((repository) => [
        ...(repository.body.image_tag_mutability === 'IMMUTABLE' ? [] : [`${place(repository)} lets tags move`]),
        ...(block(repository.body.image_scanning_configuration).scan_on_push === true ? [] : [`${place(repository)} is not scanned`]),
      ]),
  },
  {
    id: 'logs-end',
    says: 'Every log group says how long it keeps its lines',
    faults: (environment) =>
      allResources(environment, 'aws_cloudwatch_log_group')
        .filter(({ body }) => !(Number(body.retention_in_days) > 0))
        .map((group) => `${place(group)} keeps its lines for ever`),
  },
  {
    id: 'state-is-locked',
    says: 'The state of every stack but the first lies encrypted in our bucket and is locked while it changes',
    faults: ({ stacks }) =>
      stacks.flatMap(({ name, json }) => {
        const { backend } = block(json.terraform);
        const s3 = block(block(backend).s3);
        const isKept = s3.encrypt === true && s3.use_lockfile === true && s3.key === `${name}.tfstate`;
        return name === 'bootstrap' || isKept ? [] : [`${name}: its state is not kept as it must be`];
      }),
  },
  {
    id: 'budget-speaks',
    says: 'There is a budget, and somebody hears before it is spent',
    faults: (environment) => {
      const notices = allResources(environment, 'aws_budgets_budget').flatMap(({ body }) => blocks(body.notification));
      const early = notices.filter((notice) => Number(notice.threshold) <= 80 && blocksOfText(notice.subscriber_email_addresses) > 0);
      return early.length > 0 ? [] : ['nobody hears of the budget before it is spent'];
    },
  },
];

function blocksOfText(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
