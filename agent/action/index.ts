/** The catalogue: every change the agent can make, in the order they are offered. One line adds an action; nothing here knows one. */
import type { Action } from './action.ts';
import { forceNewDeployment } from './force-new-deployment/index.ts';
import { openIssue } from './open-issue/index.ts';
import type { ActionDeps, ActionPlugin } from './plugin.ts';
import { proposePatch } from './propose-patch/index.ts';
import { raiseTaskMemory } from './raise-task-memory/index.ts';
import { restartTasks } from './restart-tasks/index.ts';
import { revertCommit } from './revert-commit/index.ts';
import { rollBackDeployment } from './roll-back-deployment/index.ts';
import { runRunbook } from './run-runbook/index.ts';
import { scaleService } from './scale-service/index.ts';
import { setFlag } from './set-flag/index.ts';
import { stopDeployment } from './stop-deployment/index.ts';
import { stopExperiment } from './stop-experiment/index.ts';
import { stopTask } from './stop-task/index.ts';

export const actionPlugins: readonly ActionPlugin[] = [
  stopExperiment,
  setFlag,
  runRunbook,
  rollBackDeployment,
  stopTask,
  forceNewDeployment,
  restartTasks,
  scaleService,
  raiseTaskMemory,
  stopDeployment,
  revertCommit,
  proposePatch,
  openIssue,
];

/** The actions that are set up; `settings` by plug-in id. */
export function createCatalog(settings: Readonly<Record<string, unknown>>, deps: ActionDeps): Action[] {
  return actionPlugins.flatMap((plugin) => plugin.create(settings[plugin.id], deps) ?? []);
}
