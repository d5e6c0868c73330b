/** What a task needs before it starts is not there: a secret, registry credentials, a volume, or the way to them. */
import { failedStarts, isResourceMissing } from '../facts/stops.ts';
import type { Rule } from './rule.ts';
import { claimOfStartFailures } from './start-failures.ts';

export const startupResourceFailure: Rule = (scene) =>
  claimOfStartFailures(scene, {
    failed: failedStarts(scene.view, scene.service).filter(isResourceMissing),
    base: 0.6,
    what: 'could not get what they need before their start',
    refutedBy: 'The execution role can read the secret, and the endpoint answers from the same subnet.',
  });
