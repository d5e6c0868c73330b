import { expect, it, onTestFinished } from 'vitest';
import { cluster, startLab, stopLab } from '../../sandbox/testing/lab.ts';
import { flagDocument } from '../../shop/checkout/flags.ts';
import { createFlags } from '../../stage/flags.ts';
import { labScope } from '../testing/lab-scope.ts';
import { flags } from './flags.ts';

it('switches a flag on for whoever reads the document, and back', async () => {
  const lab = await startLab();
  onTestFinished(() => stopLab(lab));
  const bare = labScope(lab);
  const documents = await createFlags(bare.cluster.control.clients.appConfig, [cluster], flagDocument);
  const place = documents.get(cluster);
  const scope = labScope(lab, { flags: place });
  const isOn = async (): Promise<unknown> => {
    const path = `applications/${place?.application}/environments/${place?.environment}/configurations/${place?.profile}`;
    const document = (await fetch(`${lab.sandbox.endpoint}/${path}`).then((answer) => answer.json())) as Record<
      string,
      { enabled: boolean }
    >;
    return document.giftWrap?.enabled;
  };
  const { set } = flags.actions;
  expect(await isOn()).toBe(false);
  const takeBack = await set?.run(set.arguments.parse({ flag: 'giftWrap', value: true }), scope);
  expect(await isOn()).toBe(true);
  await takeBack?.();
  expect(await isOn()).toBe(false);
  await takeBack?.();
  expect(await isOn()).toBe(false);
  await expect(set?.run(set.arguments.parse({ flag: 'unheardOf', value: true }), scope)).rejects.toThrow(/no unheardOf/);
  await expect(set?.run(set.arguments.parse({ flag: 'giftWrap', value: true }), bare)).rejects.toThrow(/no document of flags/);
}, 60_000);
