import { z } from 'zod';
import { ServiceSnapshot } from '../ecs/service.ts';
import { callTimeoutMs, ServiceParams } from '../params.ts';

export const Config = z.strictObject({ callTimeoutMs });
export type Config = z.infer<typeof Config>;

export const Params = ServiceParams;
export type Params = z.infer<typeof Params>;

export const Snapshot = ServiceSnapshot;
