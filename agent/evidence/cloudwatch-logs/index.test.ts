import type { RequestListener } from 'node:http';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvidenceQuestion, LogPattern, MetricSeries } from '../../domain/evidence.ts';
import { systemClock } from '../../system-clock.ts';
import { calm, question } from '../../testing/question.ts';
import { describeEvidenceSource } from '../source.contract.ts';
import type { EvidenceAnswer } from '../source.ts';
import { AwsError, type AwsOperation, speakingAws, startUpstream, type Upstream } from '../upstream.contract.ts';
import { cloudwatchLogs } from './index.ts';

const event = (time: string, message: string, task = 'aaaa') => ({
  timestamp: Date.parse(`2026-11-21T${time}Z`),
  message,
  logStreamName: `app/checkout/${task}`,
});
type Event = ReturnType<typeof event>;

/** A log group as CloudWatch answers for it: both ends of the window included. */
function holding(events: readonly Event[]): AwsOperation {
  return ({ startTime, endTime }) => ({
    events: events.filter(({ timestamp }) => timestamp >= Number(startTime) && timestamp <= Number(endTime)),
    searchedLogStreams: [],
  });
}
/** An empty log group that keeps one field of every request. */
function noting(seen: unknown[], field: string): AwsOperation {
  return (input) => {
    seen.push(input[field]);
    return { events: [] };
  };
}
const failing = (time: string, item: number, task?: string) =>
  event(time, JSON.stringify({ level: 50, msg: `quote of item ${item} failed` }), task);
const events = [
  event('09:50:00', '{"level":40,"msg":"cache is cold"}'),
  event('09:57:00', '{"level":40,"msg":"cache is cold"}'),
  event('09:59:00', '{"level":30,"msg":"fine"}'),
  failing('10:00:00', 1),
  failing('10:01:00', 22, 'bbbb'),
  event('10:02:00', '{"level":40,"msg":"cache is cold"}'),
  failing('10:05:00', 333),
];
const denied = new AwsError('AccessDeniedException', 'User is not authorized to perform: logs:FilterLogEvents');
const noGroup = new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');

function clientAt(url: string): CloudWatchLogsClient {
  return new CloudWatchLogsClient({
    endpoint: url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' },
    maxAttempts: 2,
  });
}

describeEvidenceSource('cloudwatch-logs', {
  create: (url) => cloudwatchLogs.create(cloudwatchLogs.config.parse({}), { logs: clientAt(url), clock: systemClock }),
  question,
  upstream: {
    found: speakingAws({ FilterLogEvents: holding(events) }),
    nothing: speakingAws({ FilterLogEvents: () => noGroup }),
    truncated: speakingAws({
      FilterLogEvents: (input) => (Number(input.startTime) < question.onset.getTime() ? denied : holding(events)(input)),
    }),
  },
});

describe('cloudwatch-logs', () => {
  let upstream: Upstream;
  let client: CloudWatchLogsClient;
  beforeAll(async () => {
    upstream = await startUpstream();
    client = clientAt(upstream.url);
  });
  afterAll(async () => {
    client.destroy();
    await upstream.close();
  });

  const askRaw = (listener: RequestListener, settings: object = {}, asked = question) => {
    upstream.answer(listener);
    return cloudwatchLogs.create(cloudwatchLogs.config.parse(settings), { logs: client, clock: systemClock }).ask(asked, calm);
  };
  const ask = (FilterLogEvents: AwsOperation, settings?: object, asked?: EvidenceQuestion) =>
    askRaw(speakingAws({ FilterLogEvents }), settings, asked);
  const patterns = (answer: EvidenceAnswer) => answer.facts.filter((fact): fact is LogPattern => fact.kind === 'log-pattern');

  it('counts each kind of warning and error since the onset and for as long before, new kinds first', async () => {
    expect((await ask(holding(events))).facts).toEqual([
      {
        kind: 'log-pattern',
        service: 'checkout',
        level: 'error',
        template: 'quote of item <*> failed',
        sample: 'quote of item 1 failed',
        count: 3,
        countBefore: 0,
        firstAt: '2026-11-21T10:00:00.000Z',
        taskIds: ['aaaa', 'bbbb'],
      },
      expect.objectContaining({ level: 'warn', template: 'cache is cold', count: 1, countBefore: 1, firstAt: '2026-11-21T09:50:00.000Z' }),
    ]);
  });

  it('reads from the start of the baseline to now, each moment once, the time since the onset first', async () => {
    const asked: unknown[] = [];
    await ask((input) => {
      asked.push([input.logGroupName, input.startTime, input.endTime, input.filterPattern]);
      return { events: [] };
    });
    expect(asked).toEqual([
      ['/ecs/shop/checkout', Date.parse('2026-11-21T10:00:00Z'), Date.parse('2026-11-21T10:05:00Z'), undefined],
      ['/ecs/shop/checkout', Date.parse('2026-11-21T09:45:00Z'), Date.parse('2026-11-21T10:00:00Z') - 1, undefined],
    ]);
  });

  it('answers nothing when no warning and no error was logged', async () => {
    expect(await ask(holding([event('10:01:00', '{"level":30,"msg":"fine"}')]))).toMatchObject({
      status: 'nothing',
      detail: 'no warning and no error was logged',
    });
  });

  it('names the permission that is missing', async () => {
    const answer = await ask(() => denied);
    expect(answer.status).toBe('failed');
    expect(answer.detail).toMatch(/^auth: .*\(allow logs:FilterLogEvents\)$/);
  });

  it('names the log group there is not and keeps what the other service logged', async () => {
    const answer = await ask(
      (input) => (input.logGroupName === '/ecs/shop/ghost' ? noGroup : holding(events)(input)),
      {},
      { ...question, focus: ['ghost', 'checkout'] },
    );
    expect(answer).toMatchObject({ status: 'found', detail: 'there is no log group /ecs/shop/ghost' });
    expect(patterns(answer).every(({ service }) => service === 'checkout')).toBe(true);
  });

  it('follows pages, empty ones too, and sums them up', async () => {
    const answer = await ask(({ startTime, nextToken }) => {
      if (Number(startTime) < question.onset.getTime()) return { events: [] };
      if (nextToken === undefined) return { events: [failing('10:01:00', 1)], nextToken: 'two' };
      return nextToken === 'two' ? { events: [], nextToken: 'three' } : { events: [failing('10:02:00', 2)] };
    });
    expect(answer.status).toBe('found');
    expect(patterns(answer)[0]?.count).toBe(2);
  });

  it('stops at its limit of pages and says so', async () => {
    const answer = await ask(() => ({ events: [failing('10:01:00', 1)], nextToken: 'again' }), { maxPages: 3 });
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('/ecs/shop/checkout: only the first 3 pages from 2026-11-21T10:00:00.000Z on were read');
    expect(upstream.requests()).toBe(6);
  });

  it('stops at its limit of bytes and says so', async () => {
    const large = event('10:01:00', JSON.stringify({ level: 50, msg: 'x'.repeat(800) }));
    const answer = await ask(({ startTime }) => ({ events: Number(startTime) < question.onset.getTime() ? [] : [large, large, large] }), {
      maxBytes: 2_000,
    });
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('only the first 2000 bytes');
    expect(patterns(answer)[0]?.count).toBe(2);
  });

  it('keeps new kinds when there are more kinds than it reports', async () => {
    const word = (index: number) => String.fromCharCode(97 + (index % 26), 97 + Math.floor(index / 26));
    const old = Array.from({ length: 60 }, (_, index) => `{"level":40,"msg":"old ${word(index)}"}`);
    const answer = await ask(
      holding([
        ...old.map((line) => event('09:58:00', line)),
        ...old.flatMap((line) => [event('10:01:00', line), event('10:01:00', line)]),
        failing('10:02:00', 1),
      ]),
      { maxPatterns: 10 },
    );
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('logs of checkout: 51 more patterns were left out');
    expect(patterns(answer)[0]).toMatchObject({ template: 'quote of item <*> failed', count: 1 });
    expect(patterns(answer)).toHaveLength(10);
  });

  it('bounds the number of kinds it remembers', async () => {
    const words = Array.from({ length: 2_500 }, (_, index) =>
      index.toString(26).replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 26))),
    );
    const answer = await ask(
      holding(words.map((word) => event('10:01:00', JSON.stringify({ level: 50, msg: `${word} failed at the start` })))),
    );
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('1900 more patterns and 500 lines of still other kinds were left out');
  });

  it('cleans and cuts the sample', async () => {
    const answer = await ask(holding([event('10:01:00', JSON.stringify({ level: 50, msg: `bad \u001b[31m\u202e\n${'y'.repeat(900)}` }))]));
    expect(patterns(answer)[0]?.sample).toMatch(/^bad {2}y{200,}$/);
    expect(patterns(answer)[0]?.sample.length).toBeLessThanOrEqual(300);
  });

  it.each(["$&{cluster}$'| fields @message", "x' | limit 1", 'checkout:*', 'line\nbreak'])(
    'asks nothing about %j, which no log group is called',
    async (name) => {
      const groups: unknown[] = [];
      const answer = await ask(noting(groups, 'logGroupName'), { insights: { historySeconds: 3_600 } }, { ...question, focus: [name] });
      expect(answer.status).toBe('nothing');
      expect(answer.detail).toMatch(/^there is no log group \/ecs\/shop\//);
      expect(groups).toEqual([]);
      expect(upstream.requests()).toBe(0);
    },
  );

  it('cuts an onset that lies far back', async () => {
    const starts: number[] = [];
    const answer = await ask(
      (input) => {
        starts.push(Number(input.startTime));
        return { events: [] };
      },
      { maxWindowSeconds: 3_600 },
      { ...question, onset: new Date(0) },
    );
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('further back than 3600 s');
    expect(Math.min(...starts)).toBe(Date.parse('2026-11-21T08:05:00Z'));
  });

  it('answers with what it has when the rest takes too long', async () => {
    const answer = await askRaw(
      (request, response) => {
        if (upstream.requests() === 1) speakingAws({ FilterLogEvents: holding(events) })(request, response);
      },
      { timeoutMs: 300 },
    );
    expect(answer).toMatchObject({ status: 'truncated', detail: 'timeout: cloudwatch-logs: no answer within 300 ms' });
    expect(patterns(answer)[0]).toMatchObject({ count: 3 });
  });

  it('sends the filter pattern of the settings and nothing else as one', async () => {
    const sent: unknown[] = [];
    await ask(noting(sent, 'filterPattern'), { filterPattern: '{ $.level >= 40 }' });
    expect(new Set(sent)).toEqual(new Set(['{ $.level >= 40 }']));
  });

  it('says what it read', async () => {
    const bytes = events.reduce((sum, { message }) => sum + message.length, 0);
    expect((await ask(holding(events))).cost).toEqual({ calls: 2, bytes, scanned: null, unit: null });
  });

  describe('with Logs Insights', () => {
    const settings = { insights: { historySeconds: 7_200 } };
    const row = (time: string, lines: number, level?: string | number) => [
      { field: 'bin(1m)', value: `2026-11-21 ${time}:00.000` },
      ...(level === undefined ? [] : [{ field: 'level', value: String(level) }]),
      { field: 'lines', value: String(lines) },
    ];
    const complete = (...results: object[]) => ({ status: 'Complete', results, statistics: { bytesScanned: 4_096 } });
    const insights = (GetQueryResults: AwsOperation, more: Record<string, AwsOperation> = {}) =>
      speakingAws({
        FilterLogEvents: () => ({ events: [] }),
        StartQuery: () => ({ queryId: 'q' }),
        GetQueryResults,
        StopQuery: () => ({ success: true }),
        ...more,
      });
    const series = ({ facts }: EvidenceAnswer, metric: string) =>
      facts.find((fact): fact is MetricSeries => fact.kind === 'series' && fact.metric === metric);

    it('counts lines and errors in even steps over a long time, and says how much was scanned', async () => {
      const asked: Record<string, unknown>[] = [];
      const rows = [row('09:59', 7, 30), row('10:03', 4, 50), row('10:03', 2, 'ERROR'), row('10:03', 1, 40), row('10:04', 5)];
      const answer = await askRaw(
        insights(() => complete(...rows), {
          StartQuery: (input) => {
            asked.push(input);
            return { queryId: 'q' };
          },
        }),
        settings,
      );
      expect(asked).toEqual([
        {
          logGroupName: '/ecs/shop/checkout',
          queryString: 'stats count(*) as lines by bin(1m), level | limit 10000',
          startTime: Date.parse('2026-11-21T08:00:00Z') / 1_000,
          endTime: Date.parse('2026-11-21T10:05:00Z') / 1_000 - 1,
          limit: 10_000,
        },
      ]);
      expect(answer).toMatchObject({ status: 'found', cost: { calls: 4, scanned: 4_096, unit: 'bytes' } });
      expect(series(answer, 'log_lines')).toMatchObject({ service: 'checkout', stat: 'Sum', unit: 'Count' });
      expect(series(answer, 'log_lines')?.points).toHaveLength(125);
      const last = (metric: string) =>
        series(answer, metric)
          ?.points.slice(-6)
          .map(([, value]) => value);
      expect([last('log_lines'), last('log_errors')]).toEqual([
        [7, 0, 0, 0, 7, 5],
        [0, 0, 0, 0, 6, 0],
      ]);
    });

    it('waits until the query is done', async () => {
      const answer = await askRaw(
        insights(() => (upstream.requests() < 6 ? { status: 'Running', results: [row('10:03', 1)] } : complete(row('10:03', 9)))),
        settings,
      );
      expect(series(answer, 'log_lines')?.points.at(-2)?.[1]).toBe(9);
    });

    it('stops the query when its time is over', async () => {
      const stopped = Promise.withResolvers<unknown>();
      const StopQuery: AwsOperation = ({ queryId }) => {
        stopped.resolve(queryId);
        return { success: true };
      };
      const answer = await askRaw(
        insights(() => ({ status: 'Running' }), { StopQuery }),
        { ...settings, timeoutMs: 400 },
      );
      expect(answer).toMatchObject({ status: 'truncated', detail: 'timeout: cloudwatch-logs: no answer within 400 ms' });
      expect(await stopped.promise).toBe('q');
    });

    it('stops the query when nobody waits for the answer any more', async () => {
      const stopped = Promise.withResolvers<unknown>();
      const controller = new AbortController();
      const reason = new Error('the run was stopped');
      upstream.answer(
        insights(
          () => {
            controller.abort(reason);
            return { status: 'Running' };
          },
          {
            StopQuery: ({ queryId }) => {
              stopped.resolve(queryId);
              return { success: true };
            },
          },
        ),
      );
      const source = cloudwatchLogs.create(cloudwatchLogs.config.parse(settings), { logs: client, clock: systemClock });
      await expect(source.ask(question, controller.signal)).rejects.toBe(reason);
      expect(await stopped.promise).toBe('q');
    });

    it.each([
      ['StartQuery', new AwsError('AccessDeniedException', 'no'), /^auth: .*\(allow logs:StartQuery\)$/],
      ['GetQueryResults', new AwsError('AccessDeniedException', 'no'), /^auth: .*\(allow logs:GetQueryResults\)$/],
      ['StartQuery', new AwsError('LimitExceededException', 'too many'), /^rate-limit: /],
      ['StartQuery', new AwsError('MalformedQueryException', 'unexpected'), /^client: /],
    ])('keeps the rest when %s fails', async (operation, error, detail) => {
      const answer = await askRaw(
        insights(() => complete(), { [operation]: () => error, FilterLogEvents: holding(events) }),
        settings,
      );
      expect(answer.status).toBe('truncated');
      expect(answer.detail).toMatch(detail);
      expect(patterns(answer)).toHaveLength(2);
    });

    it('takes a query that failed for no count', async () => {
      const answer = await askRaw(
        insights(() => ({ status: 'Failed', results: [row('10:03', 1)] })),
        settings,
      );
      expect(answer).toMatchObject({
        status: 'truncated',
        detail: 'server: logs: the query of /ecs/shop/checkout ended as Failed',
        facts: [],
      });
    });

    it('puts no name into a query, and takes no field name that says more', async () => {
      for (const levelField of ['level | fields @message', 'a b', 'level)', '`x`', '']) {
        expect(cloudwatchLogs.config.safeParse({ insights: { levelField } }).success).toBe(false);
      }
      const queries: unknown[] = [];
      const StartQuery: AwsOperation = ({ queryString }) => {
        queries.push(queryString);
        return { queryId: 'q' };
      };
      await askRaw(
        insights(() => complete(), { StartQuery }),
        settings,
        { ...question, cluster: 'c-1', focus: ['limit', 'stats_by'] },
      );
      expect(new Set(queries)).toEqual(new Set(['stats count(*) as lines by bin(1m), level | limit 10000']));
    });

    it('takes coarser steps for a longer time', async () => {
      const queries: unknown[] = [];
      const StartQuery: AwsOperation = ({ queryString }) => {
        queries.push(/bin\((\w+)\)/.exec(String(queryString))?.[1]);
        return { queryId: 'q' };
      };
      for (const historySeconds of [7_200, 86_400, 2_592_000]) {
        await askRaw(
          insights(() => complete(), { StartQuery }),
          { insights: { historySeconds } },
        );
      }
      expect(queries).toEqual(['1m', '15m', '6h']);
    });

    it('counts nothing for a verification', async () => {
      await askRaw(
        insights(() => complete()),
        settings,
        { ...question, purpose: 'verification' },
      );
      expect(upstream.requests()).toBe(2);
    });
  });

  it('refuses a log group template without a service', () => {
    expect(cloudwatchLogs.config.safeParse({ logGroupTemplate: '/ecs/all' }).success).toBe(false);
  });
});
