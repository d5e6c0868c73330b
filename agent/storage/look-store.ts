/** What the reconciler asks of the store. Reads go by the indexes that receiving alerts uses; of writes there are two rows in `setting`. */
import { sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import type { AlertKey, KnownAlert, LookStore, RememberedSilences } from '../intake/look-store.ts';
import { slices } from './steps.ts';
import type { Store } from './store.ts';

const turnSetting = 'look-turn';
const silencesSetting = 'alertmanager-silences';
const dayMs = 86_400_000;

type Open = NonNullable<KnownAlert['open']>;
type Closed = NonNullable<KnownAlert['closed']>;

export function createLookStore({ db }: Pick<Store, 'db'>, clock: Clock): LookStore {
  const fromNow = (ms: number) => new Date(clock.now().getTime() + ms).toISOString();

  async function read(key: string): Promise<string | undefined> {
    return (await db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst())?.value;
  }

  /** Ids of the incidents open for the keys. */
  async function openIncidents(groups: readonly Group[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const { name, cluster, services } of groups) {
      const open = await db
        .selectFrom('incident')
        .select(['id', 'service'])
        .where('alert_name', '=', name)
        .where('cluster', '=', cluster)
        .where('service', 'in', services)
        // Spelt out, not bound: only then does SQLite see that the partial index fits.
        .where('status', '!=', sql.lit('closed'))
        .execute();
      for (const { id, service } of open) found.set(textOf(name, cluster, service), id);
    }
    return found;
  }

  async function closedIncidents(groups: readonly Group[]): Promise<Map<string, Closed>> {
    const since = fromNow(-dayMs);
    const found = new Map<string, Closed>();
    for (const { name, cluster, services } of groups) {
      const ofGroup = () =>
        db
          .selectFrom('incident')
          .where('alert_name', '=', name)
          .where('cluster', '=', cluster)
          .where('service', 'in', services)
          .where('closed_at', 'is not', null);
      const lasts = await ofGroup()
        .select(['service', (row) => row.fn.max('closed_at').as('last')])
        .select((row) => row.fn.countAll().filterWhere('closed_at', '>', since).as('recent'))
        .groupBy('service')
        .execute();
      const byService = new Map(lasts.map((one) => [one.service, one]));
      const times = [...new Set(lasts.flatMap(({ last }) => last ?? []))];
      if (times.length === 0) continue;
      // No join: without statistics PostgreSQL would go through the group once for each of its members.
      const atLasts = await ofGroup().select(['service', 'outcome', 'closed_at']).where('closed_at', 'in', times).execute();
      for (const { service, outcome, closed_at: closedAt } of atLasts) {
        const one = byService.get(service);
        if (!closedAt || one?.last !== closedAt) continue;
        found.set(textOf(name, cluster, service), { outcome, closedAt, closedWithinDay: Number(one.recent) });
      }
    }
    return found;
  }

  /** The youngest row of each alert in its open incident. */
  async function youngestInOpen(pairs: readonly (readonly [incidentId: string, fingerprint: string])[]) {
    const found = new Map<string, NonNullable<Open['row']>>();
    for (const slice of slices(pairs)) {
      const wanted = sql.join(slice.map(([id, fingerprint]) => sql`(${id}, ${fingerprint})`));
      const youngest = await db
        .selectFrom('alert')
        .select((row) => row.fn.max('id').as('id'))
        // In pairs: two lists would be multiplied.
        .where(sql<boolean>`(incident_id, fingerprint) in (values ${wanted})`)
        .groupBy(['incident_id', 'fingerprint'])
        .execute();
      for (const row of await rowsOf(youngest)) {
        found.set(textOf(row.incident_id ?? '', row.fingerprint), { status: row.status, endsAt: row.ends_at });
      }
    }
    return found;
  }

  async function youngestDeclined(fingerprints: readonly string[]) {
    const found = new Map<string, { startsAt: string }>();
    for (const slice of slices(fingerprints)) {
      const youngest = await db
        .selectFrom('alert')
        .select((row) => row.fn.max('id').as('id'))
        .where('incident_id', 'is', null)
        .where('fingerprint', 'in', slice)
        .where('disposition', '=', 'declined')
        .groupBy('fingerprint')
        .execute();
      for (const row of await rowsOf(youngest)) found.set(row.fingerprint, { startsAt: row.starts_at });
    }
    return found;
  }

  async function rowsOf(youngest: readonly { id: number | null }[]) {
    const ids = youngest.flatMap(({ id }) => (id === null ? [] : [Number(id)]));
    if (ids.length === 0) return [];
    const columns = ['incident_id', 'fingerprint', 'status', 'starts_at', 'ends_at'] as const;
    return db.selectFrom('alert').select(columns).where('id', 'in', ids).execute();
  }

  return {
    async takeTurn(periodMs, { force = false } = {}) {
      const now = fromNow(0);
      const until = fromNow(periodMs);
      const taken = await db
        .insertInto('setting')
        .values({ key: turnSetting, value: until, updated_at: now })
        .onConflict((conflict) => {
          const update = conflict.column('key').doUpdateSet({ value: until, updated_at: now });
          if (force) return update;
          // A turn that ends later than any turn can was written by a clock that has been set back since.
          return update.where(({ or, eb }) => or([eb('setting.value', '<=', now), eb('setting.value', '>', until)]));
        })
        .returning('key')
        .execute();
      if (taken.length > 0) return { taken: true };
      const held = await read(turnSetting);
      return { taken: false, freeInMs: held ? Math.max(0, new Date(held).getTime() - clock.now().getTime()) : 0 };
    },

    async known(keys) {
      if (keys.length === 0) return [];
      const open = await openIncidents(groupsOf(keys));
      const rest = keys.filter((key) => !open.has(keyText(key)));
      const closed = await closedIncidents(groupsOf(rest));
      const declined = await youngestDeclined(rest.map((key) => key.fingerprint));
      const rows = await youngestInOpen(
        keys.flatMap((key) => {
          const id = open.get(keyText(key));
          return id ? [[id, key.fingerprint] as const] : [];
        }),
      );
      return keys.map((key): KnownAlert => {
        const id = open.get(keyText(key));
        return {
          open: id ? { incidentId: id, row: rows.get(textOf(id, key.fingerprint)) ?? null } : null,
          closed: closed.get(keyText(key)) ?? null,
          declined: declined.get(key.fingerprint) ?? null,
        };
      });
    },

    async remember(silences) {
      const row = { value: JSON.stringify(silences), updated_at: fromNow(0) };
      await db
        .insertInto('setting')
        .values({ key: silencesSetting, ...row })
        .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
        .execute();
    },

    async remembered() {
      const text = await read(silencesSetting);
      return text === undefined ? null : (JSON.parse(text) as RememberedSilences);
    },
  };
}

/** Services of one alert name in one cluster: at most a slice of them. */
interface Group {
  name: string;
  cluster: string;
  services: string[];
}

function groupsOf(keys: readonly AlertKey[]): Group[] {
  const groups = new Map<string, { name: string; cluster: string; services: Set<string> }>();
  for (const { name, resource } of keys) {
    if (!resource) continue;
    const text = textOf(name, resource.cluster);
    const group = groups.get(text) ?? { name, cluster: resource.cluster, services: new Set() };
    groups.set(text, group);
    group.services.add(resource.service);
  }
  return [...groups.values()].flatMap(({ services, ...rest }) => slices([...services]).map((slice) => ({ ...rest, services: slice })));
}

function keyText({ name, resource }: AlertKey): string {
  return resource ? textOf(name, resource.cluster, resource.service) : '';
}

function textOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
