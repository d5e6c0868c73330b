/** Load is for our own machine only: any other target is refused before the first byte is sent. */

/** The parsed URL; throws with the reason when it is not plain HTTP on a loopback address. */
export function loopbackUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw new Error(`--url is "${text}"; give an address such as http://127.0.0.1:8080`);
  if (url.protocol !== 'http:') throw new Error(`--url is "${text}"; only http:// is supported`);
  const { hostname } = url;
  if (hostname !== 'localhost' && hostname !== '[::1]' && !/^127\.\d+\.\d+\.\d+$/.test(hostname)) {
    throw new Error(`--url points at ${hostname}; load is sent to loopback addresses only (127.0.0.0/8, ::1, localhost)`);
  }
  return url;
}
