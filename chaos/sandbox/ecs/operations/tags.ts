/** TagResource, UntagResource, ListTagsForResource. */
import { z } from 'zod';
import type { Operations } from '../../wire/operation.ts';
import { lastSegment } from '../arn.ts';
import type { ControlPlane } from '../control-plane.ts';
import { invalid, read, tagList, tagsOut } from './input.ts';
import { findTaskDefinition } from './task-definitions.ts';

export function tagOperations(plane: ControlPlane): Operations {
  const tagsOf = (arn: string): Record<string, string> => {
    const everything = [...plane.clusters.values(), ...plane.services.values()];
    const found = everything.find((entry) => entry.arn === arn) ?? plane.tasks.get(lastSegment(arn)) ?? findTaskDefinition(plane, arn);
    if (found === undefined || found.arn !== arn) throw invalid('The specified resource ARN was not found.');
    return found.tags;
  };
  return {
    TagResource: (input) => {
      const request = read(z.looseObject({ resourceArn: z.string(), tags: tagList }), input);
      Object.assign(tagsOf(request.resourceArn), request.tags);
      return {};
    },
    UntagResource: (input) => {
      const request = read(z.looseObject({ resourceArn: z.string(), tagKeys: z.array(z.string()) }), input);
      const tags = tagsOf(request.resourceArn);
      for (const key of request.tagKeys) delete tags[key];
      return {};
    },
    ListTagsForResource: (input) => {
      const request = read(z.looseObject({ resourceArn: z.string() }), input);
      return { tags: tagsOut(tagsOf(request.resourceArn)) };
    },
  };
}
