/**
 * S12: whole incidents in which secrets stand wherever strangers write: log lines, commits, labels, stop reasons, errors of upstreams and of changes.
 * What left the agent is read at the other side: the bytes that arrived at the models and at Slack, the rows of the audit trail, the lines of
 * the log. S12b: how much of what is no secret is taken out or masked.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { foundParagraphs, wordsFor } from '../../action/github/words.ts';
import { UpstreamError } from '../../domain/errors.ts';
import type { Fact } from '../../domain/evidence.ts';
import type { Incident } from '../../domain/incident.ts';
import { Patterns } from '../../evidence/log-patterns.ts';
import type { EvidenceSource } from '../../evidence/source.ts';
import { createNarrator, type Narrator } from '../../narration/narrator.ts';
import { createNarrationStore } from '../../storage/narration-store.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { startAgent, type TestAgent } from '../../testing/agent.ts';
import { campaign } from '../../testing/campaign.ts';
import { at, onset } from '../../testing/diagnosis-case.ts';
import { filledObject } from '../../testing/llm/filled.ts';
import { type ModelServer, startModelServer } from '../../testing/llm/model-server.ts';
import { modelsOnTheWire, type WireModels } from '../../testing/llm/models-on-the-wire.ts';
import { leakOf, type PlantedSecret, plantedKinds, plantedSecrets } from '../../testing/planted-secrets.ts';
import { badDeploymentCured, unexplained } from '../../testing/scenes.ts';
import { type SlackServer, startSlack } from '../../testing/slack-server.ts';
import { openTempStore } from '../../testing/temp-store.ts';
import { createWorld, fakeCatalog, type Scene } from '../../testing/world.ts';
import { createRedactor } from './redactor.ts';

const atOnce = 6;
const service = 'checkout';
const chain = ['openai:small'];

let models: ModelServer;
let slack: SlackServer;
beforeAll(async () => {
  models = await startModelServer();
  slack = await startSlack();
});
afterAll(async () => {
  await models.close();
  await slack.close();
});

/** Log lines go the way of all log stores; the other facts are as a source hands them over that took nothing out. */
function plantedFacts(planted: readonly PlantedSecret[]): Fact[] {
  const begin = Date.parse(onset);
  const patterns = new Patterns({ onset: begin, beforeFrom: begin - 600_000 });
  for (const [index, { line, kind }] of planted.entries()) {
    const message = `ERROR ${kind.replaceAll(' ', '-')} failed: ${line}`;
    for (let times = 0; times < 5; times += 1) patterns.add({ timestamp: begin + 1_000 * index, message, taskId: 'checkout-0' });
  }
  const changes = planted.map(
    ({ line }, index): Fact => ({
      kind: 'change',
      changeKind: 'commit',
      t: begin / 1_000 - 100 - index,
      service,
      sha: String(index).repeat(40),
      message: `Set up the quote: ${line}`,
      files: [`config/${line}`],
      diff: `--- config/quote.ts\n+  ${line}\n`,
      url: `https://github.example/commit/${line}`,
    }),
  );
  const stopped = planted.map(
    ({ line }, index): Fact => ({
      kind: 'task',
      service,
      taskId: `stopped-${index}`,
      taskArn: `arn:aws:ecs:eu-west-1:111122223333:task/shop/stopped-${index}`,
      lastStatus: 'STOPPED',
      healthStatus: 'UNKNOWN',
      taskDefinition: 'checkout:2',
      startedAt: at(-60),
      stoppedAt: at(20),
      stopCode: 'EssentialContainerExited',
      stoppedReason: `Essential container exited: ${line}`,
      exitCode: 1,
    }),
  );
  return [...patterns.facts(service, 50).facts, ...changes, ...stopped];
}

function sourceOf(id: string, ask: EvidenceSource['ask']): EvidenceSource {
  return { id, ask };
}

interface Left {
  prompts: string;
  chat: string;
  audit: string;
  logs: string;
}

async function incidentWith(planted: readonly PlantedSecret[], scene: Scene, upstreamFails: boolean): Promise<Left> {
  const lines = planted.map(({ line }) => line);
  const world = createWorld(scene);
  world.sources.push(
    sourceOf('loki', async () => ({ status: 'found', question: `logs of ${lines[0]}`, detail: '', facts: plantedFacts(planted) })),
  );
  if (upstreamFails) world.sources.push(sourceOf('github', () => Promise.reject(new UpstreamError('github', 'server', lines.join(' ')))));
  const catalog = fakeCatalog(world).map((action) => ({
    ...action,
    execute: async () => ({ applied: 'no' as const, detail: `ServiceException: ${lines.join(' ')}` }),
  }));
  models.play((asked) => {
    const schema = asked.form ?? asked.tools.at(-1)?.schema;
    return { kind: 'answer', value: filledObject(schema, { text: 'The release is to blame.', name: 'E1', choice: 0 }) };
  });
  slack.messages.length = 0;
  const temp = await openTempStore();
  let wired: { models: WireModels; narrator: Narrator } | undefined;
  const agent = await startAgent({
    path: temp.path,
    world,
    slack,
    catalog,
    policy: { autonomy: { default: 'approve', byAction: {} } },
    deps(own) {
      const wire = modelsOnTheWire(models, temp.store, own, { triage: chain, analysis: chain, audit: chain, report: chain });
      const deps = { ...own, adviser: wire.adviser };
      const narrations = createNarrationStore(temp.store, own.clock);
      wired = { models: wire, narrator: createNarrator({ ...deps, narrations, metrics: createMetrics(async () => ({})) }) };
      return deps;
    },
  });
  try {
    const labels = Object.fromEntries(lines.map((line, index) => [`note_${index}`, line]));
    const opened = await agent.alert(service, `HighErrorRatio ${lines[0]}`, 'shop', labels);
    let said = '';
    await agent.until(async () => {
      await wired?.models.settled();
      await wired?.narrator.look();
      said += JSON.stringify([slack.messages, slack.told]);
      return agreedTo(agent, opened);
    });
    await wired?.narrator.look();
    return { ...(await whatLeft(agent, opened)), chat: said + (await forPeople(agent, opened)) };
  } finally {
    await wired?.narrator.stop();
    await agent.stop();
    await temp.remove();
  }
}

/** A person says yes to whatever Slack shows; true once the incident is closed. */
async function agreedTo(agent: TestAgent, incident: Incident): Promise<boolean> {
  for (const { id, planHash, answer } of await agent.approvals.ofIncident(incident.id)) {
    const isShown = slack.messages.some((message) => JSON.stringify(message).includes(id));
    if (answer === null && isShown)
      await agent.desk.answer({ id, planHash, answer: 'approved', by: 'ann', via: 'api' }).catch(() => undefined);
  }
  return (await agent.get(incident)).status === 'closed';
}

async function whatLeft(agent: TestAgent, incident: Incident): Promise<Omit<Left, 'chat'>> {
  const preview = await agent.api(`/models/preview/${incident.id}`);
  const prompts = [...models.journal.map(({ body, headers }) => body + JSON.stringify(headers)), JSON.stringify(preview.body)];
  const audit = await agent.trail.list({ limit: 10_000 });
  return { prompts: prompts.join('\n'), audit: JSON.stringify(audit), logs: agent.logged.join('') };
}

/** Texts that are pasted into issues, pull requests and chats. */
async function forPeople(agent: TestAgent, incident: Incident): Promise<string> {
  const report = await agent.api(`/incidents/${incident.id}/report`);
  const { diagnosis } = await agent.state(incident);
  const told = (diagnosis?.ranked ?? []).flatMap((claim) => foundParagraphs(wordsFor(claim, incident), service, 'shop'));
  return JSON.stringify([report.body, told, slack.messages, slack.told]);
}

describe('secrets', () => {
  campaign(
    {
      id: 'S12',
      title: 'planted in logs, commits, labels, stop reasons and errors: none in prompts, chat, audit rows or log lines',
      store: 'sqlite',
      runs: { ci: plantedKinds.length, lab: 528 },
      timeoutMs: 0,
    },
    async (run) => {
      const planted = plantedSecrets(Math.ceil(run.runs / plantedKinds.length), run.seed).slice(0, run.runs);
      const sums = { questions: 0, messages: 0, rows: 0, lines: 0 };
      for (let from = 0; from < planted.length; from += atOnce) {
        const some = planted.slice(from, from + atOnce);
        const left = await incidentWith(some, (from / atOnce) % 3 === 2 ? unexplained : badDeploymentCured, (from / atOnce) % 2 === 1);
        sums.questions += models.journal.length;
        sums.messages += slack.messages.length;
        sums.rows += left.audit.split('"seq"').length - 1;
        sums.lines += left.logs.split('\n').length - 1;
        for (const secret of some) {
          await run.attempt(secret.kind, () => {
            for (const [place, text] of Object.entries(left)) {
              expect(text.length, `nothing was in ${place}`).toBeGreaterThan(100);
              const leak = leakOf(secret, text);
              if (leak !== null) throw new Error(`${place}: ${around(text, leak)}`);
            }
          });
        }
      }
      run.measure('kinds', plantedKinds.length);
      for (const [name, count] of Object.entries(sums)) run.measure(name, count);
      expect(Math.min(...Object.values(sums)), 'something left everywhere').toBeGreaterThan(0);
    },
  );
});

function around(text: string, part: string): string {
  const found = Math.max(0, text.indexOf(part));
  return text.slice(Math.max(0, found - 120), found + 60);
}

/** Public logs, where they lie; each line is harmless but for addresses, hosts and people, which are masked on purpose. */
const publicLogs = fileURLToPath(new URL('../../../../shared/data/loghub2k-dev/', import.meta.url));

/** The lines of one system, without its columns of labels. */
function linesOf(file: string): string[] {
  const rows = parse(readFileSync(publicLogs + file, 'utf8'), { columns: true, relax_quotes: true }) as Record<string, string>[];
  return rows.map(({ Content = '' }) => Content);
}

describe('what is no secret', () => {
  campaign(
    { id: 'S12b', title: 'of the words of public logs at most 2 % are taken out or masked', store: 'none', runs: { ci: 8, lab: 8 } },
    async (run) => {
      const files = existsSync(publicLogs) ? readdirSync(publicLogs).filter((name) => name.endsWith('_corrected.csv')) : [];
      if (files.length === 0) {
        // A figure of the laboratory must not look measured.
        if (run.isLab) throw new Error('the public logs are not here: nothing was measured');
        return run.attempt('no data', () => run.note('NOT MEASURED: the public logs are not here'));
      }
      const all = { words: 0, removed: 0, masked: 0 };
      for (const file of files) {
        await run.attempt(file, () => {
          const found = wordsLost(linesOf(file));
          for (const name of ['words', 'removed', 'masked'] as const) all[name] += found[name];
          expect(found.removed / found.words, 'taken out').toBeLessThanOrEqual(0.02);
          run.measure(`% of ${file.split('_')[0]}`, (100 * (found.removed + found.masked)) / found.words);
        });
      }
      expect((all.removed + all.masked) / all.words, 'taken out or masked').toBeLessThanOrEqual(0.02);
      run.measure('words', all.words);
      run.measure('% taken out', (100 * all.removed) / all.words);
      run.measure('% masked', (100 * all.masked) / all.words);
      run.note('IPv4 addresses, which are masked on purpose, are not counted; host names are');
    },
  );
});

function wordsLost(lines: readonly string[]): { words: number; removed: number; masked: number } {
  const masking = createRedactor().begin([]);
  const found = { words: 0, removed: 0, masked: 0 };
  for (const line of lines) {
    const before = line.split(/\s+/);
    const after = masking.mask(line).text.split(/\s+/);
    found.words += before.length;
    for (const [place, word] of before.entries()) {
      if (after[place] === word) continue;
      if (after[place]?.includes('[secret]')) found.removed += 1;
      else if (!/\d{1,3}(\.\d{1,3}){3}/.test(word)) found.masked += 1;
    }
  }
  return found;
}
