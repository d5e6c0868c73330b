/**
 * CloudWatch Logs of the sandbox: groups, streams, events, filter patterns and a subset of Logs Insights.
 * It keeps what the tasks print (as `LogSink`) and answers `Logs_20140328.*`; what it does not imitate it refuses, never ignores.
 */
import type { z } from 'zod';
import type { ApiModule } from '../wire/operation.ts';
import { ServiceException } from '../wire/operation.ts';
import type { LogSink } from '../world.ts';
import { filterPattern } from './filter-pattern.ts';
import {
  describeLogGroupsInput,
  describeLogStreamsInput,
  filterLogEventsInput,
  getLogEventsInput,
  invalidParameter,
  logGroupInput,
  logStreamInput,
  parseInput,
  putLogEventsInput,
} from './inputs.ts';
import { createInsights } from './insights.ts';
import { decodeToken, encodeToken, pageOf } from './paging.ts';
import { eventId, inOrder, type LogGroup, LogStore, type LogStream, type StoredEvent } from './store.ts';

export interface LogsOptions {
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** Older events of a group are forgotten beyond this many. */
  maxEventsPerGroup?: number;
  region?: string;
  accountId?: string;
}

const DAY_MS = 86_400_000;
const MAX_EVENT_AGE_MS = 14 * DAY_MS;
const MAX_EVENT_LEAD_MS = 2 * 3_600_000;

export function createLogs(options: LogsOptions = {}): ApiModule & LogSink {
  const { now = Date.now, maxEventsPerGroup = 50_000, region = 'us-east-1', accountId = '123456789012' } = options;
  const store = new LogStore(now, maxEventsPerGroup);
  const arnOf = (group: LogGroup) => `arn:aws:logs:${region}:${accountId}:log-group:${group.name}`;

  function groupNamed(nameOrArn: string): LogGroup {
    const name = nameOrArn.startsWith('arn:') ? nameOrArn.split(':').slice(6).join(':').replace(/:\*$/, '') : nameOrArn;
    const group = store.groups.get(name);
    if (!group) throw new ServiceException('ResourceNotFoundException', 'The specified log group does not exist.');
    return group;
  }

  function oneGroup(input: { logGroupName?: string; logGroupIdentifier?: string }): LogGroup {
    const { logGroupName, logGroupIdentifier } = input;
    if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
      throw invalidParameter('LogGroupName and LogGroupIdentifier cannot both be specified');
    }
    const asked = logGroupName ?? logGroupIdentifier;
    if (asked === undefined) throw invalidParameter('Either LogGroupName or LogGroupIdentifier must be specified');
    return groupNamed(asked);
  }

  function streamNamed(group: LogGroup, name: string): LogStream {
    const stream = group.streams.get(name);
    if (!stream) throw new ServiceException('ResourceNotFoundException', 'The specified log stream does not exist.');
    return stream;
  }

  function createLogGroup(raw: Record<string, unknown>): object {
    const { logGroupName } = parseInput(logGroupInput, raw);
    if (store.groups.has(logGroupName)) {
      throw new ServiceException('ResourceAlreadyExistsException', 'The specified log group already exists');
    }
    store.createGroup(logGroupName);
    return {};
  }

  function createLogStream(raw: Record<string, unknown>): object {
    const { logGroupName, logStreamName } = parseInput(logStreamInput, raw);
    const group = groupNamed(logGroupName);
    if (group.streams.has(logStreamName)) {
      throw new ServiceException('ResourceAlreadyExistsException', 'The specified log stream already exists');
    }
    store.createStream(group, logStreamName);
    return {};
  }

  function putLogEvents(raw: Record<string, unknown>): object {
    const { logGroupName, logStreamName, logEvents } = parseInput(putLogEventsInput, raw);
    const group = groupNamed(logGroupName);
    const stream = streamNamed(group, logStreamName);
    const times = logEvents.map((event) => event.timestamp);
    if (times.some((time, index) => time < (times[index - 1] ?? 0))) {
      throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
    }
    if ((times.at(-1) ?? 0) - (times[0] ?? 0) > DAY_MS) {
      throw invalidParameter('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
    }
    const [oldest, newest] = [now() - MAX_EVENT_AGE_MS, now() + MAX_EVENT_LEAD_MS];
    for (const { timestamp, message } of logEvents) {
      if (timestamp >= oldest && timestamp <= newest) store.add(group, stream, timestamp, message);
    }
    const tooOld = times.filter((time) => time < oldest).length;
    const tooNew = times.findIndex((time) => time > newest);
    if (tooOld === 0 && tooNew === -1) return {};
    return {
      rejectedLogEventsInfo: {
        ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
        ...(tooNew >= 0 && { tooNewLogEventStartIndex: tooNew }),
      },
    };
  }

  function describeLogGroups(raw: Record<string, unknown>): object {
    const { logGroupNamePrefix = '', logGroupNamePattern = '', nextToken, limit } = parseInput(describeLogGroupsInput, raw);
    if (logGroupNamePrefix !== '' && logGroupNamePattern !== '') {
      throw invalidParameter('logGroupNamePrefix and logGroupNamePattern cannot both be specified');
    }
    const names = [...store.groups.values()]
      .filter(({ name }) => name.startsWith(logGroupNamePrefix) && name.toLowerCase().includes(logGroupNamePattern.toLowerCase()))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const page = pageOf(names, nextToken, limit);
    return {
      logGroups: page.items.map((group) => ({
        logGroupName: group.name,
        creationTime: group.creationTime,
        metricFilterCount: 0,
        arn: `${arnOf(group)}:*`,
        logGroupArn: arnOf(group),
        logGroupClass: 'STANDARD',
        storedBytes: group.storedBytes,
      })),
      nextToken: page.nextToken,
    };
  }

  function describeLogStreams(raw: Record<string, unknown>): object {
    const input = parseInput(describeLogStreamsInput, raw);
    const group = oneGroup(input);
    const byTime = input.orderBy === 'LastEventTime';
    if (byTime && input.logStreamNamePrefix !== undefined) {
      throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
    }
    const ordered = [...group.streams.values()]
      .filter(({ name }) => name.startsWith(input.logStreamNamePrefix ?? ''))
      .toSorted((a, b) => (byTime ? (a.lastEventTimestamp ?? 0) - (b.lastEventTimestamp ?? 0) : 0) || (a.name < b.name ? -1 : 1));
    const page = pageOf(input.descending ? ordered.toReversed() : ordered, input.nextToken, input.limit);
    return {
      logStreams: page.items.map(({ name, ...times }) => ({
        logStreamName: name,
        ...times,
        arn: `${arnOf(group)}:log-stream:${name}`,
        storedBytes: 0,
      })),
      nextToken: page.nextToken,
    };
  }

  function getLogEvents(raw: Record<string, unknown>): object {
    const input = parseInput(getLogEventsInput, raw);
    const group = oneGroup(input);
    const stream = streamNamed(group, input.logStreamName);
    const { startTime = 0, endTime = Number.POSITIVE_INFINITY, limit } = input;
    // The end is exclusive here and inclusive in FilterLogEvents, as in the service.
    const events = inOrder(group.events.filter((e) => e.stream === stream.name && e.timestamp >= startTime && e.timestamp < endTime));
    const direction = input.nextToken?.slice(0, 2);
    if (direction !== undefined && direction !== 'f/' && direction !== 'b/') throw invalidParameter('The specified nextToken is invalid.');
    const token = input.nextToken === undefined ? undefined : decodeToken(input.nextToken.slice(2), stream.name);
    const forward = direction === undefined ? input.startFromHead : direction === 'f/';
    const left = token ? events.filter((e) => (forward ? isAfter(e, token) : isAfter(token, e))) : events;
    const page = forward ? left.slice(0, limit) : left.slice(-limit);
    const [first, last] = [page[0] ?? token, page.at(-1) ?? token];
    return {
      events: page.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
      nextForwardToken: `f/${encodeToken(last ?? { timestamp: 0, sequence: 0 }, stream.name)}`,
      nextBackwardToken: `b/${encodeToken(first ?? { timestamp: 0, sequence: 0 }, stream.name)}`,
    };
  }

  function filterLogEvents(raw: Record<string, unknown>): object {
    const input = parseInput(filterLogEventsInput, raw);
    const group = oneGroup(input);
    const matches = filterPattern(input.filterPattern);
    const { startTime = 0, endTime = Number.POSITIVE_INFINITY, limit } = input;
    if (startTime > endTime) throw invalidParameter(`startTime ${startTime} is after endTime ${endTime}`);
    const inStream = streamFilter(group, input);
    // A token is good only for the request that gave it.
    const scope = JSON.stringify([group.name, input.logStreamNames, input.logStreamNamePrefix, input.filterPattern, startTime]);
    const token = input.nextToken === undefined ? undefined : decodeToken(input.nextToken, scope);
    const forward = token ? token.forward : input.startFromHead;
    const found = inOrder(
      group.events.filter(
        (e) =>
          e.timestamp >= startTime &&
          e.timestamp <= endTime &&
          inStream(e.stream) &&
          (!token || (forward ? isAfter(e, token) : isAfter(token, e))) &&
          matches(e.message),
      ),
    );
    const page = (forward ? found : found.toReversed()).slice(0, limit);
    const last = page.at(-1);
    return {
      events: page.map((e) => ({
        logStreamName: e.stream,
        timestamp: e.timestamp,
        message: e.message,
        ingestionTime: e.ingestionTime,
        eventId: eventId(e),
      })),
      searchedLogStreams: [],
      nextToken: last && found.length > page.length ? encodeToken({ ...last, forward }, scope) : undefined,
    };
  }

  function streamFilter(group: LogGroup, input: z.infer<typeof filterLogEventsInput>): (stream: string) => boolean {
    const { logStreamNames, logStreamNamePrefix } = input;
    if (logStreamNames && logStreamNamePrefix !== undefined) {
      throw invalidParameter('Cannot specify both logStreamNames and logStreamNamePrefix');
    }
    if (!logStreamNames) return (stream) => stream.startsWith(logStreamNamePrefix ?? '');
    const wanted = new Set(logStreamNames.map((name) => streamNamed(group, name).name));
    return (stream) => wanted.has(stream);
  }

  const insights = createInsights({ now, groupNamed });

  return {
    targetPrefix: 'Logs_20140328',
    operations: {
      CreateLogGroup: createLogGroup,
      CreateLogStream: createLogStream,
      PutLogEvents: putLogEvents,
      DescribeLogGroups: describeLogGroups,
      DescribeLogStreams: describeLogStreams,
      GetLogEvents: getLogEvents,
      FilterLogEvents: filterLogEvents,
      ...insights,
    },
    mutating: new Set(['CreateLogGroup', 'CreateLogStream', 'PutLogEvents']),
    append(groupName, streamName, at, line) {
      const group = store.groups.get(groupName) ?? store.createGroup(groupName);
      const stream = group.streams.get(streamName) ?? store.createStream(group, streamName);
      store.add(group, stream, at, line);
    },
  };
}

type Place = Pick<StoredEvent, 'timestamp' | 'sequence'>;

function isAfter(a: Place, b: Place): boolean {
  return a.timestamp > b.timestamp || (a.timestamp === b.timestamp && a.sequence > b.sequence);
}
