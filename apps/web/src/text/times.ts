// Times in the reader's own time zone and language: of a message, of its day, of what was last in a conversation.
import { language, say } from './text.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_DAYS = 6;

/** Made once for each language: a formatter costs more than what it formats. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language()} ${name}`;
  const known = formats.get(key);
  if (known) return known;
  // The browser's own region counts where it speaks the same language: `en-GB` writes times as its reader does.
  const region = navigator.languages.find((tag) => tag.startsWith(language()));
  const made = new Intl.DateTimeFormat(region ?? language(), options);
  formats.set(key, made);
  return made;
}

export function timeOf(at: number): string {
  return format('time', { hour: '2-digit', minute: '2-digit' }).format(at);
}

/** Two times of one day give the same text, and those of two days never do. */
export function dayOf(at: number, now: number): string {
  const ago = daysBetween(at, now);
  if (ago === 0) return say('time.today');
  if (ago === 1) return say('time.yesterday');
  return format('day', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(at);
}

/** For a list: the time today, the day of this week, else the date. */
export function whenOf(at: number, now: number): string {
  const ago = daysBetween(at, now);
  if (ago === 0) return timeOf(at);
  if (ago > 0 && ago <= WEEK_DAYS) return format('weekday', { weekday: 'short' }).format(at);
  return format('date', { day: 'numeric', month: 'short' }).format(at);
}

/** All of it, for who points at a time. */
export function momentOf(at: number): string {
  return format('moment', { dateStyle: 'full', timeStyle: 'short' }).format(at);
}

/** A time to come, in one line of a phone: its day and its time, and the year where it is another. */
export function comingOf(at: number, now: number): string {
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const day = { weekday: 'short', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' } as const;
  return isThisYear ? format('coming', day).format(at) : format('far', { ...day, year: 'numeric' }).format(at);
}

export function dateOf(at: number): string {
  return format('short', { dateStyle: 'medium' }).format(at);
}

/** As a field of the kind `datetime-local` has it, in local time; the first ten characters are those of the kind `date`. */
export function fieldOf(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}

export function agoOf(ms: number): string {
  if (ms < MINUTE_MS) return say('time.justNow');
  if (ms < HOUR_MS) return say('time.minutesAgo', { count: Math.floor(ms / MINUTE_MS) });
  if (ms < DAY_MS) return say('time.hoursAgo', { count: Math.floor(ms / HOUR_MS) });
  return say('time.daysAgo', { count: Math.floor(ms / DAY_MS) });
}

function daysBetween(at: number, now: number): number {
  return Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
