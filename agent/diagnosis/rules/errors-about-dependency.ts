/**
 * The service's own log lines say since the onset that something it calls cannot be reached, and no call signal measures that. Anybody who
 * gets words into a log could name anything: only known callees count, and the claim stays below what any action needs.
 */
import type { Hypothesis } from '../../domain/cause.ts';
import type { LogPattern } from '../../domain/evidence.ts';
import { score } from '../facts/score.ts';
import { calleeHealth, isClearlyFailingOrSlow } from '../facts/symptoms.ts';
import { type Cited, callsFrom, cite, runningTasks, type View } from '../facts/view.ts';
import { claim, type Rule, type Scene } from './rule.ts';

/** How a failed connection is put by the common runtimes and drivers. */
const unreachable =
  /ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENOTFOUND|ETIMEDOUT|connection (refused|reset|timed out|closed)|time(d )?out|unavailable|no route to host|could not connect|name resolution/i;
const fewest = 3;

export const errorsAboutDependency: Rule = (scene) => {
  const { view, service, signals } = scene;
  if (!isClearlyFailingOrSlow(view, signals)) return undefined;
  const lines = view.logs.filter((line) => line.service === service && isNewTrouble(line));
  const blamed = calleesOf(view, service)
    .map((callee) => ({ callee, lines: lines.filter((line) => names(line.sample, callee)) }))
    .filter((one) => one.lines.length > 0 && calleeHealth(view, service, one.callee) !== 'fine');
  const [only] = blamed;
  // Lines that accuse several at once accuse nobody.
  return only && blamed.length === 1 ? claimOf(scene, only.callee, only.lines) : undefined;
};

/** 0.3, +0.1 when every running task says so, +0.05 when the line was never seen before. */
function claimOf(scene: Scene, callee: string, lines: readonly Cited<LogPattern>[]): Hypothesis | undefined {
  const { view, service } = scene;
  const running = runningTasks(view, service);
  const isEverywhere = running.length > 0 && running.every(({ taskId }) => lines.some((line) => line.taskIds.includes(taskId)));
  const count = lines.reduce((sum, line) => sum + line.count, 0);
  const scored = score(
    0.3,
    [`${count} log lines of ${service} since the onset say that ${callee} cannot be reached`],
    [
      { when: isEverywhere, add: 0.1, why: 'every running task says so' },
      { when: lines.some(({ countBefore }) => countBefore === 0), add: 0.05, why: 'such lines were not there before' },
    ],
  );
  return claim(
    { ...scene, service: callee },
    'dependency-fault',
    scored,
    cite(lines),
    `${callee} answers well when asked by somebody else.`,
  );
}

function isNewTrouble(line: LogPattern): boolean {
  return (
    /^(error|fatal|critical|50|60)$/i.test(line.level) &&
    line.count >= fewest &&
    line.count >= 4 * line.countBefore &&
    unreachable.test(line.sample)
  );
}

/** Callees that metrics, traces or the configuration know, never those a text makes up. */
function calleesOf(view: View, service: string): string[] {
  const known = new Set(callsFrom(view, service).keys());
  for (const edge of view.edges) if (edge.caller === service) known.add(edge.callee);
  known.delete(service);
  return [...known];
}

/** As a word of its own: `cart` is not in `cartography`, nor in `shopping-cart`. */
function names(text: string, callee: string): boolean {
  return text
    .toLowerCase()
    .split(/[^a-z0-9_-]+/)
    .includes(callee.toLowerCase());
}
