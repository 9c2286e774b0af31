import { language, languageTag, t } from '../text/index.ts';

const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** Sizes as everywhere in Switchboard: binary units, one decimal below 10. */
export function bytes(count: number): string {
  if (Math.abs(count) < 1024) return t().units.bytes(count);
  let value = count / 1024, unit = 0;
  // 1023.5 KiB would be shown as "1024 KiB": it counts as the next unit already.
  while (Math.abs(value) >= 1023.5) { value /= 1024; unit++; }
  return `${Math.abs(value) < 9.95 ? String(Math.round(value * 10) / 10) : value.toFixed(0)} ${units[unit]}`;
}

/** A size that a person typed, such as `10 GiB` or `500M`; undefined where it is none. */
export function parseBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgtpe]?)(?:i?b)?\s*$/i.exec(text);
  if (!match) return undefined;
  const power = match[2] ? 'kmgtpe'.indexOf(match[2].toLowerCase()) + 1 : 0;
  return Math.round(Number(match[1]) * 1024 ** power);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(date: Date, options: Intl.DateTimeFormatOptions): string {
  const key = languageTag() + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, made = new Intl.DateTimeFormat(languageTag() === 'en' ? undefined : languageTag(), options));
  return made.format(date);
}

const dateOf = (micros: number): Date => new Date(micros / 1000);
const pad = (value: number): string => String(value).padStart(2, '0');

/** `2026-03-01 14:05`: the same in every language, and it sorts. */
export function time(micros: number): string {
  const date = dateOf(micros);
  return `${day(micros)} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

export const day = (micros: number): string => {
  const date = dateOf(micros);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
};

export const clock = (micros: number): string => {
  const date = dateOf(micros);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
};

export const fullTime = (micros: number): string => format(dateOf(micros), { dateStyle: 'full', timeStyle: 'medium' });

/** `3 min 20 s`, from seconds. */
export function duration(seconds: number): string {
  const w = t().units;
  if (!Number.isFinite(seconds) || seconds > 30 * 86_400) return w.long;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return w.seconds(whole);
  if (whole < 3600) return w.minutes(Math.floor(whole / 60), whole % 60);
  return w.hours(Math.floor(whole / 3600), Math.floor(whole % 3600 / 60));
}

/** `in 3 days`, `2 hours ago`. */
export function relative(micros: number): string {
  void language.value;
  const seconds = micros / 1_000_000 - Date.now() / 1000;
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400], ['hour', 3_600], ['minute', 60]];
  const made = new Intl.RelativeTimeFormat(languageTag(), { numeric: 'auto' });
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) return made.format(Math.round(seconds / length), unit);
  }
  return made.format(0, 'minute');
}

export const percent = (part: number, whole: number): number => whole > 0 ? Math.min(100, Math.max(0, part / whole * 100)) : 100;
