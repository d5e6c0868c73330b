/** The agent's own Prometheus metrics, in a registry of their own. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type BudgetMetrics, budgetMetrics, type ModelSpending } from './budget-metrics.ts';
import { type ModelMetrics, modelMetrics } from './model-metrics.ts';
import { type NarrationMetrics, narrationMetrics } from './narration-metrics.ts';

export interface RunMetrics {
  nodeSeconds: Histogram<'node' | 'result'>;
  verdicts: Counter<'decision' | 'gate'>;
  actions: Counter<'action' | 'step' | 'applied'>;
  outcomes: Counter<'outcome'>;
  shadows: Counter<'action' | 'result'>;
  secondOpinions: Counter<'stance'>;
  investigations: Counter<'result'>;
  lastRun: Gauge;
}

/** Of the looks at what Alertmanager and Prometheus show. */
export interface LookMetrics {
  lookAlerts: Counter<'source'>;
  lookFailures: Counter<'source' | 'reason'>;
  lastLook: Gauge<'source'>;
}

/** Of answers to approvals, and of what a channel shows of them. */
export interface ApprovalMetrics {
  approvals: Counter<'result' | 'via'>;
  approvalMessages: Counter<'result'>;
}

export interface Metrics
  extends RunMetrics,
    LookMetrics,
    AuditMetrics,
    PutBackMetrics,
    ApprovalMetrics,
    PolicyMetrics,
    BudgetMetrics,
    NarrationMetrics,
    ModelMetrics {
  registry: Registry;
  webhooks: Counter<'code'>;
  alerts: Counter<'disposition'>;
  incidents: Gauge<'status'>;
  notifications: Gauge<'status'>;
  sortLag: Gauge;
}

/** Of the policy file. */
export interface PolicyMetrics {
  policyInForce: Gauge;
}

/** Of what keeps the audit trail outside. */
export interface AuditMetrics {
  auditPuts: Counter<'place' | 'result'>;
  auditBehind: Gauge<'place'>;
  auditIntact: Gauge;
}

/** Of changes that were meant for a time only. */
export interface PutBackMetrics {
  putBacks: Counter<'end'>;
}

/** Changes that wait to be put back: how many, and how long the longest due has been due. */
export interface Owed {
  waiting: number;
  overdueSeconds: number;
}

/** Notifications that are not sorted: how many wait or are quarantined, and how long the oldest has waited. */
export interface Inbox {
  waiting: number;
  quarantined: number;
  lagSeconds: number;
}

/**
 * `countIncidents` is asked at each scrape for the number of incidents that are not closed, by status, `lookIntoInbox` for what is not
 * sorted, `lookAtOwed` for what is not put back, and `lookAtSpending` for what models have cost.
 */
export function createMetrics(
  countIncidents: () => Promise<Record<string, number>>,
  lookIntoInbox: () => Promise<Inbox> = async () => ({ waiting: 0, quarantined: 0, lagSeconds: 0 }),
  lookAtOwed: () => Promise<Owed> = async () => ({ waiting: 0, overdueSeconds: 0 }),
  lookAtSpending: () => Promise<ModelSpending[]> = async () => [],
): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    webhooks: new Counter({ name: 'kintsugi_webhooks_total', help: 'Webhook requests by answer', labelNames: ['code'], registers }),
    alerts: new Counter({
      name: 'kintsugi_alerts_total',
      help: 'Alerts received by what became of them',
      labelNames: ['disposition'],
      registers,
    }),
    ...inboxGauges(lookIntoInbox, registers),
    incidents: new Gauge({
      name: 'kintsugi_incidents',
      help: 'Incidents that are not closed, by status',
      labelNames: ['status'],
      registers,
      async collect() {
        for (const [status, count] of Object.entries(await countIncidents())) this.set({ status }, count);
      },
    }),
    nodeSeconds: new Histogram({
      name: 'kintsugi_node_duration_seconds',
      help: 'Time one graph node took',
      labelNames: ['node', 'result'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300],
      registers,
    }),
    verdicts: new Counter({
      name: 'kintsugi_verdicts_total',
      help: 'Policy verdicts, with the gate that decided',
      labelNames: ['decision', 'gate'],
      registers,
    }),
    actions: new Counter({
      name: 'kintsugi_actions_total',
      help: 'Changes made or tried, undo steps included',
      labelNames: ['action', 'step', 'applied'],
      registers,
    }),
    outcomes: new Counter({
      name: 'kintsugi_incidents_closed_total',
      help: 'Closed incidents by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    shadows: new Counter({
      name: 'kintsugi_shadows_settled_total',
      help: 'Plans that were not carried out for want of autonomy, by what happened without them',
      labelNames: ['action', 'result'],
      registers,
    }),
    secondOpinions: new Counter({
      name: 'kintsugi_second_opinions_total',
      help: 'Second opinions on claims of the rules, by what was said',
      labelNames: ['stance'],
      registers,
    }),
    investigations: new Counter({
      name: 'kintsugi_investigations_total',
      help: 'Investigations of what the rules could not explain, by how they ended',
      labelNames: ['result'],
      registers,
    }),
    lookAlerts: new Counter({
      name: 'kintsugi_look_alerts_total',
      help: 'Alerts that no notification told of, found by a look at what fires',
      labelNames: ['source'],
      registers,
    }),
    lookFailures: new Counter({
      name: 'kintsugi_look_failures_total',
      help: 'Looks at what fires that failed, by reason',
      labelNames: ['source', 'reason'],
      registers,
    }),
    lastLook: new Gauge({
      name: 'kintsugi_last_look_timestamp_seconds',
      help: 'When what fires was last read, or when the agent started',
      labelNames: ['source'],
      registers,
    }),
    policyInForce: policyGauge(registers),
    auditPuts: new Counter({
      name: 'kintsugi_audit_puts_total',
      help: 'Heads and ranges of the audit trail put outside, or not',
      labelNames: ['place', 'result'],
      registers,
    }),
    auditBehind: new Gauge({
      name: 'kintsugi_audit_rows_behind',
      help: 'Rows of the audit trail that are not outside yet',
      labelNames: ['place'],
      registers,
    }),
    auditIntact: intactGauge(registers),
    approvals: new Counter({
      name: 'kintsugi_approval_answers_total',
      help: 'Answers to approvals, refused ones too',
      labelNames: ['result', 'via'],
      registers,
    }),
    approvalMessages: new Counter({
      name: 'kintsugi_approval_messages_total',
      help: 'Messages about approvals sent to a channel, or not',
      labelNames: ['result'],
      registers,
    }),
    putBacks: putBackMetrics(lookAtOwed, registers),
    ...budgetMetrics(lookAtSpending, registers),
    ...modelMetrics(registers),
    ...narrationMetrics(registers),
    lastRun: new Gauge({ name: 'kintsugi_last_run_timestamp_seconds', help: 'When the runner last looked for work', registers }),
  };
}

/** Absent without a policy file: the settings do not change. */
function policyGauge(registers: Registry[]): Gauge {
  const gauge = new Gauge({
    name: 'kintsugi_policy_in_force',
    help: '1 while the policy file is in force, 0 while it is refused and nothing is allowed',
    registers,
  });
  gauge.remove();
  return gauge;
}

/** Shown from the first check on: a zero before it would be an alarm. */
function intactGauge(registers: Registry[]): Gauge {
  const gauge = new Gauge({
    name: 'kintsugi_audit_intact',
    help: '1 while the last check found the audit trail intact, else 0',
    registers,
  });
  gauge.remove();
  return gauge;
}

function inboxGauges(look: () => Promise<Inbox>, registers: Registry[]): Pick<Metrics, 'notifications' | 'sortLag'> {
  const notifications = new Gauge({
    name: 'kintsugi_notifications',
    help: 'Notifications that are not sorted, by status',
    labelNames: ['status'],
    registers,
    async collect() {
      const { waiting, quarantined } = await look();
      this.set({ status: 'waiting' }, waiting);
      this.set({ status: 'quarantined' }, quarantined);
    },
  });
  const sortLag = new Gauge({
    name: 'kintsugi_sort_lag_seconds',
    help: 'How long the oldest notification has waited to be sorted',
    registers,
    async collect() {
      this.set((await look()).lagSeconds);
    },
  });
  return { notifications, sortLag };
}

function putBackMetrics(look: () => Promise<Owed>, registers: Registry[]): Counter<'end'> {
  const gauge = (name: string, help: string, field: keyof Owed) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set((await look())[field]);
      },
    });
  gauge('kintsugi_put_backs_waiting', 'Changes meant for a time only that are not put back yet', 'waiting');
  gauge('kintsugi_put_back_overdue_seconds', 'How long the longest due of them has been due', 'overdueSeconds');
  return new Counter({
    name: 'kintsugi_put_backs_total',
    help: 'Changes meant for a time only, by how that ended',
    labelNames: ['end'],
    registers,
  });
}
