/** The image of the tasks cannot be pulled: it or its tag is gone, a permission or a route is missing. A restart cannot help. */
import { failedStarts, isImageMissing } from '../facts/stops.ts';
import type { Rule } from './rule.ts';
import { claimOfStartFailures } from './start-failures.ts';

export const imagePullFailure: Rule = (scene) =>
  claimOfStartFailures(scene, {
    failed: failedStarts(scene.view, scene.service).filter(isImageMissing),
    base: 0.6,
    what: 'could not get their image',
    refutedBy: 'The image is pulled elsewhere with the same role and over the same route.',
  });
