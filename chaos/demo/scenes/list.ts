/** The scenes in the order they are played. */
import { badRelease } from './bad-release.ts';
import { control } from './control.ts';
import { hungTask } from './hung-task.ts';
import type { Scene } from './scene.ts';
import { slowLeak } from './slow-leak.ts';

export const scenes: readonly Scene[] = [badRelease, hungTask, slowLeak, control];
