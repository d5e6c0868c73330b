/** FilterLogEvents: reads the lines of one window of one log group into patterns, page by page and within bounds. */
import { type CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { cleanText } from '../answer.ts';
import type { AwsRead } from '../aws-reader.ts';
import type { Patterns } from '../log-patterns.ts';
import { FilterLogEventsReply } from './schema.ts';

export interface ScanSettings {
  filterPattern: string;
  maxPages: number;
  maxBytes: number;
}

/** Milliseconds since the epoch, both inclusive. */
export interface ScanWindow {
  from: number;
  to: number;
}

/** Oldest line first; answers what was left unread, or undefined when all was read. */
export async function scan(
  client: CloudWatchLogsClient,
  read: AwsRead,
  settings: ScanSettings,
  logGroupName: string,
  { from, to }: ScanWindow,
  patterns: Patterns,
): Promise<string | undefined> {
  const filterPattern = settings.filterPattern || undefined;
  const cutAt = (what: string) => `${logGroupName}: only the first ${what} from ${new Date(from).toISOString()} on were read`;
  let nextToken: string | undefined;
  let bytes = 0;
  for (let page = 0; page < settings.maxPages; page += 1) {
    const command = new FilterLogEventsCommand({ logGroupName, startTime: from, endTime: to, filterPattern, nextToken });
    const reply = await read('logs:FilterLogEvents', FilterLogEventsReply, (options) => client.send(command, options), bytesOf);
    for (const event of reply.events) {
      bytes += Buffer.byteLength(event.message);
      if (bytes > settings.maxBytes) return cutAt(`${settings.maxBytes} bytes`);
      patterns.add({ timestamp: event.timestamp, message: event.message, taskId: taskOf(event.logStreamName) });
    }
    nextToken = reply.nextToken;
    if (nextToken === undefined || nextToken === '') return undefined;
  }
  return cutAt(`${settings.maxPages} pages`);
}

/** The lines alone: writing a megabyte out as JSON again only to count it would cost more than reading it. */
function bytesOf({ events }: FilterLogEventsReply): number {
  return events.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0);
}

/** The awslogs driver names a stream `prefix/container/task-id`. */
function taskOf(stream: string): string {
  const cut = stream.lastIndexOf('/');
  return cut < 0 ? '' : cleanText(stream.slice(cut + 1), 64);
}
