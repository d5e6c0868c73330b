import type { AddressInfo } from 'node:net';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  GetQueryResultsCommand,
  PutLogEventsCommand,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from '../wire/journal.ts';
import { createWireServer } from '../wire/server.ts';
import { createLogs } from './logs.ts';

const start = Date.UTC(2026, 0, 31, 12);

describe('CloudWatch Logs', () => {
  let now: number;
  let logs: ReturnType<typeof createLogs>;
  let server: ReturnType<typeof createWireServer>;
  let client: CloudWatchLogsClient;

  beforeEach(async () => {
    now = start;
    logs = createLogs({ now: () => now, maxEventsPerGroup: 20 });
    server = createWireServer({ modules: [logs], journal: new Journal(), now: () => now });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = new CloudWatchLogsClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIATEST000000000000', secretAccessKey: 'x' },
      maxAttempts: 1,
    });
  });

  afterEach(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function allMessages(input: Omit<FilterLogEventsCommandInput, 'logGroupName'>): Promise<(string | undefined)[]> {
    const messages: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(new FilterLogEventsCommand({ logGroupName: '/ecs/cart', ...input, nextToken }));
      messages.push(...(page.events ?? []).map((event) => event.message));
      nextToken = page.nextToken;
    } while (nextToken);
    return messages;
  }

  async function query(queryString: string): Promise<Record<string, string | undefined>[]> {
    const seconds = { startTime: Math.floor(start / 1000), endTime: Math.floor(start / 1000) + 3600 };
    const { queryId } = await client.send(new StartQueryCommand({ logGroupName: '/ecs/cart', ...seconds, queryString }));
    now += 1000;
    const { results, status } = await client.send(new GetQueryResultsCommand({ queryId }));
    expect(status).toBe('Complete');
    return (results ?? []).map((row) =>
      Object.fromEntries(row.filter(({ field }) => field !== '@ptr').map(({ field, value }) => [field ?? '', value])),
    );
  }

  it('creates groups and streams once and lists them in pages', async () => {
    for (const logGroupName of ['/ecs/cart', '/ecs/catalog', '/other']) await client.send(new CreateLogGroupCommand({ logGroupName }));
    await expect(client.send(new CreateLogGroupCommand({ logGroupName: '/ecs/cart' }))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
    const first = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/ecs/', limit: 1 }));
    const second = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/ecs/', limit: 1, nextToken: first.nextToken }));
    expect([first, second].map((page) => page.logGroups?.map((group) => group.logGroupName))).toEqual([['/ecs/cart'], ['/ecs/catalog']]);
    expect(second.nextToken).toBeUndefined();
    await client.send(new CreateLogStreamCommand({ logGroupName: '/ecs/cart', logStreamName: 'app/1' }));
    await expect(client.send(new CreateLogStreamCommand({ logGroupName: '/nowhere', logStreamName: 'app/1' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('keeps what PutLogEvents sends and says which events were too old or too new', async () => {
    await client.send(new CreateLogGroupCommand({ logGroupName: '/ecs/cart' }));
    await client.send(new CreateLogStreamCommand({ logGroupName: '/ecs/cart', logStreamName: 'app/1' }));
    const put = (times: number[]) =>
      client.send(
        new PutLogEventsCommand({
          logGroupName: '/ecs/cart',
          logStreamName: 'app/1',
          logEvents: times.map((timestamp) => ({ timestamp, message: `at ${timestamp - start}` })),
        }),
      );
    const fourteenDays = 14 * 86_400_000;
    expect((await put([start - fourteenDays - 1, start - fourteenDays])).rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
    expect((await put([start, start + 7_200_001])).rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
    await expect(put([start + 2, start + 1])).rejects.toMatchObject({ name: 'InvalidParameterException' });
    expect(await allMessages({ startTime: start })).toEqual(['at 0']);
  });

  it('orders streams by last event', async () => {
    logs.append('/ecs/cart', 'app/old', start, 'x');
    logs.append('/ecs/cart', 'app/new', start + 5, 'x');
    const byTime = await client.send(
      new DescribeLogStreamsCommand({ logGroupName: '/ecs/cart', orderBy: 'LastEventTime', descending: true }),
    );
    expect(byTime.logStreams?.map((stream) => [stream.logStreamName, stream.lastEventTimestamp])).toEqual([
      ['app/new', start + 5],
      ['app/old', start],
    ]);
  });

  it('interleaves streams by time over all pages, with no event twice while new ones arrive', async () => {
    for (let i = 0; i < 10; i += 1) logs.append('/ecs/cart', `app/${i % 2}`, start + 10 - i, `line ${10 - i}`);
    const first = await client.send(new FilterLogEventsCommand({ logGroupName: '/ecs/cart', limit: 4 }));
    logs.append('/ecs/cart', 'app/9', start, 'late arrival of an early line');
    const second = await client.send(new FilterLogEventsCommand({ logGroupName: '/ecs/cart', limit: 40, nextToken: first.nextToken }));
    expect([...(first.events ?? []), ...(second.events ?? [])].map((event) => event.message)).toEqual(
      Array.from({ length: 10 }, (_, i) => `line ${i + 1}`),
    );
    expect(second.nextToken).toBeUndefined();
    expect(await allMessages({ limit: 3, startFromHead: false, startTime: start + 8 })).toEqual(['line 10', 'line 9', 'line 8']);
  });

  it('selects by time, both ends included, by stream names and by stream prefix', async () => {
    for (let i = 0; i < 6; i += 1) logs.append('/ecs/cart', `app/${i % 3}`, start + i, `line ${i}`);
    expect(await allMessages({ startTime: start + 2, endTime: start + 4 })).toEqual(['line 2', 'line 3', 'line 4']);
    expect(await allMessages({ logStreamNames: ['app/0', 'app/2'] })).toEqual(['line 0', 'line 2', 'line 3', 'line 5']);
    expect(await allMessages({ logStreamNamePrefix: 'app/1' })).toEqual(['line 1', 'line 4']);
    await expect(allMessages({ logStreamNames: ['app/7'] })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(allMessages({ logStreamNames: ['app/0'], logStreamNamePrefix: 'a' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it('refuses a pattern it does not imitate and a token of another request', async () => {
    for (let i = 0; i < 3; i += 1) logs.append('/ecs/cart', 'app/1', start + i, 'ERROR');
    await expect(allMessages({ filterPattern: '[a, b]' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const { nextToken } = await client.send(new FilterLogEventsCommand({ logGroupName: '/ecs/cart', limit: 1 }));
    const other = new FilterLogEventsCommand({ logGroupName: '/ecs/cart', limit: 1, filterPattern: 'ERROR', nextToken });
    await expect(client.send(other)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining('nextToken'),
    });
    await expect(client.send(new FilterLogEventsCommand({ logGroupName: '/nowhere' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(client.send(new FilterLogEventsCommand({ logGroupName: '/ecs/cart', limit: 10_001 }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining("'10001' at 'limit'"),
    });
  });

  it('walks one stream in both directions and repeats the token at its end', async () => {
    for (let i = 0; i < 5; i += 1) logs.append('/ecs/cart', 'app/1', start + i, `line ${i}`);
    logs.append('/ecs/cart', 'app/2', start, 'other');
    const get = (nextToken?: string, startFromHead?: boolean) =>
      client.send(new GetLogEventsCommand({ logGroupName: '/ecs/cart', logStreamName: 'app/1', limit: 3, nextToken, startFromHead }));
    const tail = await get();
    expect(tail.events?.map((event) => event.message)).toEqual(['line 2', 'line 3', 'line 4']);
    const before = await get(tail.nextBackwardToken);
    expect(before.events?.map((event) => event.message)).toEqual(['line 0', 'line 1']);
    const end = await get(tail.nextForwardToken, true);
    expect(end.events).toEqual([]);
    expect(end.nextForwardToken).toBe(tail.nextForwardToken);
    logs.append('/ecs/cart', 'app/1', start + 9, 'new line');
    expect((await get(tail.nextForwardToken, true)).events?.map((event) => event.message)).toEqual(['new line']);
  });

  it('forgets the oldest events of a full group and keeps the newest', async () => {
    for (let i = 0; i < 100; i += 1) logs.append('/ecs/cart', 'app/1', start + i, `line ${i}`);
    const kept = await allMessages({});
    expect(kept.length).toBeLessThanOrEqual(22);
    expect(kept.slice(-20)).toEqual(Array.from({ length: 20 }, (_, i) => `line ${80 + i}`));
  });

  it('answers an Insights query only after it has run, and a stopped one never', async () => {
    logs.append('/ecs/cart', 'app/1', start, 'x');
    const window = { startTime: start / 1000, endTime: start / 1000 };
    const command = new StartQueryCommand({ logGroupName: '/ecs/cart', ...window, queryString: 'fields @message' });
    const [{ queryId }, stopped] = [await client.send(command), await client.send(command)];
    expect(await client.send(new GetQueryResultsCommand({ queryId }))).toMatchObject({ status: 'Running', results: [] });
    expect(await client.send(new StopQueryCommand({ queryId: stopped.queryId }))).toMatchObject({ success: true });
    now += 1000;
    expect(await client.send(new GetQueryResultsCommand({ queryId }))).toMatchObject({
      status: 'Complete',
      results: [[{ field: '@message', value: 'x' }, { field: '@ptr' }]],
      statistics: { recordsMatched: 1, recordsScanned: 1 },
    });
    expect(await client.send(new GetQueryResultsCommand({ queryId: stopped.queryId }))).toMatchObject({ status: 'Cancelled', results: [] });
    await expect(client.send(new StopQueryCommand({ queryId }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('runs fields, filter, stats, sort and limit', async () => {
    const lines = [
      { level: 'error', route: '/quote', ms: 900, err: { code: 'ECONNRESET' } },
      { level: 'info', route: '/quote', ms: 10 },
      { level: 'error', route: '/cart', ms: 700, err: { code: 'ETIMEDOUT' } },
      { level: 'error', route: '/quote', ms: 800, err: { code: 'ECONNRESET' } },
    ];
    lines.forEach((line, index) => {
      logs.append('/ecs/cart', 'app/1', start + index * 40_000, JSON.stringify(line));
    });
    logs.append('/ecs/cart', 'app/2', start + 1, 'plain Error text');

    expect(await query('fields @timestamp, ms as took | filter level = "error" and err.code like /conn/ or ms = 10')).toEqual([
      { '@timestamp': '2026-01-31 12:00:40.000', took: '10' },
    ]);
    expect(await query('fields ms | filter level="error" and err.code like /(?i)conn/ | sort ms asc')).toEqual([
      { ms: '800' },
      { ms: '900' },
    ]);
    expect(await query('filter @message like "Error text" | fields @logStream')).toEqual([{ '@logStream': 'app/2' }]);
    expect(await query('fields route | filter not (route = "/cart" or ms < 100) | sort @timestamp | limit 1')).toEqual([
      { route: '/quote' },
    ]);
    expect(await query('filter route in ["/quote", "/cart"] | stats count(*) as n by route, level | sort n desc, route')).toEqual([
      { route: '/quote', level: 'error', n: '2' },
      { route: '/cart', level: 'error', n: '1' },
      { route: '/quote', level: 'info', n: '1' },
    ]);
    expect(await query('filter level = "error" | stats count(*) by bin(1m)')).toEqual([
      { 'bin(1m)': '2026-01-31 12:00:00.000', 'count(*)': '1' },
      { 'bin(1m)': '2026-01-31 12:01:00.000', 'count(*)': '1' },
      { 'bin(1m)': '2026-01-31 12:02:00.000', 'count(*)': '1' },
    ]);
    expect(await query('filter level = "fatal" | stats count(*)')).toEqual([{ 'count(*)': '0' }]);
  });

  it.each([
    'parse @message "* - *" as a, b',
    'stats avg(ms) by route',
    'stats count(*) by bin(five)',
    'filter level = ',
    'filter level',
    'filter @message like /(/',
    'fields @message | limit 0',
    'fields @message | dedup level',
    'fields a b',
    'fields @message |',
    '',
  ])('refuses the query %j with its position', async (queryString) => {
    logs.append('/ecs/cart', 'app/1', start, 'x');
    const command = new StartQueryCommand({ logGroupName: '/ecs/cart', startTime: 0, endTime: 1, queryString });
    await expect(client.send(command)).rejects.toMatchObject({
      name: 'MalformedQueryException',
      queryCompileError: { location: { startCharOffset: expect.any(Number) } },
    });
  });
});
