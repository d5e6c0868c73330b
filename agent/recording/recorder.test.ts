import { expect, it } from 'vitest';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeploymentCured, healthy } from '../testing/scenes.ts';
import { recorded } from './recorder.ts';
import type { RecordingStore } from './store.ts';

const { start } = agentsOfTest();
const nowhere: RecordingStore = { keep: async () => undefined, ofIncident: async () => ({ steps: [], parts: [] }) };
const settings = { action: {}, github: false, own: null };

it('ports can be recorded that are frozen, and handed on in parts', async () => {
  let asked = 0;
  const isOn = async () => {
    asked += 1;
    return false;
  };
  const agent = await start(badDeploymentCured, {
    deps: (deps) => {
      const ports = recorded({ ...deps, killSwitch: Object.freeze({ isOn }) }, { store: nowhere, settings });
      return { ...ports, incidents: { ...ports.incidents }, ledger: deps.ledger };
    },
  });
  expect((await agent.closed(await agent.alert('checkout'))).outcome).toBe('fixed');
  expect(asked).toBeGreaterThan(1);
});

it('a run does not hang on its recording: what cannot be kept is a line in the log', async () => {
  const broken: RecordingStore = { ...nowhere, keep: () => Promise.reject(new Error('the disk is full')) };
  const agent = await start(badDeploymentCured, {
    deps: (deps) => ({ ...recorded(deps, { store: broken, settings }), ledger: deps.ledger }),
  });
  expect((await agent.closed(await agent.alert('checkout'))).outcome).toBe('fixed');
  // Analyst, auditor, decision, remediation, verification.
  await agent.until(() => agent.logged.filter((line) => line.includes('could not be recorded')).length === 5);
});

it('what is asked outside of a node is not recorded', async () => {
  const kept: string[] = [];
  const store: RecordingStore = { ...nowhere, keep: async ({ node }) => void kept.push(node) };
  const agent = await start(healthy, {
    deps: (deps) => {
      const ports = recorded(deps, { store, settings });
      expect(ports.newId()).not.toBe(ports.newId());
      return { ...ports, ledger: deps.ledger };
    },
  });
  await agent.closed(await agent.alert('checkout'));
  await agent.until(() => kept.length >= 4);
  expect(kept).toEqual(['analyst', 'auditor', 'decision', 'verification']);
});
