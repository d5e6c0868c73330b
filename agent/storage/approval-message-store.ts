/** What a channel shows of approvals, on the store. A message is taken by a date in the future: whoever dies with it gives it back in time. */
import type { ApprovalMessageStore, OwedMessage } from '../approval/message-store.ts';
import type { Clock } from '../domain/clock.ts';
import { toRequest } from './approval-store.ts';
import { toNarration } from './narration-store.ts';
import { rows } from './steps.ts';
import type { Store } from './store.ts';

export function createApprovalMessageStore(store: Store, clock: Clock): ApprovalMessageStore {
  const { db } = store;
  const at = (ms: number) => new Date(ms).toISOString();
  const now = () => clock.now().getTime();

  /** Questions that wait and of which the channel knows nothing. */
  const unposted = () =>
    db
      .selectFrom('approval')
      .innerJoin('incident', 'incident.id', 'approval.incident_id')
      .select('approval.id')
      .where('approval.answer', 'is', null)
      .where('approval.expires_at', '>', at(now()))
      .where('incident.status', '!=', 'closed')
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('approval_message').select('approval_id').whereRef('approval_message.approval_id', '=', 'approval.id'))),
      );

  /** Messages with buttons that no longer count. */
  const outdated = () =>
    db
      .selectFrom('approval_message')
      .innerJoin('approval', 'approval.id', 'approval_message.approval_id')
      .innerJoin('incident', 'incident.id', 'approval.incident_id')
      .select('approval.id')
      .where('approval_message.shows', '=', 'waiting')
      .where('approval_message.due_at', 'is', null)
      .where(({ or, eb }) =>
        or([eb('approval.answer', 'is not', null), eb('approval.expires_at', '<=', at(now())), eb('incident.status', '=', 'closed')]),
      );

  /** Messages without the words that have come since they were posted. */
  const unexplained = () =>
    db
      .selectFrom('approval_message')
      .innerJoin('approval', 'approval.id', 'approval_message.approval_id')
      .innerJoin('narration', 'narration.incident_id', 'approval.incident_id')
      .select('approval.id')
      .where('approval_message.shows', '=', 'waiting')
      .where('approval_message.due_at', 'is', null)
      .where('approval_message.explained', '=', 0)
      .where('narration.kind', '=', 'explanation')
      .where('narration.state', '=', 'told');

  return {
    takeOwed: (channel, holdMs, limit) =>
      store.write(function* () {
        const fresh = yield* rows(unposted().limit(limit));
        if (fresh.length > 0) {
          const values = fresh.map(({ id }) => ({
            approval_id: id,
            channel,
            message_id: null,
            shows: null,
            explained: 0,
            attempts: 0,
            due_at: at(now()),
          }));
          yield* rows(db.insertInto('approval_message').values(values).returning('approval_id'));
        }
        const old = [...(yield* rows(outdated().limit(limit))), ...(yield* rows(unexplained().limit(limit)))];
        if (old.length > 0) {
          const again = db.updateTable('approval_message').set({ due_at: at(now()), attempts: 0 });
          const ids = old.map(({ id }) => id);
          yield* rows(again.where('approval_id', 'in', ids).returning('approval_id'));
        }
        const due = yield* rows(
          db.selectFrom('approval_message').select('approval_id').where('due_at', '<=', at(now())).orderBy('due_at').limit(limit),
        );
        if (due.length === 0) return [];
        const taken = yield* rows(
          db
            .updateTable('approval_message')
            .set(({ eb }) => ({ due_at: at(now() + holdMs), attempts: eb('attempts', '+', 1) }))
            .where(
              'approval_id',
              'in',
              due.map((row) => row.approval_id),
            )
            .returningAll(),
        );
        const owed: OwedMessage[] = [];
        for (const message of taken) {
          const [found] = yield* rows(
            db
              .selectFrom('approval')
              .innerJoin('incident', 'incident.id', 'approval.incident_id')
              .selectAll('approval')
              .select('incident.status as incident_status')
              .where('approval.id', '=', message.approval_id),
          );
          if (!found) continue;
          const { channel: where, message_id: messageId } = message;
          const incidentIsClosed = found.incident_status === 'closed';
          const told = yield* rows(
            db.selectFrom('narration').selectAll().where('incident_id', '=', found.incident_id).where('state', '=', 'told'),
          );
          if (told.length > 0) {
            const explained = db.updateTable('approval_message').set({ explained: 1 });
            yield* rows(explained.where('approval_id', '=', message.approval_id).returning('approval_id'));
          }
          const narrations = told.map(toNarration);
          const attempts = Number(message.attempts);
          owed.push({ request: toRequest(found), narrations, incidentIsClosed, channel: where, messageId, attempts });
        }
        return owed;
      }),

    async settled(approvalId, messageId, shows) {
      const settled = db.updateTable('approval_message').set({ message_id: messageId, shows, due_at: null });
      await settled.where('approval_id', '=', approvalId).execute();
    },

    async failed(approvalId, againAtMs) {
      await db
        .updateTable('approval_message')
        .set({ due_at: at(againAtMs) })
        .where('approval_id', '=', approvalId)
        .execute();
    },

    firstSeen: (signature, keepMs) =>
      store.write(function* () {
        yield* rows(
          db
            .deleteFrom('seen_request')
            .where('seen_at', '<', at(now() - keepMs))
            .returning('signature'),
        );
        const added = yield* rows(
          db
            .insertInto('seen_request')
            .values({ signature, seen_at: at(now()) })
            .onConflict((conflict) => conflict.column('signature').doNothing())
            .returning('signature'),
        );
        return added.length > 0;
      }),
  };
}
