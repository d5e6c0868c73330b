import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PatchDraft, PatchDrafts } from '../action/patch-drafts.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createIncidentStore } from './incident-store.ts';
import { createPatchDraftStore } from './patch-draft-store.ts';

const draft = (reason: string): PatchDraft => ({
  answer: { reason, edits: [{ file: 1, search: 'ask(20)', replace: 'ask(2000)' }] },
  words: { incident: 'incident-1', alertName: 'a', startedAt: 't', cause: 'bad-deployment', confidence: 0.9, because: ['b'] },
  model: 'scripted:one',
  reason: '',
});

describe.each(engines)('drafts of patches on %s', (engine) => {
  let temp: TempStore;
  let drafts: PatchDrafts;
  beforeEach(async () => {
    temp = await openTempStore({ engine });
    const clock = createFakeClock();
    await createIncidentStore(temp.store, clock, countingIds('incident')).receive([receivedAlert()]);
    drafts = createPatchDraftStore(temp.store, clock);
  });
  afterEach(() => temp.remove());

  it('answers what was kept, and nothing for what nobody asked', async () => {
    expect(await drafts.get('q')).toBeUndefined();
    const none: PatchDraft = { ...draft(''), answer: null, reason: 'refused' };
    expect(await drafts.keep('q', 'incident-1', none)).toEqual(none);
    expect(await drafts.get('q')).toEqual(none);
    expect(await drafts.get('another')).toBeUndefined();
  });

  it('keeps the first of two, whoever writes it', async () => {
    const kept = await Promise.all(['one', 'two'].map((reason) => drafts.keep('q', 'incident-1', draft(reason))));
    expect(kept[0]).toEqual(kept[1]);
    expect(await drafts.keep('q', 'incident-1', draft('three'))).toEqual(kept[0]);
    expect(await drafts.get('q')).toEqual(kept[0]);
  });
});
