// The present as the bot sees it, and how times and durations are written.

import { locale, word } from "./words.js";

let ahead = 0;
let painted = null;
let zone = "UTC";
const written = new Map();

export function setClock(serverNow) { if (serverNow) ahead = serverNow - Date.now(); }
export function setZone(name) { zone = name; written.clear(); }
export const now = () => painted ?? Date.now() + ahead;

// What is painted together has one present: two looks at the clock may lie in two seconds.
export function atOneInstant(paint) {
  const outer = painted;
  painted ??= Date.now() + ahead;
  try { paint(); } finally { painted = outer; }
}

function format(options) {
  const key = locale() + JSON.stringify(options);
  if (!written.has(key)) written.set(key, new Intl.DateTimeFormat(locale(), { timeZone: zone, hourCycle: "h23", ...options }));
  return written.get(key);
}

export const clock = (at) => format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
export const shortClock = (at) => format({ hour: "2-digit", minute: "2-digit" }).format(at);
export const dayAndClock = (at) => format({ weekday: "short", hour: "2-digit", minute: "2-digit" }).format(at);

export function moment(at) {
  const isToday = format({ dateStyle: "short" }).format(at) === format({ dateStyle: "short" }).format(now());
  return isToday ? clock(at) : format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(at);
}

// As the rest of Latido writes it (integrations/words/wording.py), but for the seconds: it goes on while
// somebody looks, and up to an hour it is seen to.
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return two(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.floor(milliseconds / 60e3 + .5);
  return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

const two = (large, unit, small, lesser) => (small ? `${large} ${unit} ${small} ${lesser}` : `${large} ${unit}`);
const tenths = (value) => new Intl.NumberFormat(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
export const brief = (seconds) => (seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${tenths(seconds)} s`);
export const ago = (at) => { const passed = now() - at; return passed < 1500 ? word("now") : word("ago", { time: duration(passed) }); };
export const number = (value) => new Intl.NumberFormat(locale()).format(value);
