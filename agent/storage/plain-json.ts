/** How checkpoints are written: strict plain JSON. */
import type { SerializerProtocol } from '@langchain/langgraph-checkpoint';
import { InvariantError } from '../domain/errors.ts';

/**
 * The saver's default serializer replaces a whole checkpoint by a placeholder when one value is not JSON, and revives objects that
 * merely look like LangChain's. This one throws instead, so that the checkpoint before stays good, and gives back what was written.
 */
export const plainJson: SerializerProtocol = {
  async dumpsTyped(data: unknown): Promise<[string, Uint8Array]> {
    return ['json', new TextEncoder().encode(JSON.stringify(data, refuseLoss) ?? 'null')];
  },
  async loadsTyped(type: string, data: Uint8Array | string): Promise<unknown> {
    if (type !== 'json') throw new InvariantError(`checkpoint of type ${type}: only plain JSON is written`);
    return JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data));
  },
};

/** Called with the holder as `this`, for only there a date is still a date: JSON.stringify asks `toJSON` first. */
function refuseLoss(this: unknown, key: string, value: unknown): unknown {
  const written = (this as Record<string, unknown>)[key];
  if (isLossy(written) || (written === undefined && Array.isArray(this))) {
    throw new InvariantError(`the graph's state holds ${describe(written)} at "${key}", which JSON would lose`);
  }
  return value;
}

/** What would come back as something else. A missing property and one that is `undefined` read the same, so that is no loss. */
function isLossy(value: unknown): boolean {
  switch (typeof value) {
    case 'bigint':
    case 'function':
    case 'symbol':
      return true;
    case 'number':
      return !Number.isFinite(value);
    case 'object': {
      if (value === null || Array.isArray(value)) return false;
      const prototype: unknown = Object.getPrototypeOf(value);
      return prototype !== Object.prototype && prototype !== null;
    }
    default:
      return false;
  }
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? `a ${value.constructor?.name ?? 'object'}` : String(value);
}
