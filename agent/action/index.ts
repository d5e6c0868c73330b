/** The catalogue: every change the agent can make, in the order they are offered. It holds no other code; one line adds an action. */
import type { ActionPlugin } from './plugin.ts';
import { restartService } from './restart-service/index.ts';
import { rollBackDeployment } from './roll-back-deployment/index.ts';
import { scaleService } from './scale-service/index.ts';
import { stopTask } from './stop-task/index.ts';

export const actionPlugins: readonly ActionPlugin[] = [rollBackDeployment, stopTask, restartService, scaleService];
