import { z } from 'zod';
import { ServiceSnapshot } from '../ecs/service.ts';
import { minHealthyShare } from '../ecs/tasks.ts';
import { callTimeoutMs, ServiceParams, TaskId } from '../params.ts';

export const Config = z.strictObject({ callTimeoutMs, minHealthyShare });
export type Config = z.infer<typeof Config>;

export const Params = ServiceParams.extend({ taskId: TaskId });
export type Params = z.infer<typeof Params>;

export const Snapshot = ServiceSnapshot.extend({ taskArn: z.string().min(1) });
