/** What a service event is about. ECS gives its events no code, only sentences; they begin with the service's name, which is not read. */
import type { EventMeaning } from '../../domain/evidence.ts';

const meanings: readonly [RegExp, EventMeaning][] = [
  [/^has reached a steady state/, 'steady-state'],
  [/^was unable to place a task/, 'placement-failure'],
  [/^is unable to consistently start tasks/, 'start-impaired'],
  [/^(?:\(instance [^)]{1,100}\) )?\(port \d{1,5}\) is unhealthy in \(target-group /, 'unhealthy-target'],
  [/^(?:\(instance [^)]{1,100}\) )?is unhealthy in \((?:target-group|elb) /, 'unhealthy-target'],
  [/^\(task [^)]{1,100}\) failed container health checks/, 'unhealthy-container'],
  [/^(?:operations are being throttled|(?:deployment|task) .{0,80}throttl)/, 'throttled'],
  [/^\(deployment [^)]{1,100}\) deployment (?:completed|failed)/, 'deployment'],
  [/^rolling back to /, 'deployment'],
  [/^has started \d{1,6} tasks/, 'task-started'],
  [/^has (?:stopped \d{1,6} running tasks|begun draining connections)/, 'task-stopped'],
];

export function eventMeaning(message: string): EventMeaning {
  // `(service NAME) ` or, with a task set, `(service NAME, taskSet ID) `; a name has neither comma nor bracket.
  const said = message.replace(/^\(service [^),]{1,300}(?:, taskSet [^)]{1,300})?\) ?/, '');
  return meanings.find(([words]) => words.test(said))?.[1] ?? 'other';
}
