/** What tests of the actions that write to GitHub share: access to a repository in memory, the blamed change, and an effect that is cut short. */
import type { Effect } from '../action/action.ts';
import { createGithubAccess, type GithubAccess, githubSettingsSchema } from '../action/github/access.ts';
import type { Hypothesis } from '../domain/cause.ts';
import { LeaseLostError } from '../domain/errors.ts';
import type { ChangeFact } from '../domain/evidence.ts';
import { Secret } from '../domain/secret.ts';
import { permitted } from './hold.ts';

export function githubAccess(url: string): GithubAccess {
  const settings = githubSettingsSchema.parse({
    url,
    services: { checkout: { repository: 'acme/shop', paths: ['services/{service}'] } },
  });
  const access = createGithubAccess({ ...settings, token: new Secret('right') }, {}, { fetch });
  if (!access) throw new Error('there is a token');
  return access;
}

export function blaming(change: string, because = 'The error ratio rose from 0.00 to 0.31 with the deployment.'): Hypothesis {
  const claim = { cause: 'bad-deployment', service: 'checkout', confidence: 0.91, evidence: [], refutedBy: '' } as const;
  return { ...claim, evidence: [], change, because: [because] };
}

export function changeFact(sha: string): ChangeFact {
  return { kind: 'change', changeKind: 'commit', t: 0, service: 'checkout', sha, message: '', files: [], diff: '', url: '' };
}

/** The process dies instead of sending its change number `sent + 1`: what it did before stays, what it wanted is never asked for. */
export function dyingAfter(sent: number): Effect {
  let left = sent;
  return permitted({
    permit: async () => {
      if (left === 0) throw new LeaseLostError('incident-1');
      left -= 1;
      return { isValid: () => true };
    },
  });
}
