/** Token buckets per class of operation, sized as AWS documents them per account and Region. */
import { z } from 'zod';
import { ServiceException } from './operation.ts';

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

/** Calls that are refused although their bucket has tokens: as if others in the account had used them up. What is left out means all. */
export interface Drought {
  operations?: readonly string[] | undefined;
  /** Access key ids. AWS's buckets are the account's; a drought can be one caller's alone, so that scripts beside it go on. */
  principals?: readonly string[] | undefined;
}

export class Throttle {
  readonly #classes = new Map<string, { key: string; size: BucketSize }>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #fallback: BucketSize;
  readonly #droughts = new Set<Drought>();

  constructor(classes: readonly OperationClass[], fallback: BucketSize) {
    this.#fallback = fallback;
    for (const [index, entry] of classes.entries()) {
      for (const operation of entry.operations) this.#classes.set(operation, { key: String(index), size: entry });
    }
  }

  /** Lasts until what it answers is called. */
  dry(drought: Drought): () => void {
    const own = { ...drought };
    this.#droughts.add(own);
    return () => void this.#droughts.delete(own);
  }

  /** Takes one token; false when the bucket is empty. `now` in milliseconds. */
  take(operation: string, principal: string, now: number): boolean {
    for (const { operations, principals } of this.#droughts) {
      if ((operations?.includes(operation) ?? true) && (principals?.includes(principal) ?? true)) return false;
    }
    const { key, size } = this.#classes.get(operation) ?? { key: operation, size: this.#fallback };
    const bucket = this.#buckets.get(key) ?? { tokens: size.burst, at: now };
    const refilled = Math.min(size.burst, bucket.tokens + ((now - bucket.at) / 1000) * size.perSecond);
    const granted = refilled >= 1;
    this.#buckets.set(key, { tokens: granted ? refilled - 1 : refilled, at: now });
    return granted;
  }
}

/** ECS API request rates (Amazon ECS API Reference, "Request throttling"). */
const ecsOperationClasses: readonly OperationClass[] = [
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

const defaultBucket: BucketSize = { burst: 50, perSecond: 20 };

const request = z.strictObject({
  operations: z.array(z.string()).optional(),
  principals: z.array(z.string()).optional(),
  /** Of the wall clock, as the buckets are. */
  seconds: z.number().min(0).max(600),
});

/** A drought that ends by itself, asked for over the wire. */
export function throttleFor(throttle: Throttle, input: Record<string, unknown>): object {
  const parsed = request.safeParse(input);
  if (!parsed.success) throw new ServiceException('ValidationException', z.prettifyError(parsed.error));
  const { seconds, ...drought } = parsed.data;
  setTimeout(throttle.dry(drought), seconds * 1_000).unref();
  return { seconds };
}

export function accountThrottle(): Throttle {
  return new Throttle(ecsOperationClasses, defaultBucket);
}
