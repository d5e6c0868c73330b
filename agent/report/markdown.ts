/** The report as Markdown, for people who were not there. Every word that came from outside goes through `text`. */
import { dollars, usdOf } from '../llm/budget/money.ts';
import type { Narration } from '../narration/store.ts';
import { list, table, text } from './markdown-text.ts';
import { lastGates, type Report, type TriedChange } from './report.ts';
import type { Claim } from './trail.ts';

const mostAlerts = 20;
/** Of the timeline, at its beginning and at its end. */
const mostEntries = 150;

export function markdownOf(report: Report): string {
  const sections = [
    head(report),
    section('What to look at next', list(report.next.map((step) => text(step)))),
    section('What fired', fired(report)),
    section('What was found, and how sure', found(report)),
    section('In the words of a model', inWords(report)),
    section('What was tried', tried(report)),
    section('What was not allowed, and why', notAllowed(report)),
    section('What was weighed', weighed(report)),
    section('What would have been done', wouldHave(report)),
    section('What models cost', cost(report)),
    section('Where to look', list(report.links.map(({ title, url }) => `[${text(title)}](<${url}>)`))),
    section('Timeline', timeline(report)),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function section(title: string, body: string): string {
  return body === '' ? '' : `## ${title}\n\n${body}`;
}

function head({ incident, found: what }: Report): string {
  const { resource, alertName, outcome, outcomeReason, severity } = incident;
  const rows = [
    ['Incident', text(incident.id)],
    ['Service', `${text(resource.service)} in cluster ${text(resource.cluster)}`],
    ['Severity', text(severity) || 'not said'],
    ['Trouble began', incident.startedAt],
    ['We were told', `${incident.openedAt} (${seconds(incident.startedAt, incident.openedAt)} after)`],
    [
      'Closed',
      incident.closedAt ? `${incident.closedAt} (${seconds(incident.openedAt, incident.closedAt)} after we were told)` : 'still open',
    ],
    ['Outcome', outcome ? `**${outcome}**: ${text(outcomeReason)}` : 'none yet'],
    ['Best explanation', what?.claims[0] ? `${claimInWords(what.claims[0])}` : 'none'],
  ];
  return `# ${text(alertName)} on ${text(resource.service)}: ${outcome ?? 'open'}\n\n${table(['', ''], rows)}`;
}

function claimInWords({ cause, service, taskId, change, confidence }: Claim): string {
  const where = [`in ${text(service)}`, taskId && `task ${text(taskId)}`, change && `commit ${text(change)}`].filter(Boolean).join(', ');
  return `${text(cause)} ${where} (confidence ${confidence.toFixed(2)} of 1)`;
}

function fired({ incident, alerts }: Report): string {
  const shown = alerts.slice(0, mostAlerts).map(({ receivedAt, name, status, disposition, reason, copies }) => {
    return [receivedAt, text(name), status, disposition, `${text(reason, 300)}${copies > 0 ? ` (and ${copies} copies)` : ''}`];
  });
  const more = alerts.length > mostAlerts ? `\n\n${alerts.length - mostAlerts} more are in the store.` : '';
  return `${incident.firings} ${incident.firings === 1 ? 'firing' : 'firings'}.\n\n${table(['When', 'Alert', 'Said', 'Became', 'Why'], shown)}${more}`;
}

function found({ found: what, sources }: Report): string {
  if (!what) return 'Nothing: the run ended before a diagnosis.';
  const path = what.path.length > 1 ? `Looked along ${what.path.map((service) => text(service)).join(' → ')}: ${text(what.where)}` : '';
  const claims = what.claims.map((claim, index) => {
    const lines = claim.because.map((reason) => `   - ${text(reason)}`);
    const refuted = claim.refutedBy ? [`   - *wrong if:* ${text(claim.refutedBy)}`] : [];
    const cited = claim.evidence.length > 0 ? [`   - *evidence:* ${claim.evidence.map((id) => text(id)).join(', ')}`] : [];
    return [`${index + 1}. ${claimInWords(claim)}`, ...lines, ...refuted, ...cited].join('\n');
  });
  const asked = table(
    ['Source', 'Answer', 'Facts', 'Evidence', 'Detail'],
    sources.map(({ source, status, facts, id, detail }) => [text(source), text(status), String(facts), text(id), text(detail, 300)]),
  );
  const audit =
    what.notes.length > 0
      ? `Held against what changed${what.vetoed ? ', and vetoed' : ''}:\n\n${list(what.notes.map((note) => text(note)))}`
      : '';
  const conclusion = `${text(what.conclusion)} after ${what.rounds} ${what.rounds === 1 ? 'round' : 'rounds'}: ${text(what.reason)}`;
  return [conclusion, path, claims.join('\n'), audit, sources.length > 0 ? asked : ''].filter(Boolean).join('\n\n');
}

function inWords({ narrations }: Report): string {
  const told = narrations.map(({ kind, state, statements, model, struck, reason }) => {
    if (state === 'wanted') return '';
    const what = kind === 'summary' ? 'How it went' : 'What was found';
    if (state === 'given-up') return `${what}: nothing. ${text(reason)}`;
    const gone =
      struck > 0
        ? ` ${struck} ${struck === 1 ? 'citation' : 'citations'} of evidence that does not exist ${struck === 1 ? 'is' : 'are'} taken out.`
        : '';
    return `${what}, by ${text(model ?? 'a model')}:${gone}\n\n${list(statements.map(statementInWords))}`;
  });
  const shown = told.filter(Boolean);
  const caution =
    'Written by a model for people to read, checked only for whether the evidence it cites exists. Nothing was decided by it.';
  return shown.length === 0 ? '' : [caution, ...shown].join('\n\n');
}

function statementInWords({ text: words, evidence }: Narration['statements'][number]): string {
  return `${text(words)} *(${evidence.length > 0 ? `evidence: ${evidence.map((id) => text(id)).join(', ')}` : 'cites nothing'})*`;
}

function weighed({ verdicts }: Report): string {
  const groups: { first: Report['verdicts'][number]; times: number }[] = [];
  for (const verdict of verdicts) {
    const last = groups.at(-1);
    // What was not clear is looked at again several times, mostly with the same words.
    if (last && last.first.detail.kind === verdict.detail.kind && last.first.detail.reason === verdict.detail.reason) last.times += 1;
    else groups.push({ first: verdict, times: 1 });
  }
  const lines = groups.flatMap(({ first: { at, detail }, times }) => {
    const offers = detail.considered.map(
      ({ action, cause, service, became, reason }) =>
        `   - ${text(action)} for ${text(cause)} in ${text(service)}: ${text(became)}. ${text(reason)}`,
    );
    const often = times > 1 ? ` (${times} times)` : '';
    return [`- ${at}${often}: ${text(detail.kind.replaceAll('-', ' '))}. ${text(detail.reason)}`, ...offers];
  });
  return lines.join('\n');
}

function tried({ tried: changes }: Report): string {
  return changes.map(triedChange).join('\n\n');
}

function triedChange({ change, reasons }: TriedChange): string {
  const { plan, step, status, detail, verified, intendedAt, finishedAt } = change;
  const rows = [
    step === 'undo' ? `**Undo of:** ${text(plan.summary)}` : `**${text(plan.summary)}**`,
    `intended ${intendedAt}, finished ${finishedAt ?? 'never'}: ${text(status)}. ${text(detail)}`,
    step === 'execute' ? `calls: ${plan.calls.map(({ operation }) => text(operation)).join(', ') || 'none'}` : '',
    step === 'execute' ? `undo: ${text(plan.undo.kind === 'restore' ? plan.undo.summary : `none, ${plan.undo.reason}`)}` : '',
    verified ? `found afterwards: **${verified}**` : '',
    ...reasons.map((reason) => text(reason)),
  ];
  const [first = '', ...rest] = rows.filter(Boolean);
  return [`- ${first}`, ...rest.map((line) => `   - ${line}`)].join('\n');
}

function notAllowed({ verdicts, approvals }: Report): string {
  const lines: string[] = [];
  for (const gate of lastGates(verdicts).filter(({ decision }) => decision !== 'pass')) {
    lines.push(`**${text(gate.gate)}** ${gate.decision === 'ask' ? 'asks' : 'refuses'}: ${text(gate.reason)}`);
  }
  for (const { answer, answeredBy, askedAt, expiresAt, plan } of approvals) {
    const became = answer === null ? `was not answered (until ${expiresAt})` : `was ${answer} by ${text(answeredBy ?? 'somebody')}`;
    lines.push(`the question of ${askedAt} (${text(plan.summary)}) ${became}`);
  }
  return list(lines);
}

function wouldHave({ shadows }: Report): string {
  return list(
    shadows.map(({ plan, reason, result, detail }) => {
      return `${text(plan.summary)}: not done, ${text(reason)} What happened without it: ${result ? `${text(result)}. ${text(detail)}` : 'still followed.'}`;
    }),
  );
}

function cost({ costs }: Report): string {
  if (costs.length === 0) return '';
  const total = (field: 'calls' | 'estimated' | 'inputTokens' | 'outputTokens' | 'costNano') =>
    costs.reduce((sum, line) => sum + line[field], 0);
  const cells = (calls: number, inputTokens: number, outputTokens: number, costNano: number) =>
    [calls, inputTokens, outputTokens].map(String).concat(dollars(usdOf(costNano)));
  const rows = costs.map((line) => [text(line.key), ...cells(line.calls, line.inputTokens, line.outputTokens, line.costNano)]);
  const sums = ['all', ...cells(total('calls'), total('inputTokens'), total('outputTokens'), total('costNano'))];
  const unsaid = total('estimated');
  const note = unsaid > 0 ? `\n\n${unsaid} of the calls count with the most they can cost: nobody said what they took.` : '';
  return `${table(['Asked', 'Calls', 'Tokens in', 'Tokens out', 'Cost'], [...rows, sums])}${note}`;
}

function timeline({ timeline: entries }: Report): string {
  const rows = entries.map(({ at, who, what }) => [at, text(who), text(what, 400)]);
  const left = rows.length - 2 * mostEntries;
  const shown =
    left > 0 ? [...rows.slice(0, mostEntries), ['…', '…', `${left} more are in the audit trail`], ...rows.slice(-mostEntries)] : rows;
  return table(['When', 'Who', 'What'], shown);
}

/** `95 s`, `12 min 5 s` */
function seconds(from: string, to: string): string {
  const total = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
  if (!Number.isFinite(total)) return 'unknown';
  return total < 120 ? `${total} s` : `${Math.floor(total / 60)} min ${total % 60} s`;
}
