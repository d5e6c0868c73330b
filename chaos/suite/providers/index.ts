/** The modules experiments may name. One line each. */
import { agent } from './agent.ts';
import { alertmanager } from './alertmanager.ts';
import { ecs } from './ecs.ts';
import { fis } from './fis.ts';
import { flags } from './flags.ts';
import { friend } from './friend.ts';
import { load } from './load.ts';
import { outside } from './outside.ts';
import type { ProviderModule } from './provider.ts';
import { repository } from './repository.ts';
import { spot } from './spot.ts';
import { volume } from './volume.ts';

export const providers: readonly ProviderModule[] = [agent, alertmanager, ecs, fis, flags, friend, load, outside, repository, spot, volume];
