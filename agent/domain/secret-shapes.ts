/**
 * What secrets look like: the one table behind everything that takes secrets out of a text. A shape matches what is to be taken out; where it
 * has a group, the group is the context in front, which stays. Every quantifier is bounded or stands over one class, so none is slow on any text.
 */
export interface SecretShape {
  kind: string;
  shape: RegExp;
}

/** Tokens that begin with what their issuer chose to make them recognisable. A few characters less than issued also count: a text may be cut. */
const issued: Readonly<Record<string, RegExp>> = {
  'aws-access-key-id': /(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{10,}/,
  'aws-session-token': /(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz)[\w+/=]{10,}/,
  'google-api-key': /AIza[\w-]{20,}/,
  'google-access-token': /ya29\.[\w.-]{10,}/,
  'google-refresh-token': /1\/\/0[\w-]{16,}/,
  'google-client-secret': /GOCSPX-[\w-]{10,}/,
  'github-token': /(?:gh[pousr]_|github_pat_)\w{10,}/,
  'gitlab-token': /gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|ffct|oas)-[\w.-]{10,}/,
  'bitbucket-token': /ATBB[A-Za-z0-9=]{16,}/,
  'atlassian-token': /AT(?:ATT3|CTT3)[\w=-]{16,}/,
  'slack-token': /xox[abeprs](?:\.xox[bp])?-[\w-]{10,}/,
  'slack-app-token': /xapp-\d-[\w-]{10,}/,
  'discord-token': /[MNO][\w-]{22,27}\.[\w-]{6}\.[\w-]{20,}/,
  'telegram-token': /\d{8,10}:AA[\w-]{25,}/,
  'stripe-key': /(?:sk|pk|rk)_(?:live|test)_\w{6,}/,
  'stripe-webhook-secret': /whsec_[\w+/=]{10,}/,
  'square-token': /sq0(?:atp|csp|idp)-[\w-]{10,}/,
  'braintree-token': /access_token\$(?:production|sandbox)\$[a-z0-9]{8,}\$[a-f0-9]{16,}/,
  'shopify-token': /shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{16,}/,
  'twilio-key': /SK[0-9a-f]{32}/,
  'sendgrid-key': /SG\.[\w-]{10,}\.[\w-]{10,}/,
  'mailgun-key': /key-[0-9a-f]{32}/,
  'mailchimp-key': /[0-9a-f]{32}-us\d{1,2}/,
  'brevo-key': /xkeysib-[0-9a-f]{16,}-\w{8,}/,
  'npm-token': /npm_[A-Za-z0-9]{16,}/,
  'pypi-token': /pypi-[\w-]{20,}/,
  'rubygems-key': /rubygems_[0-9a-f]{20,}/,
  'docker-token': /dckr_(?:pat|oat)_[\w-]{10,}/,
  'nuget-key': /oy2[a-z0-9]{40,}/,
  'vault-token': /hv[sbr]\.[\w-]{16,}/,
  'terraform-token': /[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{20,}/,
  'pulumi-token': /pul-[0-9a-f]{32,}/,
  'doppler-token': /dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{16,}/,
  '1password-token': /ops_eyJ[\w+/=-]{10,}/,
  'anthropic-key': /sk-ant-[\w-]{10,}/,
  'openai-key': /sk-[\w-]{16,}/,
  'huggingface-token': /hf_[A-Za-z0-9]{16,}/,
  'groq-key': /gsk_[A-Za-z0-9]{16,}/,
  'replicate-token': /r8_[A-Za-z0-9]{16,}/,
  'perplexity-key': /pplx-[A-Za-z0-9]{16,}/,
  'nvidia-key': /nvapi-[\w-]{16,}/,
  'databricks-token': /dapi[0-9a-f]{28,}(?:-\d)?/,
  'digitalocean-token': /do[opr]_v1_[0-9a-f]{16,}/,
  'heroku-key': /HRKU-[\w-]{16,}/,
  'netlify-token': /nf[pcou]_[A-Za-z0-9]{16,}/,
  'fly-token': /fm[12][ar]?_[\w+/=-]{16,}/,
  'supabase-token': /sb(?:p|_secret)_[\w-]{16,}/,
  'planetscale-token': /pscale_(?:tkn|pw|oauth)_[\w.=-]{16,}/,
  'linear-key': /lin_(?:api|oauth)_[A-Za-z0-9]{16,}/,
  'notion-token': /ntn_[A-Za-z0-9]{16,}/,
  'figma-token': /fig[dour]_[\w-]{16,}/,
  'airtable-token': /pat[A-Za-z0-9]{14}\.[0-9a-f]{20,}/,
  'postman-key': /PMAK-[0-9a-f]{20,}-[0-9a-f]{16,}/,
  'grafana-token': /gl(?:sa|c)_[\w+/=]{16,}/,
  'newrelic-key': /NR(?:AK|JS|II|RA|SP)-[\w-]{10,}/,
  'sentry-token': /sntry[su]_[\w+/=-]{16,}/,
  'dynatrace-token': /dt0[a-z]\d{2}\.[A-Z0-9]{16,}\.[A-Z0-9]{16,}/,
  'tailscale-key': /tskey-[a-z]+-[\w-]{10,}/,
  'azure-client-secret': /[\w~.-]{3}\dQ~[\w~.-]{20,}/,
  'age-key': /AGE-SECRET-KEY-1[0-9A-Z]{20,}/,
  'web-token': /eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/,
  'password-hash': /\$(?:2[abxy]|5|6|y|apr1|argon2(?:id?|d))\$[\w./$=,+-]{16,}/,
};

/** Names whose value is a secret whatever it looks like, and names whose value is one when it is no ordinary word. */
const passwordName = 'pass(?:word|wd|phrase)|pwd';
const tokenName = 'secret|token(?!s)|credentials?|(?:api|access|account|private|secret|signing|encryption|master|service|auth)[-_ ]?key';
const name = String.raw`(?:${passwordName}|${tokenName})[\w.-]{0,30}`;
const quote = String.raw`["'\x60]`;
const equals = String.raw`\s{0,3}(?:=>|:=|=|:|%3D)\s{0,3}`;
/** What stands where a secret would when there is none. */
const noValue = String.raw`(?!(?:null|nil|none|undefined|true|false|unset|empty|missing|required|optional|invalid|incorrect|wrong|expired|changed|rejected|accepted|mismatch|authentication|auth|must|should|not|is|was|has|for|from|and|or|in|of|the|a|an)\b|[*$<{[(=])`;
/** A value without quotes ends where a setting would; what is called is code. */
const bare = String.raw`[^\s"'\x60,;&|<>(){}\\]`;
const ends = String.raw`(?![^\s"'\x60,;&|<>){}\\\]])`;

/** Secrets that are known by what stands in front of them. */
const named: Readonly<Record<string, RegExp>> = {
  'private-key':
    /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s\\,:.()]|-(?!-))*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?/,
  'putty-key': /(Private-Lines: ?\d{1,4})[A-Za-z0-9+/=\s\\]{16,}/,
  // At the end of a text, which may have been cut there, also without the sign behind it: all but a port.
  'user-in-url':
    /(:\/\/)(?:(?:[^/?#\s"'<>]{1,200}|[^/:@\s"'<>]{0,100}:[^/\s"'<>]{1,200})(?=@)|[^/:@?#[\s"'<>]{1,100}:(?!\d{1,5}\W{0,3}$|[*$<{%])[^/?#\s"'<>]{3,200}$)/,
  'slack-hook': /(hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[^\s"'<>\\]+/i,
  'discord-hook': /(discord(?:app)?\.com\/api\/webhooks\/)[^\s"'<>\\]+/i,
  'teams-hook': /((?:webhook\.office\.com|logic\.azure\.com)[\w.:/-]{0,20}\/)[^\s"'<>\\]{8,}/i,
  'signed-url':
    /([?&](?:sig|signature|token|key|password|pwd|secret|code|auth|api[-_]?key|access[-_]?token|x-amz-(?:signature|security-token|credential)|x-goog-signature)=)[^&\s"'<>\\]{4,}/i,
  'authorization-header': new RegExp(
    String.raw`(authorization${quote}?${equals}(?:${quote})?(?:(?:basic|bearer|token|digest|negotiate|apikey|aws4-hmac-sha256)\s{1,3})?)${noValue}[^\s"'\\,;]{4,}`,
    'i',
  ),
  'bearer-token': /(\b(?:bearer|basic|negotiate)\s{1,3})(?=[\w.~+/=-]{0,200}\d)[\w.~+/=-]{8,}/i,
  'api-key-header':
    /(\bx-(?:api-key|auth-token|access-token|amz-security-token|vault-token|csrf-token)["']?\s{0,3}[:=]\s{0,3}["']?)[^\s"'\\,;]{4,}/i,
  cookie: /(\b(?:set-)?cookie["']?\s{0,3}[:=]\s{0,3}["']?)(?=[^\s"'=]{1,100}=)[^\r\n"'\\]{4,4000}/i,
  'session-id': /(\b(?:[jp]hp)?(?:session[-_]?id|jsessionid|phpsessid|connect\.sid)["']?\s{0,3}[:=]\s{0,3}["']?)(?!0x)[\w.%~+/-]{12,}/i,
  'named-variable': new RegExp(
    String.raw`("name"\s{0,3}:\s{0,3}"[\w.-]{0,60}(?:${passwordName}|secret|token|key|credential)[\w.-]{0,60}"\s{0,3},\s{0,3}"value"\s{0,3}:\s{0,3}")[^"]{1,2000}`,
    'i',
  ),
  'quoted-value': new RegExp(String.raw`(${name}(?:${quote})?${equals}["'\x60])[^"'\s\x60]{4,}(?=["'\x60])`, 'i'),
  'json-value': new RegExp(String.raw`(${name}"\s{0,3}:\s{0,3}")[^"]{1,2000}`, 'i'),
  password: new RegExp(
    String.raw`((?:${passwordName})[\w.-]{0,30}(?:${quote})?(?:\s{0,3}(?:=>|:=|%3D|:)\s{0,3}|=))${noValue}(?!\/)${bare}{3,}${ends}`,
    'i',
  ),
  token: new RegExp(
    String.raw`((?:${tokenName})[\w.-]{0,30}(?:${quote})?(?:\s{0,3}(?:=>|:=|%3D|:)\s{0,3}|=))${noValue}(?!arn:|\d{1,5}${ends})(?=${bare}{0,200}\d)${bare}{4,}${ends}`,
    'i',
  ),
  'command-line': new RegExp(
    String.raw`((?<![\w-])--?[\w-]{0,40}(?:${passwordName}|${tokenName})(?:=|\s{1,3}|["'],\s{0,3}["'])["']?)${noValue}[^\s"',;&|-][^\s"',;&|]{2,}`,
    'i',
  ),
  'listed-option': new RegExp(String.raw`(["']--?[\w-]{0,40}(?:${passwordName}|${tokenName}|key)["'],\s{0,3}["'])[^"']{3,}`, 'i'),
  'user-and-password': /(\bcurl\b[^\r\n]{0,200}?\s(?:-u|--user)[ =]["']?)[^\s"':]{1,100}:[^\s"']{1,200}/i,
  netrc: /(\bmachine\s{1,3}\S{1,200}\s{1,3}login\s{1,3}\S{1,200}\s{1,3}password\s{1,3})\S+/i,
  'sql-password':
    /(\b(?:identified\s{1,3}(?:with\s{1,3}\S{1,60}\s{1,3})?by|(?:with\s{1,3})?(?:encrypted\s{1,3})?password)\s{1,3}')[^']{1,200}/i,
  'redis-password': /(\b(?:requirepass|masterauth)\s{1,3}["']?|^AUTH\s{1,3}["']?)[^\s"']{3,}/i,
  'okta-token': /(\bSSWS\s{1,3})[\w-]{16,}/,
  'azure-account-key': /(\bAccountKey=|SharedAccessKey=|SharedAccessSignature=)[^\s;"']{8,}/i,
};

// It keeps `task-…` from holding `sk-…`.
const boundary = '(?<![A-Za-z0-9])';

export const secretShapes: readonly SecretShape[] = [
  ...Object.entries(named).map(([kind, shape]) => ({ kind, shape: new RegExp(shape, `g${shape.flags}`) })),
  ...Object.entries(issued).map(([kind, shape]) => ({ kind, shape: new RegExp(`${boundary}(?:${shape.source})`, 'g') })),
];

/** Whether a long run of characters without a space may be, or hold, what an issuer made. */
export const signOfIssued = new RegExp(`${boundary}(?:${anyOf(Object.values(issued))})`);
/** Shorter than this no issuer makes them. */
export const shortestIssued = 14;

/** A text in lower case without any of these holds none of the named shapes; most have none, and one search is enough for them. */
export const wordsOfNamed =
  /pass|pwd|secret|token|key|cred|auth|cookie|sess|bearer|basic|negotiate|private|hook|azure|identified|signature=|sig=|code=|curl|:\/\/|connect\.sid|ssws/;
/** What is left is looked at more closely before every shape is tried. */
export const signsOfNamed: readonly RegExp[] = ['', 'i'].map(
  (flags) => new RegExp(anyOf(Object.values(named).filter((shape) => shape.flags === flags)), flags),
);

/** Of variables, settings and fields: rather too much than too little. */
export const secretName =
  /pass|pwd|secret|token|key|credential|private|auth|dsn|conn|salt|webhook|hmac|jwt|bearer|cookie|sign|cert|licen[cs]e|seed|(?:^|[_-])(?:pat|sas|pin)(?:$|[_-])/i;

/** Of fields in records of ours, where `key` and `author` are no secrets. */
export const secretField = new RegExp(`(?:^|[-_.])(?:${passwordName}|${tokenName}|authorization|cookie|set-cookie)$`, 'i');

function anyOf(shapes: readonly RegExp[]): string {
  return shapes.map(({ source }) => source).join('|');
}
