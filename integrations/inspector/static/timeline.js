// The timeline: who was where. What nobody knows is drawn as such.

import { el, failure, kindIcon, notice, options, skeleton } from "./dom.js";
import { ask, store } from "./store.js";
import { clock, dayAndClock, now, shortClock } from "./time.js";
import { word } from "./words.js";

const MINUTE = 60e3;
const RANGES = [5, 60, 360, 1440, 10080];  // minutes
const MANY = 360;  // what is shown at first of more than a page
const REFRESH = 5000;
const DAY = 86400e3;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 4320, 5760].map((minutes) => minutes * MINUTE);
const MOST = 8;  // times on the axis
const LABEL = 36, DAY_LABEL = 70, APART = 12;  // pixels: how wide a time is, and what is between two
const LEAST = 8, SEEN = 4;  // pixels: how wide a session is at least, and what another leaves of that
const CROWDED = 3;  // rows of a lane, unless more go on at the same time
const NARROW = 7;  // pixels: a hatched part is no wider than its borders
const form = document.getElementById("timeline-filters");
const lanes = document.getElementById("lanes");
const legend = document.getElementById("legend");
let told = null;
let isShown = false;
let timer = null;
let range = null;  // until somebody chooses, or the first look shows how far back there is anything
let first = 0;
let drawnFor = 0;  // as wide as that

export function showTimeline() {
  isShown = true;
  const fieldset = form.querySelector("fieldset");
  for (const label of fieldset.querySelectorAll("label")) label.remove();
  for (const one of RANGES) {
    const input = el("input", { type: "radio", name: "range", value: String(one) });
    input.checked = one === range;
    fieldset.append(el("label", {}, input, word(`range.${one}`)));
  }
  showGuilds();
  const shown = [["present", true], ["away", false], ["unknown", true], ["uncounted", false]];
  legend.replaceChildren(...shown.map(([value, credited]) => el("li", {}, el("span", { class: "bar", "data-value": value === "uncounted" ? "unknown" : value, "data-credited": String(credited) }), word(`value.${value}`))));
  if (!told) lanes.replaceChildren(skeleton(6));
  read();
}

export function showGuilds() { options(form.guild, [["", word("any.guild")], ...Object.entries(store.guilds)]); }

export function leaveTimeline() { isShown = false; clearTimeout(timer); timer = null; }

export function timelineChanged(changes) {
  if (isShown && !timer && (changes.feed.length || changes.over.length)) timer = setTimeout(() => { timer = null; read(); }, REFRESH);
}

export function tick() {
  // Time goes on: every half minute the lanes move along, of a short span oftener.
  if (isShown && told && !timer && now() - told.until > Math.min(30000, (told.until - told.since) / 60)) timer = setTimeout(() => { timer = null; read(); }, 0);
}

const lookBack = (minutes) => ask(`/api/timeline?hours=${(minutes / 60).toFixed(4)}&guild=${form.guild.value}&first=${first}`);

async function read() {
  try {
    const looked = await lookBack(range ?? RANGES.at(-1));
    if (range === null) {
      range = shortestOf(looked);
      form.querySelector(`[name="range"][value="${range}"]`).checked = true;
      told = range === RANGES.at(-1) ? looked : await lookBack(range);
    } else told = looked;
    store.learn(told.guilds);
    if (first && !told.lanes.length) turnTo(0);
    else if (isShown) draw();
  } catch (error) {
    if (isShown && !told) lanes.replaceChildren(failure(read));
  }
}

// The shortest span that shows everything there is; six hours where that is more than a page.
function shortestOf({ lanes: all, until, total, page, cut }) {
  if (cut || total > page) return MANY;
  const earliest = Math.min(until, ...all.map((lane) => Math.min(...lane.bars.map((bar) => bar.start))));
  return RANGES.find((minutes) => until - minutes * MINUTE <= earliest) ?? RANGES.at(-1);
}

// How many pixels a track has: what timeline.css leaves of a lane.
function room() {
  const style = getComputedStyle(lanes), pixels = (name) => parseFloat(style.getPropertyValue(name));
  return Math.max(1, lanes.clientWidth - pixels("--name") - pixels("--end"));
}

function draw() {
  const { since, until } = told;
  drawnFor = lanes.clientWidth;
  lanes.dataset.minutes = String(Math.round((until - since) / MINUTE));
  if (!told.lanes.length) {
    lanes.replaceChildren(el("div", { class: "state-of-view" }, ...notice(word("timeline.empty"), word("timeline.empty.more"))));
    return;
  }
  const focused = document.activeElement?.dataset?.bar;
  const groups = new Map();
  for (const lane of told.lanes) {
    const key = lane.kind === "party" ? `party ${lane.guild} ${lane.who}` : `${lane.guild} ${lane.who}`;
    groups.set(key, [...(groups.get(key) ?? []), lane]);
  }
  const order = { voice: 0, game: 1, party: 2 };
  const wide = room(), ticks = ticksOf(since, until, wide);
  lanes.replaceChildren(axis(ticks), grid(ticks), ...[...groups.values()].map((group) =>
    el("div", { class: "group" }, ...group.sort((a, b) => order[a.kind] - order[b.kind]).map((lane, index) => laneNode(lane, index, since, until, wide)))),
    pages(), told.cut ? el("p", { class: "quiet state-of-view" }, word("timeline.cut")) : "");
  if (focused) lanes.querySelector(`[data-bar="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

// Which lanes these are of how many, and the way to the others.
function pages() {
  if (told.total <= told.page && !told.first) return "";
  const turn = (key, to, isThere) => el("button", { type: "button", class: "tool", "data-turn": key, disabled: !isThere, onclick: () => turnTo(to) }, word(`timeline.${key}`));
  const next = told.first + told.page;
  return el("nav", { class: "pages", "aria-label": word("timeline.pages") },
    turn("back", Math.max(0, told.first - told.page), told.first > 0),
    el("span", { class: "quiet num" }, word("timeline.shown", { first: told.first + 1, last: Math.min(next, told.total), total: told.total })),
    turn("onward", next, next < told.total));
}

async function turnTo(to) {
  first = to;
  await read();
  lanes.parentElement.scrollIntoView();
}

// Where round times lie between two instants: as many as can be read beside each other, each with its place in percent.
function ticksOf(since, until, wide) {
  const label = (step) => (step >= DAY ? DAY_LABEL : LABEL), count = (step) => (until - since) / step;
  const every = STEPS.find((step) => count(step) <= Math.min(MOST, wide / (label(step) + APART))) ?? STEPS.at(-1);
  const ticks = [], last = 1 - (label(every) / 2 - 9) / wide;  // so much lies beside the track
  for (let at = Math.ceil(since / every) * every; at < until; at += every) {
    const place = (at - since) / (until - since);
    if (place > 0.02 && place < Math.min(last, 0.98)) ticks.push({ at, place: 100 * place, isDay: every >= DAY });
  }
  return ticks;
}

function axis(ticks) {
  const track = el("div", { class: "track" });
  for (const { at, place, isDay } of ticks) {
    const label = el("span", { class: "tick num" }, isDay ? dayAndClock(at) : shortClock(at));
    label.style.left = `${place}%`;
    track.append(label);
  }
  return el("div", { class: "axis", "aria-hidden": "true" }, el("span"), track);
}

function grid(ticks) {
  const lines = el("div", { class: "grid", "aria-hidden": "true" });
  for (const { place } of ticks) {
    const line = el("i");
    line.style.left = `${place}%`;
    lines.append(line);
  }
  return lines;
}

// In which row of a lane each session is drawn: none covers another that goes on at the same time, nor a short one.
function rowsOf(sessions, since, until, pixel) {
  const rows = new Map(), ends = [];
  for (const [id, bars] of [...sessions].sort(([, a], [, b]) => a[0].start - b[0].start)) {
    const { start } = bars[0], from = Math.min(Math.max(since, start), until - LEAST * pixel);
    let row = ends.findIndex((one) => one.end <= start && one.seen <= from);
    if (row < 0 && ends.length >= CROWDED) row = ends.findIndex((one) => one.end <= start);
    if (row < 0) row = ends.length;
    rows.set(id, row);
    ends[row] = { end: bars.at(-1).end, seen: from + SEEN * pixel };
  }
  return rows;
}

function laneNode(lane, index, since, until, wide) {
  const track = el("div", { class: "track" });
  // A session has a width that can be seen, however short it was; its parts share it as they are long.
  const sessions = new Map();
  for (const bar of lane.bars) sessions.set(bar.session, [...(sessions.get(bar.session) ?? []), bar]);
  const rows = rowsOf(sessions, since, until, (until - since) / wide);
  track.style.setProperty("--rows", 1 + Math.max(...rows.values()));
  for (const [id, bars] of sessions) {
    const from = Math.max(since, bars[0].start), to = Math.min(until, bars.at(-1).end), share = (100 * (to - from)) / (until - since);
    const pixels = Math.max(LEAST, (share * wide) / 100);
    const whole = el("span", { class: "whole" }, ...bars.map((bar) => barNode(bar, lane.kind, from, to, { isLink: true, isFirst: bar === lane.bars[0], share, pixels })));
    whole.style.left = `min(${(100 * (from - since)) / (until - since)}%, 100% - ${LEAST}px)`;
    whole.style.width = `${share}%`;
    whole.style.setProperty("--row", rows.get(id));
    track.append(whole);
  }
  const guild = Object.keys(told.guilds).length > 1 ? store.guilds[lane.guild] ?? lane.guild : "";
  const who = index === 0 ? el("span", { class: "whose" }, el("b", {}, lane.who), guild && el("span", { class: "quiet" }, guild)) : el("span", { class: "unseen" }, lane.who);
  return el("div", { class: "lane", role: "group", "aria-label": [lane.who, word(`one.${lane.kind}`), guild].filter(Boolean).join(" · ") }, el("div", { class: "name" }, kindIcon(lane.kind), who), track);
}

// A part of a session, which reaches from `since` to `until` and has `share` percent of what is drawn, and so many pixels.
export function barNode(bar, kind, since, until, { isLink, isFirst, share = 100, pixels = Infinity }) {
  const from = Math.max(bar.start, since), to = Math.min(bar.end, until);
  const left = (100 * (from - since)) / Math.max(1, until - since), width = (100 * Math.max(0, to - from)) / Math.max(1, until - since);
  const said = `${bar.label}, ${clock(bar.start)}–${bar.open ? word("now") : clock(bar.end)}, ${word(bar.value === "unknown" && !bar.credited ? "value.uncounted" : `value.${bar.value}`)}`;
  const text = bar.value === "present" && width * share > 600 ? bar.label : "";
  const narrow = bar.value !== "present" && (pixels * width) / 100 < NARROW;
  const node = el(isLink ? "a" : "span", {
    class: `bar${bar.open ? " open" : ""}${narrow ? " narrow" : ""}`, "data-kind": kind, "data-value": bar.value, "data-credited": String(bar.credited), title: said,
    ...(isLink ? { href: `#/sessions/${bar.session}`, "aria-label": said, tabindex: isFirst ? "0" : "-1", "data-bar": `${bar.session} ${bar.start}` } : {}),
  }, text);
  node.style.left = `${left}%`;
  node.style.width = `${width}%`;
  return node;
}

lanes.addEventListener("keydown", (event) => {
  const bar = event.target.closest("a.bar");
  if (!bar) return;
  const all = [...lanes.querySelectorAll(".lane")], lane = all.indexOf(bar.closest(".lane"));
  const bars = [...all[lane].querySelectorAll("a.bar")], at = bars.indexOf(bar);
  const next = { ArrowRight: () => bars[at + 1], ArrowLeft: () => bars[at - 1], ArrowDown: () => all[lane + 1]?.querySelector("a.bar"), ArrowUp: () => all[lane - 1]?.querySelector("a.bar") }[event.key];
  if (!next) return;
  event.preventDefault();
  next()?.focus();
});
form.addEventListener("change", () => { range = Number(form.range.value); first = 0; read(); });
window.addEventListener("resize", () => { if (isShown && told && lanes.clientWidth !== drawnFor) draw(); });
form.addEventListener("submit", (event) => event.preventDefault());
