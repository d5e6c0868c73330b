/**
 * How the command line reaches a running agent: with the agent's own variables on the machine it runs on, or with a person's token and
 * `--url` from elsewhere. Apart from `load.ts`, which brings every plug-in along.
 */
import { readFileSync } from 'node:fs';
import { ConfigError } from '../domain/errors.ts';
import { Secret } from '../domain/secret.ts';

export interface ApiAccess {
  /** `http://host:port`, without a path. */
  url: string;
  token: Secret;
}

/** `url` takes the place of KINTSUGI_SERVER_HOST and …_PORT; the token is KINTSUGI_API_TOKEN or in the file that …_FILE names. */
export function loadApiAccess(url?: string, environment: Readonly<Record<string, string | undefined>> = process.env): ApiAccess {
  const { KINTSUGI_SERVER_HOST: host = '127.0.0.1', KINTSUGI_SERVER_PORT: port = '8080' } = environment;
  const place = url ?? `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
  if (!URL.canParse(place) || !/^https?:$/.test(new URL(place).protocol)) {
    throw new ConfigError([`${place} is no address of an agent`], { hint: 'give --url http://host:port or https://host' });
  }
  return { url: place.replace(/\/+$/, ''), token: readToken(environment) };
}

function readToken({ KINTSUGI_API_TOKEN: direct, KINTSUGI_API_TOKEN_FILE: file }: Readonly<Record<string, string | undefined>>): Secret {
  if (direct) return new Secret(direct);
  const hint = 'set KINTSUGI_API_TOKEN, or KINTSUGI_API_TOKEN_FILE to the path of a file that holds it';
  if (!file) throw new ConfigError(['there is no token for the API'], { hint });
  try {
    return new Secret(readFileSync(file, 'utf8').trim());
  } catch (error) {
    throw new ConfigError([`KINTSUGI_API_TOKEN_FILE=${file} cannot be read`], { hint, cause: error });
  }
}
