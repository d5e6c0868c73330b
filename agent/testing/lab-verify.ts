/** Prints what the audit verifier finds, as JSON; the store and its keys come from the environment as ever. */
import { auditKeysOf } from '../audit-app.ts';
import { loadSettings } from '../config/load.ts';
import { createAuditTrail } from '../storage/audit-trail.ts';
import { openStore } from '../storage/store.ts';

const settings = loadSettings();
const { url, path } = settings.store;
const store = await openStore(url ? { url: url.reveal() } : { path }, { auditKeys: auditKeysOf(settings.audit) });
process.stdout.write(`${JSON.stringify(await createAuditTrail(store).verify())}\n`);
await store.close();
