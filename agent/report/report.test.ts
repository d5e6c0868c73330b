import fc from 'fast-check';
import { marked, type Token } from 'marked';
import { describe, expect, it } from 'vitest';
import { IncidentReport } from '../api/contract.ts';
import { apiToken } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { hostileTexts } from '../testing/hostile-words.ts';
import { badDeployment, badDeploymentCured, badDeploymentWorsened } from '../testing/scenes.ts';
import { text } from './markdown-text.ts';

const { start } = agentsOfTest();
const auto = { autonomy: { default: 'auto' as const, byAction: {} } };

async function reportOn(scene: Parameters<typeof start>[0], policy: object = auto): Promise<string> {
  const { alert, closed, api } = await start(scene, { policy });
  const { id } = await closed(await alert('checkout'));
  return IncidentReport.parse((await api(`/incidents/${id}/report`)).body).markdown;
}

function sectionOf(markdown: string, title: string): string {
  const [, rest = ''] = markdown.split(`## ${title}\n`);
  return rest.split('\n## ')[0]?.trim() ?? '';
}

describe('the report of an incident', () => {
  it('that was mended tells what was found, done and proven, and what to mend for good', async () => {
    const report = await reportOn(badDeploymentCured);
    expect(report.split('\n')[0]).toMatch(/^# .*checkout: fixed$/);
    expect(report).toMatch(/bad-deployment in checkout.*confidence 0\.\d\d of 1/);
    expect(sectionOf(report, 'What was tried')).toMatch(/roll.*back[\s\S]*calls:[\s\S]*undo:[\s\S]*found afterwards: \*\*recovered\*\*/);
    expect(sectionOf(report, 'What to look at next')).toMatch(/before checkout is deployed again/);
    expect(sectionOf(report, 'Timeline')).toMatch(/diagnosis cause[\s\S]*decided to change[\s\S]*closed as fixed/);
  });

  it('that was made worse tells of the undo, and hands over with the whole story', async () => {
    const report = await reportOn(badDeploymentWorsened);
    expect(report.split('\n')[0]).toMatch(/: escalated$/);
    const tried = sectionOf(report, 'What was tried');
    expect(tried).toMatch(/found afterwards: \*\*harmed\*\*/);
    expect(tried).toMatch(/\*\*Undo of:\*\*/);
    const next = sectionOf(report, 'What to look at next');
    expect(next).toMatch(/the last look said/);
    expect(next).not.toMatch(/Our change is in place/);
  });

  it('that was not to be touched tells what would have been done and which gate held it back', async () => {
    const report = await reportOn(badDeployment, { autonomy: { default: 'observe', byAction: {} } });
    expect(sectionOf(report, 'What was not allowed, and why')).toMatch(/\*\*autonomy\*\* refuses/);
    expect(sectionOf(report, 'What would have been done')).toMatch(/roll.*not done/);
    expect(sectionOf(report, 'What to look at next')).toMatch(/autonomy: the action is not yet trusted/);
    expect(sectionOf(report, 'Where to look')).toContain(
      'https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/shop/services/checkout/',
    );
  });

  it('is Markdown by itself for whoever asks for that', async () => {
    const { alert, closed, url } = await start(badDeploymentCured, { policy: auto });
    const { id } = await closed(await alert('checkout'));
    const headers = { authorization: `Bearer ${apiToken}`, accept: 'text/markdown' };
    const answer = await fetch(`${url}/api/incidents/${id}/report`, { headers });
    expect(answer.headers.get('content-type')).toMatch(/^text\/markdown/);
    expect(await answer.text()).toMatch(/^# /);
  });

  it('is not there for an incident nobody knows', async () => {
    const { api } = await start(badDeploymentCured, { policy: auto });
    expect((await api('/incidents/nobody/report')).status).toBe(404);
  });
});

/** What a reader of Markdown makes of it. */
function kindsOf(markdown: string): string[] {
  const kinds: string[] = [];
  const walk = (tokens: readonly Token[]) => {
    for (const token of tokens) {
      kinds.push(token.type);
      if ('tokens' in token && token.tokens) walk(token.tokens);
    }
  };
  walk(marked.lexer(markdown));
  return kinds;
}

it('shows the words of strangers as words', () => {
  fc.assert(
    fc.property(hostileTexts, (words) => {
      const kinds = new Set(kindsOf(`- before ${text(words)} after`));
      for (const kind of ['link', 'image', 'html', 'code', 'codespan', 'heading', 'blockquote', 'table', 'strong', 'em', 'del', 'hr']) {
        expect(kinds).not.toContain(kind);
      }
    }),
    { numRuns: 3_000 },
  );
});

it('keeps the words of strangers within their cell', () => {
  fc.assert(
    fc.property(hostileTexts, (words) => {
      const [table] = marked.lexer(`| a | b |\n| --- | --- |\n| x | ${text(words)} |\n`);
      expect(table).toMatchObject({ type: 'table', rows: [[{ text: 'x' }, {}]] });
    }),
    { numRuns: 3_000 },
  );
});
