/** The log group of a service. */

/** What CloudWatch allows; anything else cannot be the name of one. */
const allowed = /^[.\-_/#A-Za-z0-9]{1,512}$/;

export function logGroupOf(template: string, cluster: string, service: string): string {
  // Functions, for a name may hold what `replaceAll` takes for a reference.
  return template.replaceAll('{cluster}', () => cluster).replaceAll('{service}', () => service);
}

export function isLogGroupName(name: string): boolean {
  return allowed.test(name);
}
