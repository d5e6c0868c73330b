/**
 * Who may answer an approval: people, the groups they are in, and the groups an action or a service asks for. Pure. Nobody may unless it is
 * written down, and `anyone` has to be written too.
 */
import { z } from 'zod';
import type { Resource } from '../domain/alert.ts';

/** In the place of a group: whoever can name themselves. */
const anyone = 'anyone';

// Plain ASCII: a look-alike letter must not pass for somebody else.
const personName = /^[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,99}$/;
const PersonName = z.string().regex(personName, 'must be 1 to 100 of the letters A-Z a-z, digits, space and . _ @ + -');
const GroupName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and hyphens');

const Person = z.strictObject({
  slack: z
    .string()
    .regex(/^[UW][A-Z0-9]{2,30}$/, 'must be a Slack member id such as U024BE7LH')
    .optional()
    .describe('Member id in Slack.'),
  tokenSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex; make it with: printf %s "$TOKEN" | sha256sum')
    .optional()
    .describe('SHA-256 of the person’s own API token; from then on the name counts with that token only.'),
});

/** `anyone` is spelt as a group is, and `faultsOf` knows it. */
const approvers = z.array(GroupName);

export const approvalSettingsSchema = z
  .strictObject({
    people: z
      .record(PersonName, Person)
      .default({})
      .describe('People by name: {"ann":{"slack":"U024BE7LH","tokenSha256":"…"}}. Without a Slack id nobody can answer in Slack.'),
    groups: z.record(GroupName, z.array(PersonName).min(1)).default({}).describe('Groups of approvers: {"on-call":["ann","bob"]}.'),
    approvers: approvers
      .default([])
      .describe('Groups one of which an approver must be in where nothing more particular is said; `anyone` must be written.'),
    byAction: z.record(z.string(), approvers.min(1)).default({}).describe('Groups for single actions, in place of the general ones.'),
    byService: z
      .record(z.string(), approvers.min(1))
      .default({})
      .describe(
        'Groups for single services (`service` or `cluster/service`); where an action names groups too, an approver must be in both.',
      ),
  })
  .superRefine((settings, context) => {
    for (const { path, message } of faultsOf(settings)) context.addIssue({ code: 'custom', path, message });
  });

export type ApprovalSettings = Readonly<z.infer<typeof approvalSettingsSchema>>;

/** What is asked for, and by whom when it was a person. */
export interface Asked {
  action: string;
  target: Resource;
  requestedBy: readonly string[];
}

/** Why this person may not say this about it, in a full sentence; null when they may. Whoever asked for it may still reject it. */
export function refuseApprover(settings: ApprovalSettings, asked: Asked, answer: 'approved' | 'rejected', by: string): string | null {
  if (!personName.test(by)) return 'The name of an approver is plain letters, digits, spaces and . _ @ + -.';
  if (answer === 'approved' && asked.requestedBy.some((one) => sameName(one, by))) {
    return `${by} asked for it: somebody else has to approve.`;
  }
  const lists = listsFor(settings, asked);
  if (lists.length === 0) return nobody(asked);
  const missing = lists.find((list) => !list.some((group) => group === anyone || isMember(settings, group, by)));
  return missing ? `${by} is in none of the groups that may answer for ${nameOf(asked)}: ${missing.join(', ')}.` : null;
}

/** Why there is nobody who could approve, in a full sentence; null when somebody can. */
export function nobodyMayApprove(settings: ApprovalSettings, asked: Asked): string | null {
  const lists = listsFor(settings, asked);
  if (lists.length === 0) return nobody(asked);
  if (lists.every((list) => list.includes(anyone))) return null;
  const people = [...new Set(Object.values(settings.groups).flat())];
  return people.some((by) => refuseApprover(settings, asked, 'approved', by) === null)
    ? null
    : `Nobody is in the groups that may approve ${nameOf(asked)}, other than who asked for it.`;
}

/** The person with this Slack member id. */
export function personOfSlack(settings: ApprovalSettings, memberId: string): string | undefined {
  return Object.entries(settings.people).find(([, { slack }]) => slack === memberId)?.[0];
}

/** People by the hash of their own API token. */
export function personalTokens(settings: ApprovalSettings): { name: string; tokenSha256: string }[] {
  return Object.entries(settings.people).flatMap(([name, { tokenSha256 }]) => (tokenSha256 ? [{ name, tokenSha256 }] : []));
}

/** Whether two spellings mean one person: case, width and spaces make no difference. */
export function sameName(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(name: string): string {
  return name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}

/** Each list that applies has to be satisfied; the general one only where no other applies. */
function listsFor(settings: ApprovalSettings, { action, target }: Asked): (readonly string[])[] {
  const particular = [
    own(settings.byAction, action),
    own(settings.byService, `${target.cluster}/${target.service}`) ?? own(settings.byService, target.service),
  ].filter((list) => list !== undefined);
  return particular.length > 0 ? particular : settings.approvers.length > 0 ? [settings.approvers] : [];
}

/** `groups` and the like are written by hand: a name that every object inherits is in none of them. */
function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function isMember(settings: ApprovalSettings, group: string, by: string): boolean {
  return own(settings.groups, group)?.includes(by) ?? false;
}

function nobody(asked: Asked): string {
  return `No group may approve ${nameOf(asked)}: the policy names none (approval.approvers, approval.byAction, approval.byService).`;
}

function nameOf({ action, target }: Asked): string {
  return `${action} of ${target.service}`;
}

interface Fault {
  path: string[];
  message: string;
}

function faultsOf({ people, groups, approvers: general, byAction, byService }: z.infer<typeof approvalSettingsSchema>): Fault[] {
  const faults: Fault[] = [];
  if (anyone in groups) faults.push({ path: ['groups', anyone], message: `"${anyone}" means everybody and is no name for a group` });
  const lists = [
    { path: ['approvers'], list: general },
    ...Object.entries(byAction).map(([key, list]) => ({ path: ['byAction', key], list })),
    ...Object.entries(byService).map(([key, list]) => ({ path: ['byService', key], list })),
  ];
  for (const { path, list } of lists) {
    for (const group of list.filter((name) => name !== anyone && !Object.hasOwn(groups, name))) {
      faults.push({ path, message: `"${group}" is no group; the groups are ${Object.keys(groups).join(', ') || '(none)'}` });
    }
  }
  for (const key of ['slack', 'tokenSha256'] as const) {
    const seen = new Map<string, string>();
    for (const [name, person] of Object.entries(people)) {
      const value = person[key];
      const other = value && seen.get(value);
      if (other)
        faults.push({ path: ['people', name, key], message: `${name} and ${other} have the same: an answer must name one person` });
      if (value) seen.set(value, name);
    }
  }
  const names = Object.keys(people);
  for (const name of names) {
    const other = names.find((one) => one !== name && sameName(one, name));
    if (other) faults.push({ path: ['people', name], message: `${name} and ${other} cannot be told apart` });
  }
  return faults;
}
