import { describe, expect, it } from 'vitest';
import { ModelPreview } from '../../api/contract.ts';
import { previewLines } from '../../cli/model-preview-command.ts';
import type { Incident } from '../../domain/incident.ts';
import type { TestAgent } from '../../testing/agent.ts';
import { agentsOfTest } from '../../testing/agents-of-test.ts';
import { badDeploymentCured, unexplained } from '../../testing/scenes.ts';
import { type ScriptedAdviser, scriptedAdviser } from '../../testing/scripted-adviser.ts';
import type { Scene } from '../../testing/world.ts';
import type { Question } from '../adviser.ts';
import { openingMessages } from '../chain/prompt.ts';
import { createRedactor } from '../redaction/redactor.ts';

const { start } = agentsOfTest();

async function ended(scene: Scene, adviser: ScriptedAdviser): Promise<{ agent: TestAgent; incident: Incident }> {
  const agent = await start(scene, { adviser, policy: { flags: {} } });
  const incident = await agent.closed(await agent.alert('checkout', 'HighErrorRatio'));
  return { agent, incident };
}
async function previewed(agent: TestAgent, incident: Incident, role = ''): Promise<ModelPreview> {
  const { status, body } = await agent.api(`/models/preview/${incident.id}${role && `?role=${role}`}`);
  expect(status).toBe(200);
  return ModelPreview.parse(body);
}
/** As it is sent, but for the words that fence, which are others each time. */
function sent(question: Question<unknown>): Record<string, unknown> {
  const { system, human, tools } = openingMessages(question, createRedactor().begin(question.keep ?? []), () => 'F');
  return { role: question.role, purpose: question.purpose, system, human, tools };
}
const unfenced = (questions: ModelPreview['questions']) =>
  questions.map(({ role, purpose, system, human, tools }) => ({
    role,
    purpose,
    system,
    human: human.replace(/^((?:END OF )?DATA) [0-9a-f-]{36}$/gm, '$1 F'),
    tools,
  }));

describe('a preview', () => {
  it.each([
    ['claims were looked at again', badDeploymentCured, ['second-opinion']],
    ['the rules found nothing', unexplained, ['triage', 'investigation']],
  ])('shows what was sent in the run when %s', async (_, scene, purposes) => {
    const adviser = scriptedAdviser();
    const { agent, incident } = await ended(scene, adviser);
    const { questions } = await previewed(agent, incident);
    const asked = adviser.asked.filter(({ purpose }) => purposes.includes(purpose));
    const last = purposes.map((purpose) => asked.findLast((question) => question.purpose === purpose) ?? expect.unreachable(purpose));
    expect(unfenced(questions).filter(({ purpose }) => purposes.includes(purpose))).toEqual(last.map(sent));
  });

  it('shows what is sent for words about an incident', async () => {
    const adviser = scriptedAdviser();
    const { agent, incident } = await ended(badDeploymentCured, adviser);
    const { questions } = await previewed(agent, incident);
    expect(questions.map(({ role, purpose }) => `${role} ${purpose}`)).toEqual([
      'audit second-opinion',
      'analysis explain-diagnosis',
      'report summarise-incident',
    ]);
  });

  it('shows one role alone, and who would be asked', async () => {
    const { agent, incident } = await ended(badDeploymentCured, scriptedAdviser());
    const order = { models: ['test:small'], by: 'ada', reason: 'try it' };
    expect((await agent.api('/models/report', order, 'PUT')).status).toBe(200);
    const preview = await previewed(agent, incident, 'report');
    expect(preview.questions).toMatchObject([{ role: 'report', models: ['test:small'] }]);
    expect(previewLines(preview)).toMatch(/^report, summarise-incident: test:small; \d+ bytes\nsecrets taken out: none\n--- system\n/);
    expect(previewLines(await previewed(agent, incident, 'patch'))).toMatch(/^no question of this kind/);
  });

  it('is refused for what does not exist', async () => {
    const { agent, incident } = await ended(badDeploymentCured, scriptedAdviser());
    expect((await agent.api(`/models/preview/${incident.id}?role=boss`)).body).toMatchObject({ code: 'NOT_FOUND' });
    expect((await agent.api('/models/preview/nothing')).body).toMatchObject({ code: 'NOT_FOUND' });
  });
});
