/**
 * Secrets of many kinds, made up as their issuers describe them and in the words they stand in when they leak. Nothing here is read from the
 * table that finds them, and none is written out, so that no scanner takes this file for a leak.
 */
import fc from 'fast-check';

export interface PlantedSecret {
  kind: string;
  /** As somebody would find it, in a line of text. */
  line: string;
  /** The part that must be nowhere else. */
  secret: string;
}

const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const digits = '0123456789';
const hex = `${digits}abcdef`;
const alphanumeric = lower + upper + digits;
const base64 = `${alphanumeric}+/`;
const url64 = `${alphanumeric}_-`;

type Text = fc.Arbitrary<string>;

function of(alphabet: string, length: number, longest = length): Text {
  return fc.array(fc.constantFrom(...alphabet), { minLength: length, maxLength: longest }).map((letters) => letters.join(''));
}

/** Of every class at least one, as all generators of passwords see to. */
function mixed(alphabet: string, length: number): Text {
  return of(alphabet, length).filter((text) => /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text));
}

function joined(...parts: readonly (string | Text)[]): Text {
  return fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((texts) => texts.join(''));
}

/** What nothing but its surroundings gives away. */
const password = fc.oneof(
  fc
    .tuple(fc.constantFrom('hunter', 'Tr0ub4dor', 'correcthorse', 'letmein', 'Sommer'), of(digits, 2, 4))
    .map(([word, number]) => word + number),
  mixed(`${alphanumeric}!#%*?_.`, 14).filter((text) => /^[A-Za-z0-9]/.test(text)),
  of(hex, 24),
);

const id = (prefix: string, alphabet: string, length: number, longest?: number) => joined(prefix, of(alphabet, length, longest));

/** Each: what must not survive, and the line around it; `…` stands for the secret. */
const kinds: Readonly<Record<string, readonly [secret: Text, line: string]>> = {
  'aws access key': [id('AKIA', upper + digits, 16), 'aws_access_key_id=…'],
  'aws temporary key': [id('ASIA', upper + digits, 16), 'AccessDenied: the key … is not allowed to do this'],
  'aws secret key': [mixed(base64, 40), 'AWS_SECRET_ACCESS_KEY=… set in the environment'],
  'aws session token': [joined('IQoJb3JpZ2luX2Vj', of(base64, 200, 300)), 'using session …'],
  'google api key': [id('AIza', url64, 35), 'GET https://maps.example.com/geocode?key=… 403'],
  'google access token': [id('ya29.', url64, 60, 120), 'refreshed to … for one hour'],
  'google client secret': [id('GOCSPX-', url64, 28), 'oauth client … rejected'],
  'google service account': [
    of(base64, 200).map((body) => `-----BEGIN PRIVATE KEY-----\\n${body}\\n-----END PRIVATE KEY-----\\n`),
    '{"type":"service_account","private_key":"…","client_email":"x"}',
  ],
  'github personal token': [id('ghp_', alphanumeric, 36), 'remote: invalid credentials …'],
  'github app token': [id('ghs_', alphanumeric, 36), 'clone failed with …'],
  'github fine-grained token': [joined('github_pat_', of(alphanumeric, 22), '_', of(alphanumeric, 59)), 'authenticating as … failed'],
  'gitlab token': [id('glpat-', url64, 20), 'PRIVATE-TOKEN … refused'],
  'bitbucket app password': [id('ATBB', alphanumeric, 28), 'git push as shop:… denied'],
  'atlassian token': [id('ATATT3xFfGF0', url64, 100, 160), 'jira said no to …'],
  'slack bot token': [joined('xoxb-', of(digits, 11), '-', of(digits, 12), '-', of(alphanumeric, 24)), 'invalid_auth …'],
  'slack hook': [
    joined('T', of(upper, 8), '/B', of(upper, 8), '/', of(alphanumeric, 24)),
    `POST https://${'hooks.slack'}.com/services/… 404`,
  ],
  'discord hook': [joined(of(digits, 18), '/', of(url64, 68)), `POST https://discord.com/api/${'webhooks'}/… 401`],
  'telegram token': [joined(of(digits, 10), ':AA', of(url64, 33)), 'getUpdates of bot … conflicts'],
  'stripe key': [joined('sk_', 'live_', of(alphanumeric, 24)), 'Invalid API Key provided: …'],
  'stripe webhook secret': [id('whsec_', alphanumeric, 32), 'signature mismatch with …'],
  'square token': [joined('sq0', 'atp-', of(url64, 22)), 'square rejected …'],
  'shopify token': [id('shpat_', hex, 32), 'shop answered 401 to …'],
  'twilio key': [id('SK', hex, 32), 'twilio 20003 for …'],
  'sendgrid key': [joined('SG.', of(url64, 22), '.', of(url64, 43)), 'The provided authorization grant … is invalid'],
  'mailgun key': [id('key-', hex, 32), 'mailgun refused …'],
  'mailchimp key': [joined(of(hex, 32), '-us', of('123456789', 1)), 'mailchimp: … is disabled'],
  'npm token': [id('npm_', alphanumeric, 36), '//registry.example.com/:_authToken=…'],
  'pypi token': [joined('pypi-AgEIcHlwaS5vcmc', of(url64, 100)), 'twine upload with … failed'],
  'docker token': [id('dckr_pat_', url64, 27), 'unauthorized: … expired'],
  'vault token': [id('hvs.', url64, 90), 'permission denied for …'],
  'terraform token': [joined(of(alphanumeric, 14), '.atlasv1.', of(url64, 64)), 'terraform login … failed'],
  'openai key': [joined('sk-', 'proj-', of(url64, 60)), 'Incorrect API key provided: …'],
  'anthropic key': [joined('sk-', 'ant-api03-', of(url64, 90)), 'invalid x-api-key …'],
  'hugging face token': [id('hf_', lower + upper, 34), 'repository not found with …'],
  'nvidia key': [id('nvapi-', url64, 64), 'nim answered 401 to …'],
  'databricks token': [id('dapi', hex, 32), 'databricks: … revoked'],
  'digitalocean token': [id('dop_v1_', hex, 64), 'unable to authenticate with …'],
  'grafana token': [joined('glsa_', of(alphanumeric, 32), '_', of(hex, 8)), 'grafana 401 …'],
  'new relic key': [id('NRAK-', upper + digits, 27), 'new relic: … unknown'],
  'sentry token': [id('sntryu_', hex, 64), 'sentry upload with … failed'],
  'tailscale key': [joined('tskey-', 'auth-', of(alphanumeric, 17), '-', of(alphanumeric, 32)), 'tailscale up … expired'],
  'azure storage key': [joined(mixed(base64, 86), '=='), 'DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=…;EndpointSuffix=x'],
  'azure signed url': [of(alphanumeric, 43), 'PUT https://shop.blob.example.net/a?sv=2022-11-02&sp=rw&sig=…%3D 403'],
  'web token': [joined('eyJhbGciOiJIUzI1NiJ9.eyJ', of(url64, 60), '.', of(url64, 43)), 'jwt … expired'],
  'rsa private key': [
    of(base64, 300).map((body) => `-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----`),
    'could not load key …',
  ],
  'openssh private key': [of(base64, 260).map((body) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}`), 'bad permissions for …'],
  'age key': [id('AGE-SECRET-KEY-1', upper + digits, 58), 'decrypting with … failed'],
  'user in a url': [password, 'connect ECONNREFUSED postgres://shop:…@db.internal:5432/shop'],
  'broker in a url': [password, 'amqp: dial amqp://shop:…@queue:5672 failed'],
  'connection string': [password, 'Server=db;Database=shop;User Id=shop;Password=…;Timeout=5'],
  'password in a setting': [password, 'config: DB_PASSWORD=… PORT=8080'],
  'password in json': [password, '{"level":"error","user":"shop","password":"…","msg":"login failed"}'],
  'password in escaped json': [password, '{"msg":"config {\\"db\\":{\\"password\\":\\"…\\"}}"}'],
  'password in yaml': [password, 'password: …'],
  'password on a command line': [password, 'exec: ["mysql","--password","…"] exited 1'],
  'password of an option': [password, 'exited 1: mysqldump --password=… shop'],
  'password of a user': [password, 'curl -s -u shop:… https://shop.internal/health'],
  'password in sql': [password, "ERROR 1396: CREATE USER 'shop' IDENTIFIED BY '…'"],
  'api key in a query': [of(hex, 32), 'GET /v1/rates?base=EUR&api_key=… 429'],
  'api key in a header': [of(hex, 32), 'request headers: x-api-key: … accept: */*'],
  'bearer token': [of(url64, 40).filter((text) => /\d/.test(text)), 'request headers: Authorization: Bearer …'],
  'basic authorization': [
    joined('shop:', password).map((text) => Buffer.from(text).toString('base64')),
    'upstream got authorization=Basic … and said 401',
  ],
  'session cookie': [of(alphanumeric, 32), 'Cookie: theme=dark; connect.sid=s%3A…'],
  'named variable': [password, '{"environment":[{"name":"STRIPE_SECRET","value":"…"}]}'],
  'client secret': [of(url64, 40).filter((text) => /\d/.test(text)), 'oauth2: client_secret=… rejected'],
  'password hash': [of(`${alphanumeric}./`, 53).map((body) => `$2b$12$${body}`), 'row: shop … active'],
};

export const plantedKinds: readonly string[] = Object.keys(kinds);

/** `count` of each kind. */
export function plantedSecrets(count: number, seed: number): PlantedSecret[] {
  return Object.entries(kinds).flatMap(([kind, [secret, line]]) =>
    fc.sample(secret, { numRuns: count, seed }).map((text) => ({ kind, secret: text, line: line.replace('…', () => text) })),
  );
}

/** Runs of this many characters are as good as the secret to whoever guesses the rest. */
const tellingLength = 10;

/** A part of the secret that stands in the text, however it was escaped on the way; null when none does. */
export function leakOf({ secret }: PlantedSecret, text: string): string | null {
  const spoken = text
    .replaceAll('\\n', '\n')
    .replace(/\\+(["'])/g, '$1')
    .replaceAll('\u200b', '')
    .replaceAll('\\', '');
  const part = secret
    .replaceAll('\\n', '\n')
    .replaceAll('\\', '')
    .replace(/-----[A-Z ]+-----/g, '')
    .trim();
  for (let at = 0; at + Math.min(tellingLength, part.length) <= part.length; at += 1) {
    const piece = part.slice(at, at + tellingLength);
    if (spoken.includes(piece)) return piece;
  }
  return null;
}
