/** AWS's older protocol: a form in, XML out. As little of it as the imitated operations need. */
import type { ServiceException, XmlValue } from './operation.ts';

export function isQuery(contentType: string | undefined): boolean {
  return contentType?.startsWith('application/x-www-form-urlencoded') ?? false;
}

export function queryAnswer(namespace: string, action: string, result: XmlValue): string {
  return `<${action}Response xmlns="${namespace}"><${action}Result>${toXml(result)}</${action}Result></${action}Response>`;
}

export function queryError({ code, message, status }: ServiceException): string {
  const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message };
  return `<ErrorResponse><Error>${toXml(error)}</Error></ErrorResponse>`;
}

function toXml(value: XmlValue): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((member) => `<member>${toXml(member)}</member>`).join('');
  if (typeof value !== 'object') return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `<${name}>${toXml(member)}</${name}>`)
    .join('');
}
