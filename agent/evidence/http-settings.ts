/** Settings that every source behind an HTTP API has: where it is, and who asks. */
import { z } from 'zod';
import { credential, type Secret } from '../domain/secret.ts';

export function baseUrl(description: string) {
  return z
    .url({ protocol: /^https?$/ })
    .refine((url) => !url.includes('@'), {
      error: 'must hold no user name and no password: they would end up in logs and in the audit trail',
    })
    .describe(description);
}

/** Beside these a proxy in front may know the agent by its address or certificate. */
export const credentialSettings = {
  token: credential('Bearer token sent with every request'),
  username: z.string().max(255).default('').describe('User name of basic authentication, with the password; a token goes before both'),
  password: credential('Password of basic authentication'),
};

export interface Credentials {
  token?: Secret | undefined;
  username?: string;
  password?: Secret | undefined;
}

export function authorizationOf({ token, username = '', password }: Credentials): Record<string, string> {
  if (token) return { authorization: `Bearer ${token.reveal()}` };
  if (!password) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}` };
}

/** Which credential an upstream refused, without its value. */
export function credentialSent({ token, username, password }: Credentials): string {
  if (token) return 'the bearer token';
  return password ? `the password of ${username || 'no user'}` : 'no credential';
}
