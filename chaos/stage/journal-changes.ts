/** The changes of one caretaker, read from the journals of the other side. */
import type { JournalEntry as GithubEntry } from '../sandbox/github/github.ts';
import type { JournalEntry } from '../sandbox/wire/journal.ts';
import type { Change } from './stage.ts';

/** Calls that prepare a change and by themselves change nothing of what runs. */
const preparations = new Set(['RegisterTaskDefinition', 'DeregisterTaskDefinition', 'TagResource', 'CreateHostedConfigurationVersion']);

/** `serviceOfTask` answers the service of a task's ARN or id. */
export function changesOf(
  journal: readonly JournalEntry[],
  principal: string,
  serviceOfTask: (task: string) => string | undefined,
): Change[] {
  return journal
    .filter((entry) => entry.principal === principal && entry.result === 'ok' && !preparations.has(entry.operation))
    .map(({ at, operation, input }) => ({ at: Date.parse(at), operation, service: serviceOf(input, serviceOfTask) ?? 'unknown', input }));
}

/** Pull requests that were opened or merged: of those who write to GitHub on a stage, only the agent makes any. */
export function pullRequestsOf(journal: readonly GithubEntry[]): Change[] {
  return journal
    .filter(({ path, status }) => /^\/pulls(\/\d+\/merge)?$/.test(path) && status < 400)
    .map(({ at, method, path, body }) => ({
      at: Date.parse(at),
      operation: `${method} ${path}`,
      service: 'unknown',
      input: typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {},
    }));
}

function serviceOf(input: Record<string, unknown>, serviceOfTask: (task: string) => string | undefined): string | undefined {
  const { service, task, serviceDeploymentArn, ResourceId } = input;
  if (typeof service === 'string') return service.split('/').at(-1);
  if (typeof task === 'string') return serviceOfTask(task);
  // …:service-deployment/CLUSTER/SERVICE/ID
  if (typeof serviceDeploymentArn === 'string') return serviceDeploymentArn.split('/').at(-2);
  // Application Auto Scaling: service/CLUSTER/SERVICE
  if (typeof ResourceId === 'string') return ResourceId.split('/').at(-1);
  return undefined;
}
