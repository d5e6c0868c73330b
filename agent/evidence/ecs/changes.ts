/** From one revision to the next: what was deployed or set differently. Values that look secret are never written down. */
import type { ChangeFact, TaskDefinitionFact } from '../../domain/evidence.ts';
import { isSecretName, looksSecret } from '../../domain/secret-text.ts';
import { cleanText } from '../answer.ts';
import type { TaskDefinition } from './schema.ts';
import { shaOf } from './sha.ts';

const maxLines = 100;
const maxValueLength = 200;
const hidden = '***';

export interface Revision {
  /** When its deployment began, ISO 8601. */
  startedAt: string;
  taskDefinition: string;
}

export function taskDefinitionFact(service: string, definition: TaskDefinition): TaskDefinitionFact {
  const { taskDefinitionArn, registeredAt, cpu, containerDefinitions } = definition;
  return {
    kind: 'task-definition',
    service,
    taskDefinition: taskDefinitionArn,
    registeredAt: registeredAt?.toISOString() ?? null,
    sha: shaOf(definition),
    // Registered as units, or as a number of vCPUs, which ECS turns into units.
    cpu: Number(cpu) || null,
    containers: containerDefinitions.map(({ name, image, essential, cpu, memory, memoryReservation }) => ({
      name: cleanText(name, 255),
      image: cleanText(image, 500),
      essential,
      cpu: cpu || null,
      memory: memory ?? memoryReservation ?? null,
    })),
  };
}

/** One change for each deployment of another revision than the one before. `revisions` newest first; the oldest has nothing to be compared with. */
export function revisionChanges(
  service: string,
  revisions: readonly Revision[],
  definitions: ReadonlyMap<string, TaskDefinition>,
): ChangeFact[] {
  return revisions.flatMap(({ startedAt, taskDefinition }, index): ChangeFact[] => {
    const before = revisions[index + 1]?.taskDefinition;
    const [to, from] = [definitions.get(taskDefinition), definitions.get(before ?? '')];
    const t = Math.floor(Date.parse(startedAt) / 1_000);
    if (to === undefined || from === undefined || before === taskDefinition || Number.isNaN(t)) return [];
    const [now, then] = [settingsOf(to), settingsOf(from)];
    const changed = [...new Set([...then.keys(), ...now.keys()])].filter((name) => now.get(name)?.value !== then.get(name)?.value);
    const lines = changed.flatMap((name) => [
      ...(then.has(name) ? [`- ${name}: ${shown(then.get(name))}`] : []),
      ...(now.has(name) ? [`+ ${name}: ${shown(now.get(name))}`] : []),
    ]);
    const sha = shaOf(to);
    // A tag may be moved to other code; what the builder wrote down then tells.
    const isOtherCode = sha !== '' && sha !== shaOf(from);
    const isDeploy = changed.length === 0 || isOtherCode || changed.some((name) => name.endsWith('.image'));
    const what = changed.length === 0 ? 'nothing in it changed' : `changed: ${changed.join(', ')}`;
    return [
      {
        kind: 'change',
        changeKind: isDeploy ? 'deploy' : 'config',
        t,
        service,
        sha,
        message: cleanText(`${nameOf(to)} after ${nameOf(from)}; ${what}`, 1_000),
        files: [],
        diff: lines.slice(0, maxLines).join('\n'),
        url: '',
      },
    ];
  });
}

interface Setting {
  value: string;
  isSecret: boolean;
}

/** Everything that decides how a task runs, by name. */
function settingsOf(definition: TaskDefinition): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  const set = (name: string, value: unknown, isSecret?: boolean) => {
    if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    settings.set(cleanText(name, 200), { value: text, isSecret: isSecret ?? looksSecret(text) });
  };
  for (const name of ['cpu', 'memory', 'taskRoleArn', 'executionRoleArn'] as const) set(`task.${name}`, definition[name]);
  for (const container of definition.containerDefinitions) {
    const { name, environment, secrets, dockerLabels: _, ...rest } = container;
    for (const [key, value] of Object.entries(rest)) set(`${name}.${key}`, value);
    for (const variable of environment)
      set(`${name}.environment.${variable.name}`, variable.value, isSecretName(variable.name) || looksSecret(variable.value));
    // Only where it is kept.
    for (const secret of secrets) set(`${name}.secrets.${secret.name}`, secret.valueFrom, false);
  }
  return settings;
}

function shown(setting: Setting | undefined): string {
  if (setting === undefined || setting.isSecret) return hidden;
  return cleanText(setting.value, maxValueLength);
}

/** `family:revision` */
function nameOf({ taskDefinitionArn }: TaskDefinition): string {
  return taskDefinitionArn.slice(taskDefinitionArn.lastIndexOf('/') + 1);
}
