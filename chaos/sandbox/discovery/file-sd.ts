/** Prometheus file-based service discovery: one target per RUNNING task that has a port. Writes a file, serves nothing. */
import { renameSync, writeFileSync } from 'node:fs';
import type { Task } from '../ecs/model.ts';

export interface FileSdTarget {
  targets: string[];
  labels: Record<string, string>;
}

function targetsOf(tasks: Iterable<Task>): FileSdTarget[] {
  const list: FileSdTarget[] = [];
  for (const task of tasks) {
    if (task.lastStatus !== 'RUNNING' || task.hostPort === null || task.service === '') continue;
    const labels = { job: 'ecs', ecs_cluster: task.cluster, ecs_service: task.service, ecs_task: task.id };
    list.push({ targets: [`127.0.0.1:${task.hostPort}`], labels });
  }
  return list;
}

export class TargetsFile {
  readonly #path: string;
  #written = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Replaces the file in one step when the targets changed, so that Prometheus never reads half of it. */
  write(tasks: Iterable<Task>): void {
    const text = `${JSON.stringify(targetsOf(tasks), null, 2)}\n`;
    if (text === this.#written) return;
    const temporary = `${this.#path}.tmp`;
    writeFileSync(temporary, text);
    renameSync(temporary, this.#path);
    this.#written = text;
  }
}
