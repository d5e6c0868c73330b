/** Checks of what clients and callees send; a wrong value is the sender's mistake and answered as 400. */
import { HttpError } from './errors.ts';

export function text(body: Record<string, unknown>, field: string): string {
  const value = body[field];
  if (typeof value !== 'string' || value === '' || value.length > 200) {
    throw new HttpError(400, `${field} must be a text of 1 to 200 characters, not ${JSON.stringify(value)}`);
  }
  return value;
}

export function wholeNumber(body: Record<string, unknown>, field: string, min: number, max: number): number {
  const value = body[field];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new HttpError(400, `${field} must be a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`);
  }
  return value;
}
