/** The API's contract: what requests may hold and what answers look like. The demo and the command line know only this file. */
import { z } from 'zod';

export const IncidentView = z.object({
  id: z.string(),
  alertName: z.string(),
  resource: z.object({ cluster: z.string(), service: z.string() }),
  severity: z.string(),
  status: z.enum(['open', 'investigating', 'awaiting-approval', 'closed']),
  outcome: z.enum(['fixed', 'recovered', 'escalated', 'no-fault', 'declined']).nullable(),
  outcomeReason: z.string(),
  startedAt: z.string(),
  openedAt: z.string(),
  closedAt: z.string().nullable(),
  firings: z.number(),
  resolvedAt: z.string().nullable(),
});
export type IncidentView = z.infer<typeof IncidentView>;

/** One line of the audit trail: what happened, who did it, and the facts that decided. */
export const AuditView = z.object({
  seq: z.number(),
  at: z.string(),
  incidentId: z.string().nullable(),
  actor: z.string(),
  event: z.string(),
  detail: z.record(z.string(), z.unknown()),
});
export type AuditView = z.infer<typeof AuditView>;

export const AlertView = z.object({
  id: z.number(),
  name: z.string(),
  status: z.enum(['firing', 'resolved']),
  labels: z.record(z.string(), z.string()),
  startsAt: z.string(),
  receivedAt: z.string(),
  incidentId: z.string().nullable(),
  disposition: z.string(),
  reason: z.string(),
  /** How often the same notification came again within a minute. */
  copies: z.number(),
});
export type AlertView = z.infer<typeof AlertView>;

export const ApprovalView = z.object({
  id: z.string(),
  incidentId: z.string(),
  plan: z.record(z.string(), z.unknown()),
  planHash: z.string(),
  /** What the plan is to cure: cause, service, confidence, the sentences that speak for it. Null for a request of version 0.1. */
  hypothesis: z.record(z.string(), z.unknown()).nullable(),
  evidenceHash: z.string().nullable(),
  requestedBy: z.array(z.string()),
  warning: z.string().nullable(),
  askedAt: z.string(),
  expiresAt: z.string(),
  answer: z.enum(['approved', 'rejected']).nullable(),
  answeredBy: z.string().nullable(),
  /** Agreed to in place of `plan`. */
  narrowedPlan: z.record(z.string(), z.unknown()).nullable(),
  /** Key of the change that was made under it. */
  usedBy: z.string().nullable(),
  /** What a model said of the claim, left out when it has said nothing (yet). For people, and never more than text; nothing rests on it. */
  explanation: z
    .object({ model: z.string(), statements: z.array(z.object({ text: z.string(), evidence: z.array(z.string()) })) })
    .optional(),
});
export type ApprovalView = z.infer<typeof ApprovalView>;

export const IncidentList = z.object({ incidents: z.array(IncidentView) });
export const AlertList = z.object({ alerts: z.array(AlertView) });
export const AuditList = z.object({ entries: z.array(AuditView) });
export const ApprovalList = z.object({ approvals: z.array(ApprovalView) });
export const IncidentDetail = z.object({
  incident: IncidentView,
  alerts: z.array(AlertView),
  approvals: z.array(ApprovalView),
  timeline: z.array(AuditView),
});
export type IncidentDetail = z.infer<typeof IncidentDetail>;

export const ListQuery = z.object({
  status: z.enum(['open', 'investigating', 'awaiting-approval', 'closed']).optional(),
  incidentId: z.string().max(200).optional(),
  afterSeq: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const by = z.string().trim().min(1).max(200);

/**
 * The hash is repeated by the approver: the answer holds for exactly that plan. `by` may be left out with a personal token. `params`, in place
 * of the plan's own, make it smaller, never larger.
 */
export const ApprovalAnswer = z.strictObject({
  answer: z.enum(['approved', 'rejected']),
  by: by.optional(),
  planHash: z.string().length(64),
  params: z.record(z.string(), z.unknown()).optional(),
});

/** While it is on nothing is changed, undo steps included. `file`: the stop file holds it on. */
export const KillSwitchView = z.object({
  on: z.boolean(),
  file: z.boolean(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  at: z.string().nullable(),
});
export type KillSwitchView = z.infer<typeof KillSwitchView>;

/** Who turns it says who they are and why; both go into the audit trail. */
export const KillSwitchOrder = z.strictObject({
  on: z.boolean(),
  by: by.optional(),
  reason: z.string().trim().min(1).max(500),
});

const AutonomyLevel = z.enum(['observe', 'suggest', 'approve', 'auto']);

/** How far one action may go by itself on one service, and what that rests on. */
export const AutonomyView = z.object({
  cluster: z.string(),
  service: z.string(),
  action: z.string(),
  /** Null while no policy is in force: nothing is allowed then. */
  level: AutonomyLevel.nullable(),
  /** In words that end a sentence. */
  because: z.string(),
  /** What the policy allows at most. */
  ceiling: AutonomyLevel.nullable(),
  /** Good experiences in a row, and how many lead one level up; null where nothing is earned. */
  row: z.number().nullable(),
  needed: z.number().nullable(),
  /** How often each thing happened: `recovered`, `came-back`, `not-recovered`, `harmed`, `unproven`, `agreed`, `no-help`, `not-needed`, `not-known`. */
  counts: z.record(z.string(), z.number()),
  /** The order in force. */
  order: z.object({ level: AutonomyLevel, by: z.string(), reason: z.string(), at: z.string() }).nullable(),
});
export type AutonomyView = z.infer<typeof AutonomyView>;

/** A plan that only its level of autonomy forbade, beside what happened without it. */
export const ShadowView = z.object({
  incidentId: z.string(),
  plan: z.record(z.string(), z.unknown()),
  cause: z.string(),
  /** Why it was not carried out. */
  reason: z.string(),
  keptAt: z.string(),
  /** Null while it is followed. */
  result: z.enum(['agreed', 'no-help', 'not-needed', 'not-known']).nullable(),
  /** What happened, in words. */
  detail: z.string(),
  settledAt: z.string().nullable(),
});
export type ShadowView = z.infer<typeof ShadowView>;

export const AutonomyList = z.object({ autonomy: z.array(AutonomyView) });
export const AutonomyDetail = z.object({
  autonomy: AutonomyView,
  /** What counted, oldest first, with the level it led to. */
  steps: z.array(z.object({ at: z.string().nullable(), what: z.string(), level: AutonomyLevel, row: z.number() })),
  /** Newest first. */
  shadows: z.array(ShadowView),
});
export type AutonomyDetail = z.infer<typeof AutonomyDetail>;

/** A level holds until the next order and nothing is earned above it; null takes the order in force back. */
export const AutonomyOrderBody = z.strictObject({
  level: AutonomyLevel.nullable(),
  by: by.optional(),
  reason: z.string().trim().min(1).max(500),
});

/** One role and the models that are asked for it, the first asked first. */
export const ModelChainView = z.object({
  role: z.string(),
  models: z.array(
    z.object({
      name: z.string(),
      /** As the replica that answers knows it. */
      breaker: z.enum(['closed', 'open', 'half-open']),
      /** Why it cannot be asked at all; null when it can. */
      problem: z.string().nullable(),
    }),
  ),
  /** The chain of the settings. */
  setting: z.array(z.string()),
  /** The youngest order; one whose models are null took back the one before it. */
  order: z.object({ models: z.array(z.string()).nullable(), by: z.string(), reason: z.string(), at: z.string() }).nullable(),
});
export type ModelChainView = z.infer<typeof ModelChainView>;

export const ModelList = z.object({ chains: z.array(ModelChainView) });
export type ModelList = z.infer<typeof ModelList>;

/** Holds until the next order; null takes the order in force back, an empty chain asks nobody. */
export const ModelOrderBody = z.strictObject({
  models: z.array(z.string().max(300)).max(20).nullable(),
  by: by.optional(),
  reason: z.string().trim().min(1).max(500),
});

export const ModelPreviewQuery = z.object({ role: z.string().max(50).optional() });

/** `GET /models/preview/:incident`: the texts that would leave for a model, and for whom. */
export const ModelPreview = z.object({
  incidentId: z.string(),
  questions: z.array(
    z.object({
      role: z.string(),
      purpose: z.string(),
      /** The first is asked first; none: nobody is asked. */
      models: z.array(z.string()),
      system: z.string(),
      human: z.string(),
      tools: z.array(z.unknown()),
      /** By kind. */
      secretsTakenOut: z.record(z.string(), z.number()),
    }),
  ),
});
export type ModelPreview = z.infer<typeof ModelPreview>;

/** What the calls to models of one role, model, day or incident came to. */
export const ModelCostLine = z.object({
  key: z.string(),
  calls: z.number(),
  /** Calls that count with the most they can cost. */
  estimated: z.number(),
  /** Calls to models without a known price, which count as the dearest. */
  unpriced: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number(),
});
export type ModelCostLine = z.infer<typeof ModelCostLine>;

export const ModelCostQuery = z.object({ days: z.coerce.number().int().min(1).max(366).default(30) });

/** `GET /models/cost`: what is spent of each ceiling, and by whom in the last days. */
export const ModelCost = z.object({
  days: z.number(),
  spending: z.array(z.object({ window: z.enum(['day', 'month']), spentUsd: z.number(), ceilingUsd: z.number() })),
  incidentCeilingUsd: z.number(),
  /** `YYYY-MM-DD`, of the table of prices. */
  pricesReadOn: z.string(),
  by: z.object({
    role: z.array(ModelCostLine),
    model: z.array(ModelCostLine),
    /** Oldest first. */
    day: z.array(ModelCostLine),
    /** The dearest. */
    incident: z.array(ModelCostLine),
  }),
});
export type ModelCost = z.infer<typeof ModelCost>;

/** `GET /incidents/:id/bundle`: everything `kintsugi replay` plays, whole and sealed by its hash; what is in it is the bundle's own business. */
export const IncidentBundle = z.looseObject({ format: z.string(), version: z.number(), hash: z.string() });
export type IncidentBundle = z.infer<typeof IncidentBundle>;

/** `GET /incidents/:id/report`: what happened and what to look at next, for people. */
export const IncidentReport = z.object({ incidentId: z.string(), markdown: z.string() });
export type IncidentReport = z.infer<typeof IncidentReport>;
