/** Times in which nothing is changed. */
import { deny, type Gate, pass } from '../gate.ts';

const dayMinutes = 1440;

export const freezeWindow: Gate = {
  name: 'freeze-window',
  onlyMends: true,
  judge({ now }, { freezeWindows }) {
    const time = new Date(now);
    if (Number.isNaN(time.getTime())) return deny(`The time "${now}" cannot be read.`);
    const minute = time.getUTCHours() * 60 + time.getUTCMinutes();
    const day = time.getUTCDay();
    for (const { days, from, to } of freezeWindows) {
      const start = minutes(from);
      const end = minutes(to);
      if (start === null || end === null) return deny(`The freeze window ${from} to ${to} cannot be read.`);
      // The part after midnight belongs to the window of the day before; equal ends mean the whole day.
      const length = end > start ? end - start : end - start + dayMinutes;
      const today = days.includes(day) && minute >= start && minute < start + length;
      const sinceYesterday = days.includes((day + 6) % 7) && minute + dayMinutes < start + length;
      if (today || sinceYesterday) return deny(`Changes are frozen from ${from} to ${to} UTC.`);
    }
    return pass(freezeWindows.length === 0 ? 'No freeze window is set.' : 'No freeze window is active.');
  },
};

function minutes(time: string): number | null {
  const match = /^(\d{2}):(\d{2})$/.exec(time);
  return match ? Number(match[1]) * 60 + Number(match[2]) : null;
}
