/** Entries of settings that name, one by one, what may be done and for which cause in which service. A pattern is never an entry. */
import { z } from 'zod';
import type { Resource } from '../domain/alert.ts';
import { causes, type Hypothesis } from '../domain/cause.ts';
import type { NotPossible } from '../domain/plan.ts';
import { causeElsewhere } from './params.ts';

export const EntryName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be one name: 1 to 63 of the letters a-z, digits and hyphen, a letter first');

const ServiceOfCluster = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,254}\/[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/, 'must be one service, as cluster/service');

/** What every entry says. */
export const entryShape = {
  name: EntryName,
  causes: z.array(z.enum(causes)).min(1),
  services: z.array(ServiceOfCluster).min(1),
};

type Entry = z.infer<z.ZodObject<typeof entryShape>>;

export function listOf<One extends Entry>(entry: z.ZodType<One>) {
  return z
    .array(entry)
    .refine((entries) => new Set(entries.map(({ name }) => name)).size === entries.length, 'each name may be given once')
    .default([]);
}

/** Causes any of them is for. */
export function causesOf(entries: readonly Entry[]): Entry['causes'] {
  return [...new Set(entries.flatMap((entry) => entry.causes))];
}

/** The first entry for this cause in this service; the others are not tried. */
export function entryFor<One extends Entry>(entries: readonly One[], hypothesis: Hypothesis, target: Resource): One | NotPossible {
  const elsewhere = causeElsewhere(hypothesis, target);
  if (elsewhere) return elsewhere;
  const found = entries.find((entry) => entry.causes.includes(hypothesis.cause) && isFor(entry, target));
  return found ?? { notPossible: `the settings name nothing for ${hypothesis.cause} in ${placeOf(target)}` };
}

/** The entry of that name, if it is for this service. */
export function entryNamed<One extends Entry>(entries: readonly One[], name: string, target: Resource): One | NotPossible {
  const found = entries.find((entry) => entry.name === name);
  if (!found) return { notPossible: `the settings have no entry ${name}` };
  return isFor(found, target) ? found : { notPossible: `the entry ${name} of the settings is not for ${placeOf(target)}` };
}

function isFor({ services }: Entry, target: Resource): boolean {
  return services.includes(placeOf(target));
}

function placeOf({ cluster, service }: Resource): string {
  return `${cluster}/${service}`;
}
