/** The scorecard as one page that needs nothing from elsewhere: no scripts, no fonts, no pictures. */
import { percent, secondsText, type Times } from '../figures.ts';
import { kindNames, recoveryText, summaryLine } from '../markdown.ts';
import type { RunRecord } from '../record.ts';
import type { Scorecard } from '../scorecard.ts';
import { courseChart, legend, outcomeBar, recoveryChart } from './charts.ts';
import { html, type Markup } from './markup.ts';
import { style } from './style.ts';

export function htmlOf(card: Scorecard, records: readonly RunRecord[]): string {
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Chaos scorecard</title>
<style>${{ markup: style }}</style>
</head>
<body>
<h1>Chaos scorecard</h1>
<p class="soft">${summaryLine(card).replaceAll('`', '')} Begun ${card.startedAt}.</p>
${goals(card)}
${cameOut(card)}
${recovery(card)}
${times(card)}
${list(card)}
${runs(records)}
</body>
</html>
`;
  return markup;
}

function goals({ figures }: Scorecard): Markup {
  const rows = figures.map(
    ({ title, goal, value, met }) =>
      html`<tr><td>${title}</td><td>${goal}</td><td>${value}</td><td class="${met === false ? 'missed' : 'met'}">${met === null ? '' : met ? 'met' : 'missed'}</td></tr>\n`,
  );
  return html`<h2>Goals</h2>
<div class="wide"><table><thead><tr><th>Goal</th><th>Wanted</th><th>Measured</th><th></th></tr></thead><tbody>
${rows}</tbody></table></div>`;
}

function cameOut({ kinds }: Scorecard): Markup {
  const bars = kinds.map(
    ({ kind, runs: count, experiments, outcomes }) =>
      html`<h3>${kindNames[kind]} <span class="soft">${count} runs of ${experiments} experiments</span></h3>\n${outcomeBar(outcomes, count, kindNames[kind])}\n`,
  );
  return html`<h2>What came of it</h2>\n${bars}`;
}

function recovery(card: Scorecard): Markup | null {
  const chart = recoveryChart(card);
  if (chart === null) return null;
  return html`<h2>Until users were well again</h2>
<p class="soft">Median seconds since the fault, curable experiments; runs that never recovered count as later than all others.</p>
${legend()}
${chart}`;
}

function times({ detect, act, webhookToAction, recover, changes, modelCostUsd, calledForNothing, falseClaims }: Scorecard): Markup {
  const row = (name: string, { runs: count, never, median, p90 }: Times) =>
    html`<tr><td>${name}</td><td class="number">${count}</td><td class="number">${never}</td><td class="number">${secondsText(median)}</td><td class="number">${secondsText(p90)}</td></tr>\n`;
  const perIncident = changes.perIncident === null ? '–' : changes.perIncident.toFixed(2);
  return html`<h2>Times and costs</h2>
<div class="wide"><table><thead><tr><th>Since the fault, while watched</th><th class="number">Runs</th><th class="number">Never</th><th class="number">Median</th><th class="number">p90</th></tr></thead><tbody>
${row('first webhook at the agent', detect)}${row('first change (curable)', act)}${row('from webhook to action', webhookToAction)}${row('users well again, with the agent', recover.agent)}${row('users well again, restart on alert', recover.restarter)}${row('users well again, nobody (ECS alone)', recover.nobody)}</tbody></table></div>
<p>${changes.made} changes in ${changes.incidents} incidents (${perIncident} each); models ${modelCostUsd.total.toFixed(2)} US dollars; people called where nothing was wrong: ${calledForNothing}; fixes claimed that were none: ${falseClaims}.</p>`;
}

function list({ experiments }: Scorecard): Markup {
  const rows = experiments.map(
    (row) =>
      html`<tr><td><code>${row.experiment}</code><br>${row.title}</td><td>${kindNames[row.kind]}</td><td>${countsText(row.outcomes)}</td><td>${row.causeAsked === 0 ? '' : percent(row.causeRight / row.causeAsked)}</td><td class="number">${row.changesMade}</td><td class="number">${recoveryText(row.recover.agent)}</td><td class="number">${recoveryText(row.recover.restarter)}</td><td class="number">${recoveryText(row.recover.nobody)}</td></tr>\n`,
  );
  return html`<h2>Experiments</h2>
<div class="wide"><table><thead><tr><th>Experiment</th><th>Kind</th><th>Came out as</th><th>Cause right</th><th class="number">Changes</th><th class="number">Agent</th><th class="number">Restart</th><th class="number">Nobody</th></tr></thead><tbody>
${rows}</tbody></table></div>`;
}

function countsText(counts: Scorecard['outcomes']): string {
  const seen = Object.entries(counts).filter(([, count]) => count > 0);
  return seen.map(([outcome, count]) => (count === 1 && seen.length === 1 ? outcome : `${outcome} ${count}`)).join(', ');
}

function runs(records: readonly RunRecord[]): Markup {
  const sorted = records.toSorted((one, other) => one.experiment.localeCompare(other.experiment) || one.repeat - other.repeat);
  return html`<h2>Every run</h2>\n${legend()}\n${sorted.map(run)}`;
}

function run(record: RunRecord): Markup {
  const { experiment, repeat, seed, outcome, title, why, harm, incidents, bundle } = record;
  const hasCourse = record.clusters.some(({ samples }) => samples.length > 1);
  const told = [...why, ...harm.filter((sentence) => !why.includes(sentence))];
  return html`<details id="${experiment}.${repeat}"><summary><span class="badge o-${outcome}">${outcome}</span> <code>${experiment}.${repeat}</code> ${title}<span class="soft">${recovered(record)}</span></summary><div>
<ul>${told.map((sentence) => html`<li>${sentence}</li>`)}</ul>
${hasCourse ? [courseChart(record, 'errorRatio'), courseChart(record, 'latencyP95')] : null}
${incidents.map(
  ({ alert, service, outcome: became, reason, cause, causeService }) =>
    html`<p><strong>${alert}</strong> on ${service}: ${became}${cause === null ? '' : `, ${cause} of ${causeService ?? ''}`}. <span class="soft">${reason}</span></p>`,
)}
${timeline(record)}
<p class="soft">Seed ${seed}.${bundle === null ? '' : ' For kintsugi replay: '}${bundle === null ? null : html`<code>${experiment}.${repeat}/${bundle}</code>`}</p>
</div></details>
`;
}

function recovered({ detectSeconds, actSeconds, recoverSeconds, kind }: RunRecord): string {
  const parts = [
    detectSeconds === null ? 'never told' : `told after ${secondsText(detectSeconds)}`,
    actSeconds === null ? 'no change' : `changed after ${secondsText(actSeconds)}`,
    ...(kind === 'control'
      ? []
      : [
          recoverSeconds === null
            ? 'not well again while watched'
            : recoverSeconds === 0
              ? 'never felt'
              : `well after ${secondsText(recoverSeconds)}`,
        ]),
  ];
  return parts.join(', ');
}

function timeline({ timeline: lines }: RunRecord): Markup | null {
  if (lines.length === 0) return null;
  const rows = lines.map(
    ({ at, who, text, because }) =>
      html`<tr><td class="number">${at.toFixed(1)} s</td><td>${who}</td><td>${text}${because.map((reason) => html`<div class="because">${reason}</div>`)}</td></tr>\n`,
  );
  return html`<div class="wide"><table class="timeline"><tbody>\n${rows}</tbody></table></div>`;
}
