/** StartQuery, GetQueryResults and StopQuery: a query is run when it starts, its results appear a little later, as with the service. */
import { randomUUID } from 'node:crypto';
import type { Operations } from '../wire/operation.ts';
import { ServiceException } from '../wire/operation.ts';
import { invalidParameter, parseInput, queryIdInput, startQueryInput } from './inputs.ts';
import { malformed, parseInsights } from './insights-query.ts';
import { type QueryOutcome, runInsights } from './insights-run.ts';
import type { LogGroup } from './store.ts';

/** Long enough for a caller that does not poll to notice, short enough for one that does. */
const QUERY_MS = 100;
const MAX_QUERIES_KEPT = 1000;

interface RunningQuery {
  startedAt: number;
  outcome: QueryOutcome;
  groups: number;
  cancelled: boolean;
}

export function createInsights(deps: { now: () => number; groupNamed: (nameOrArn: string) => LogGroup }): Operations {
  const queries = new Map<string, RunningQuery>();
  const isDone = (query: RunningQuery) => deps.now() - query.startedAt >= QUERY_MS;

  function queryOf(raw: Record<string, unknown>): RunningQuery {
    const { queryId } = parseInput(queryIdInput, raw);
    const query = queries.get(queryId);
    if (!query) throw new ServiceException('ResourceNotFoundException', `Query ${queryId} does not exist.`);
    return query;
  }

  return {
    StartQuery(raw) {
      const input = parseInput(startQueryInput, raw);
      const asked = [input.logGroupName && [input.logGroupName], input.logGroupNames, input.logGroupIdentifiers].filter(
        (names) => names !== undefined,
      );
      const [names] = asked;
      if (asked.length !== 1 || !names) {
        throw invalidParameter('Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified.');
      }
      if (input.endTime < input.startTime) throw malformed('end date and time is before the start date and time', 0, 0);
      const query = parseInsights(input.queryString);
      const groups = names.map(deps.groupNamed);
      const [from, to] = [input.startTime * 1000, input.endTime * 1000 + 999];
      const events = groups.flatMap((group) =>
        group.events.filter((e) => e.timestamp >= from && e.timestamp <= to).map((event) => ({ group: group.name, event })),
      );
      const queryId = randomUUID();
      queries.set(queryId, {
        startedAt: deps.now(),
        outcome: runInsights(query, events, input.limit),
        groups: groups.length,
        cancelled: false,
      });
      const oldest = queries.keys().next().value;
      if (queries.size > MAX_QUERIES_KEPT && oldest !== undefined) queries.delete(oldest);
      return { queryId };
    },

    GetQueryResults(raw) {
      const query = queryOf(raw);
      const status = query.cancelled ? 'Cancelled' : isDone(query) ? 'Complete' : 'Running';
      const { rows, matched, scanned, bytesScanned } = query.outcome;
      const none = status !== 'Complete';
      return {
        queryLanguage: 'CWLI',
        status,
        results: none ? [] : rows,
        statistics: {
          recordsMatched: none ? 0 : matched,
          recordsScanned: none ? 0 : scanned,
          bytesScanned: none ? 0 : bytesScanned,
          logGroupsScanned: query.groups,
        },
      };
    },

    StopQuery(raw) {
      const query = queryOf(raw);
      if (query.cancelled || isDone(query)) throw invalidParameter('The specified query is not running.');
      query.cancelled = true;
      return { success: true };
    },
  };
}
