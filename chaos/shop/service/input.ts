/** Checks of what clients and callees send; a wrong value is the sender's mistake and answered as 400. */
import { HttpError } from './errors.ts';

const longestShown = 300;

export function text(body: Record<string, unknown>, field: string, longest = 200): string {
  const value = body[field];
  if (typeof value !== 'string' || value === '' || value.length > longest) {
    throw new HttpError(400, `${field} must be a text of 1 to ${longest} characters, not ${shown(value)}`);
  }
  return value;
}

export function wholeNumber(body: Record<string, unknown>, field: string, min: number, max: number): number {
  const value = body[field];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new HttpError(400, `${field} must be a whole number from ${min} to ${max}, not ${shown(value)}`);
  }
  return value;
}

/** What was sent, as far as a message and a log line should carry it. */
function shown(value: unknown): string {
  const written = JSON.stringify(value) ?? 'undefined';
  return written.length > longestShown ? `${written.slice(0, longestShown)}…` : written;
}
