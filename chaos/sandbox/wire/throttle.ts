/** Token buckets per class of operation, sized as AWS documents them per account and Region. */

export interface BucketSize {
  /** Calls that may come at once. */
  burst: number;
  /** Calls per second afterwards. */
  perSecond: number;
}

export interface OperationClass extends BucketSize {
  operations: readonly string[];
}

interface Bucket {
  tokens: number;
  at: number;
}

export class Throttle {
  readonly #classes = new Map<string, { key: string; size: BucketSize }>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #fallback: BucketSize;

  constructor(classes: readonly OperationClass[], fallback: BucketSize) {
    this.#fallback = fallback;
    for (const [index, entry] of classes.entries()) {
      for (const operation of entry.operations) this.#classes.set(operation, { key: String(index), size: entry });
    }
  }

  /** Takes one token; false when the bucket is empty. `now` in milliseconds. */
  take(operation: string, now: number): boolean {
    const { key, size } = this.#classes.get(operation) ?? { key: operation, size: this.#fallback };
    const bucket = this.#buckets.get(key) ?? { tokens: size.burst, at: now };
    const refilled = Math.min(size.burst, bucket.tokens + ((now - bucket.at) / 1000) * size.perSecond);
    const granted = refilled >= 1;
    this.#buckets.set(key, { tokens: granted ? refilled - 1 : refilled, at: now });
    return granted;
  }
}

/** ECS API request rates (Amazon ECS API Reference, "Request throttling"). */
export const ecsOperationClasses: readonly OperationClass[] = [
  { operations: ['CreateService', 'UpdateService', 'DeleteService'], burst: 50, perSecond: 5 },
  { operations: ['DescribeServices', 'ListServices'], burst: 100, perSecond: 20 },
  { operations: ['DescribeTasks', 'ListTasks'], burst: 100, perSecond: 20 },
  { operations: ['RunTask', 'StopTask', 'ExecuteCommand'], burst: 100, perSecond: 40 },
  { operations: ['RegisterTaskDefinition'], burst: 20, perSecond: 1 },
  {
    operations: ['ListServiceDeployments', 'DescribeServiceDeployments', 'DescribeServiceRevisions', 'StopServiceDeployment'],
    burst: 50,
    perSecond: 20,
  },
];

export const defaultBucket: BucketSize = { burst: 50, perSecond: 20 };
