/** What names people, places and accounts in telemetry. Each shape matches the name alone, so that what stands around it stays. */

/** Kinds in the order in which a place in the text is read: an address within a mail address is no host. */
export const nameKinds = ['person', 'mail', 'account', 'address', 'host'] as const;
export type NameKind = (typeof nameKinds)[number];

const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** Ends of host names that are no words of programs and no endings of files. */
const ends =
  'com|net|org|io|dev|ai|cloud|tech|internal|local|lan|corp|intranet|localdomain|example|edu|gov|eu|us|uk|de|fr|nl|ch|se|fi|dk|pl|cz|ru|cn|jp|kr|br|au|ca|nz|ie|co';
/** Those that are: only behind two other parts. */
const wordEnds = 'app|test|private|home|info|invalid|me|in|it|at|be|no|es';
const userInUrl = '(?:(?:\\[secret\\]|\\*{3})@)?';
const letterName = "\\p{Lu}[\\p{L}'.-]{0,30}";
const fullName = `${letterName}(?: ${letterName}){1,3}`;
/** Users that are no people. */
const systemUsers =
  'root|admin|administrator|postgres|mysql|redis|nobody|www-data|ubuntu|ec2-user|guest|test|system|unknown|null|none|undefined|default|anonymous';

const shapes: Readonly<Record<NameKind, readonly string[]>> = {
  person: [
    // `Ada Lovelace <ada@example.org>`
    `${fullName}(?= {0,2}[<(][\\w.+-]{1,64}@)`,
    `(?<=\\b(?:signed-off|co-authored|reviewed|acked|tested|reported|approved|merged|suggested)-by: )${fullName}`,
    `(?<=\\b(?:author|committer|on-call|oncall|assignee|owner): )${fullName}`,
    // Mentions; scopes of packages, and what is called or has parts, are code.
    '(?<![\\w.@/])@[a-z\\d][a-z\\d-]{1,38}(?![\\w-]|\\.\\w|[(/@])',
    '(?<=:user/)[\\w+=,.@-]{1,64}',
    '(?<=:assumed-role/[\\w+=,.@-]{1,64}/)[\\w+=,.@-]{1,64}',
    `(?<=\\b(?:user(?:name)?|ruser|logname|login|actor|author|principal)["']?(?:=|: ?)["']?)(?!(?:${systemUsers})(?![\\w.-]))[a-z][\\w.-]{1,63}(?![\\w@(-])`,
  ],
  mail: [`[\\w.+-]{1,64}@(?:${label}\\.){1,8}[a-z]{2,24}(?![\\w-])`],
  account: ['(?<!\\d)\\d{12}(?!\\d)'],
  address: [
    `(?<![\\w.-])(?!127\\.|0\\.0\\.0\\.0|255\\.255\\.|169\\.254\\.)${octet}(?:\\.${octet}){3}(?![\\w-]|\\.\\w)`,
    '(?<![\\w:.-])(?:[\\da-f]{1,4}:){7}[\\da-f]{1,4}(?![\\w:])',
    '(?<![\\w:.-])(?=[\\da-f:]{0,38}\\d)[\\da-f]{2,4}(?::[\\da-f]{1,4}){0,5}::(?:[\\da-f]{1,4}(?::[\\da-f]{1,4}){0,5})?(?![\\w:])',
  ],
  host: [
    `(?<=://${userInUrl})(?!\\d{1,3}(?:\\.\\d{1,3}){3}(?!\\w))${label}(?:\\.${label}){0,8}(?![\\w-]|\\.\\w)`,
    `(?<![\\w@.-])ip-\\d{1,3}(?:-\\d{1,3}){3}(?:\\.${label}){0,8}(?![\\w-])`,
    // `java.io` and its like are packages.
    `(?<![\\w@.$-])(?!(?:java|javax|sun|system|process|this|self)\\.)(?:${label}\\.){1,8}(?:${ends})(?![\\w(-]|\\.\\w)`,
    `(?<![\\w@.$-])(?:${label}\\.){2,8}(?:${wordEnds})(?![\\w(-]|\\.\\w)`,
    `(?<=\\b(?:host(?:name)?|rhost|nodename)["']?(?:=|: ?)["']?)(?=[a-z])${label}(?:\\.${label}){0,8}(?![\\w(-]|\\.\\w)`,
  ],
};

/** One search for all; the name of the group that matched is the kind. */
export const names = new RegExp(nameKinds.map((kind) => `(?<${kind}>${shapes[kind].join('|')})`).join('|'), 'giu');

/** Twelve digits are an account where something says so; the same digits are one then wherever they stand. */
export const namedAccounts =
  /(?<=\barn:aws[\w-]{0,20}:[\w-]{0,40}:[\w-]{0,40}:)\d{12}(?=:)|(?<=\baccount(?:[-_ ]?id)?["']?[\s=:]{0,3}["']?)\d{12}(?!\d)|(?<!\d)\d{12}(?=\.dkr\.ecr\.)/gi;
