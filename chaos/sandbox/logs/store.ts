/** Log groups, streams and events in memory, a ring buffer per group; it knows nothing of the API's spelling or errors. */

export interface StoredEvent {
  /** Grows by one per event over the whole store: the tie-breaker for equal timestamps and the source of the event id. */
  sequence: number;
  stream: string;
  /** Milliseconds since the epoch, as are all times here. */
  timestamp: number;
  ingestionTime: number;
  message: string;
}

export interface LogStream {
  name: string;
  creationTime: number;
  firstEventTimestamp?: number;
  lastEventTimestamp?: number;
  lastIngestionTime?: number;
}

export interface LogGroup {
  name: string;
  creationTime: number;
  streams: Map<string, LogStream>;
  /** In the order of arrival, which need not be the order of timestamps. */
  events: StoredEvent[];
  storedBytes: number;
}

/** Each event counts its UTF-8 bytes plus 26, as the service bills it. */
const EVENT_OVERHEAD_BYTES = 26;

export class LogStore {
  readonly groups = new Map<string, LogGroup>();
  readonly #now: () => number;
  readonly #maxEventsPerGroup: number;
  #sequence = 0;

  constructor(now: () => number, maxEventsPerGroup: number) {
    this.#now = now;
    this.#maxEventsPerGroup = maxEventsPerGroup;
  }

  createGroup(name: string): LogGroup {
    const group: LogGroup = { name, creationTime: this.#now(), streams: new Map(), events: [], storedBytes: 0 };
    this.groups.set(name, group);
    return group;
  }

  createStream(group: LogGroup, name: string): LogStream {
    const stream: LogStream = { name, creationTime: this.#now() };
    group.streams.set(name, stream);
    return stream;
  }

  add(group: LogGroup, stream: LogStream, timestamp: number, message: string): void {
    const ingestionTime = this.#now();
    this.#sequence += 1;
    group.events.push({ sequence: this.#sequence, stream: stream.name, timestamp, ingestionTime, message });
    group.storedBytes += Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
    stream.firstEventTimestamp = Math.min(stream.firstEventTimestamp ?? timestamp, timestamp);
    stream.lastEventTimestamp = Math.max(stream.lastEventTimestamp ?? timestamp, timestamp);
    stream.lastIngestionTime = ingestionTime;
    // Cutting a tenth at a time keeps the cost per event constant; the newest `max` events are always there.
    if (group.events.length > this.#maxEventsPerGroup * 1.1) group.events.splice(0, group.events.length - this.#maxEventsPerGroup);
  }
}

/** Oldest first; arrival breaks ties, so that the order is total and a page token can name a place in it. */
export function inOrder(events: StoredEvent[]): StoredEvent[] {
  return events.toSorted((a, b) => a.timestamp - b.timestamp || a.sequence - b.sequence);
}

export function eventId(event: StoredEvent): string {
  return String(event.timestamp).padStart(20, '3') + String(event.sequence).padStart(36, '0');
}
