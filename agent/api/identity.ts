/** Who calls the API: the holder of the agent's own token, who says who they are, or a person by a token of their own. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { InputError } from '../domain/errors.ts';
import { personalTokens, sameName } from '../policy/approvers.ts';
import { isFault, type PolicyInForce } from '../policy/in-force.ts';

export interface Identity {
  /** Lets nobody pass without one of the tokens. */
  require(request: Request, response: Response, next: NextFunction): void;
  /**
   * The name an order counts for. With a personal token it is that person's, and no other may be claimed; with the shared token it is the
   * claimed one, unless it belongs to somebody who has a token of their own. API_FORBIDDEN, API_INVALID.
   */
  nameOf(response: Response, claimed: string | undefined): string;
}

export function createIdentity(sharedToken: string, policy: () => PolicyInForce): Identity {
  const shared = digest(sharedToken);

  function people(): { name: string; tokenSha256: string }[] {
    const inForce = policy();
    return isFault(inForce) ? [] : personalTokens(inForce.approval);
  }

  return {
    require(request, response, next) {
      const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
      const given = digest(token);
      // All of them, whichever fits: the time it takes tells nothing.
      const owners = people().filter(({ tokenSha256 }) => timingSafeEqual(given, Buffer.from(tokenSha256, 'hex')));
      const isShared = timingSafeEqual(given, shared);
      if (!isShared && owners.length !== 1) {
        throw new InputError('API_UNAUTHORIZED', 'the Authorization header must be "Bearer <the API token>"', {
          hint: 'the token is the setting KINTSUGI_API_TOKEN, or a personal one whose hash the policy holds (approval.people)',
        });
      }
      response.locals.person = isShared ? undefined : owners[0]?.name;
      next();
    },

    nameOf(response, claimed) {
      const person: unknown = response.locals.person;
      if (typeof person === 'string') {
        if (claimed === undefined || claimed === person) return person;
        throw new InputError('API_FORBIDDEN', `the token is ${person}'s, the name given is ${JSON.stringify(claimed)}`);
      }
      if (claimed === undefined) throw new InputError('API_INVALID', 'by: with the shared token of the API you must say who you are');
      if (people().some(({ name }) => sameName(name, claimed))) {
        throw new InputError('API_FORBIDDEN', `${JSON.stringify(claimed)} has a token of their own and is known by it alone`);
      }
      return claimed;
    },
  };
}

/** Comparing hashes of equal length takes the same time whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
