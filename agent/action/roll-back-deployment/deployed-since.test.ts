import { expect, it } from 'vitest';
import { deployedSince } from './deployed-since.ts';

const past = (arn: string, taskDefinition: string) => ({
  arn,
  taskDefinition,
  status: 'SUCCESSFUL',
  createdAt: new Date(0),
  finishedAt: null,
  images: [],
});
const suspect = past('d7', 'checkout:7');
const ours = past('d8', 'checkout:6');
const theirs = past('d9', 'checkout:6');
const updated = { serviceDeploymentArn: null, taskDefinition: 'checkout:7' };
const stopped = { serviceDeploymentArn: 'd7', taskDefinition: 'checkout:7' };

it.each([
  ['our update alone', [ours, suspect], updated, null],
  ['our update and one after it', [theirs, ours, suspect], updated, 'd9'],
  ['our update, not listed yet', [suspect], updated, null],
  ['the stopped deployment alone', [suspect, past('d6', 'checkout:6')], stopped, null],
  ['the stopped deployment and one after it', [theirs, suspect], stopped, 'd9'],
  ['a history that does not reach so far', [theirs, ours], updated, null],
  ['no history', null, updated, null],
])('%s', (_, history, snapshot, found) => {
  expect(deployedSince(history, snapshot)).toBe(found);
});
