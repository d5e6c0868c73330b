/** Words that tell values from words where both are written alike. */

const list = (words: string): ReadonlySet<string> => new Set(words.split(' '));

const months = list('jan feb mar apr may jun jul aug sep oct nov dec');
const weekdays = list('mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday');
const units = list('b kb mb gb tb kib mib gib tib k m g ns us µs ms s sec secs min mins h hr hrs hz khz mhz ghz');
/** Names with a digit in them that nobody counts through. */
const fixedNames = list(
  'ipv4 ipv6 utf8 utf-8 utf16 utf-16 md5 sha1 sha256 sha-256 sha512 base64 x86 x64 x86_64 amd64 arm64 s3 ec2 k8s http2 http/1.0 http/1.1 http/2 http/2.0 oauth2 ssh2 log4j slf4j x509 tls1.2 tls1.3 tlsv1.2 tlsv1.3 p50 p90 p95 p99 l1 l2 l3',
);
const nounsOfNames = list('user username account login principal');
const beforeNouns = list('for by of from as invalid illegal unknown');
/** After these a name of something in particular comes rather than one more word of the sentence. */
const leaders = list(
  'for from to by of at on in into with via as named called user username account host node service = : ( [ { < " \' ` # @',
);

const levels = list('trace debug info notice warn warning error err severe fatal critical crit panic emerg alert');

export const isLevel = (word: string): boolean => word.length <= 8 && levels.has(word.toLowerCase());
export const isMonth = (word: string): boolean => word.length === 3 && months.has(word.toLowerCase());
export const isWeekday = (word: string): boolean => word.length >= 3 && word.length <= 9 && weekdays.has(word.toLowerCase());
export const isUnit = (word: string): boolean => word.length <= 4 && units.has(word.toLowerCase());
export const isFixedName = (word: string): boolean => word.length <= 8 && fixedNames.has(word.toLowerCase());
export const leadsToName = (token: string): boolean => token.length <= 8 && leaders.has(token.toLowerCase());
/** `… for user x`: what follows is a person's name however it is spelt. */
export const leadsToUser = (before: string, token: string): boolean =>
  nounsOfNames.has(token.toLowerCase()) && beforeNouns.has(before.toLowerCase());
/** An HTTP request line in quotes is no name. */
export const isMethod = (word: string): boolean => httpMethods.has(word);
const httpMethods = list('GET POST PUT DELETE PATCH HEAD OPTIONS');
