// The sessions: searched, filtered, sorted, and only as many rows drawn as can be seen.

import { chip, el, kindIcon, notice, options, setText, skeleton, failure } from "./dom.js";
import { store } from "./store.js";
import { ago, duration, now, number } from "./time.js";
import { word } from "./words.js";

const SPARE = 8;          // rows drawn above and below what is seen
const RESORT = 1000;      // milliseconds between two sortings while changes come
const STATES = ["live", "pending", "confirmed", "recovered", "away", "unwatched", "over"];
const NEVER = Number.MAX_SAFE_INTEGER;
const VALUES = {
  who: (row) => row.who.toLocaleLowerCase(), where: (row) => row.where.toLocaleLowerCase(), state: (row) => row.state,
  started: (row) => -row.started, seen: (row) => provenAt(row), due: (row) => row.due?.at ?? NEVER,
};
const wrap = document.getElementById("table-wrap");
const table = document.getElementById("table");
const body = document.getElementById("rows");
const empty = document.getElementById("sessions-empty");
const filters = document.getElementById("filters");
const count = document.getElementById("sessions-count");
let shown = [];
let drawn = new Map();
let sort = { by: "started", down: false };
let active = null;        // the id of the row that the keyboard is on
let selected = null;
let sortTimer = null;

export function showSessions() {
  options(filters.kind, [["", word("any.kind")], ...["voice", "game", "party"].map((kind) => [kind, word(kind)])]);
  options(filters.state, STATES.map((state) => [state, word(`state.${state}`)]));
  showGuilds();
  for (const node of drawn.values()) node.remove();
  drawn = new Map();
  if (store.link === "loading" && !store.standing) { count.textContent = ""; body.replaceChildren(); fill(skeleton(6)); return; }
  arrange();
}

export function sessionsFailed(again) { body.replaceChildren(); fill(failure(again)); }

export function sessionsChanged(changes) {
  if (!changes.changed.length && !changes.over.length) return;
  for (const row of changes.changed) refresh(row);
  sortTimer ??= setTimeout(() => { sortTimer = null; arrange(); }, RESORT);
}

export function select(id) {
  selected = id;
  if (id) active = id;
  for (const [row, node] of drawn) mark(node, row === id);
}

export function tick() {
  for (const [id, node] of drawn) {
    const row = store.rows.get(id) ?? store.recent.get(id);
    if (row) showTimes(node, row);
  }
}

export function showGuilds() {
  const named = Object.entries(store.guilds).sort((a, b) => a[1].localeCompare(b[1]));
  options(filters.guild, [["", word("any.guild")], ...named]);
}

function fill(node) { empty.replaceChildren(node); empty.hidden = false; table.hidden = true; }

function matches(row, { text, kind, state, guild }) {
  if (kind && row.kind !== kind) return false;
  if (guild && row.guild !== guild) return false;
  if (state === "away" ? !row.absent : state === "unwatched" ? !row.unwatched : STATES.indexOf(state) in [0, 1, 2, 3] && state !== "live" && row.state !== state) return false;
  return !text || row.who.toLocaleLowerCase().includes(text) || row.where.toLocaleLowerCase().includes(text) || row.id === text || row.user === text;
}

function arrange() {
  const wanted = { text: filters.text.value.trim().toLocaleLowerCase(), kind: filters.kind.value, state: filters.state.value, guild: filters.guild.value };
  const all = wanted.state === "over" ? store.recent : store.rows;
  const value = VALUES[sort.by];
  const found = [];
  for (const row of all.values()) if (matches(row, wanted)) found.push([value(row), row]);
  const sign = sort.down ? -1 : 1;
  found.sort(([a, x], [b, y]) => (a < b ? -sign : a > b ? sign : x.id < y.id ? -1 : 1));
  shown = found.map(([, row]) => row);
  setText(count, word("sessions.count", { shown: number(shown.length), total: number(all.size) }));
  table.setAttribute("aria-rowcount", String(shown.length + 1));
  for (const head of table.querySelectorAll("th[data-sort]")) {
    if (head.dataset.sort === sort.by) head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  if (!shown.length) { nothing(all.size > 0); return; }
  empty.hidden = true;
  empty.replaceChildren();
  table.hidden = false;
  draw();
}

function nothing(someAreHidden) {
  for (const node of drawn.values()) node.remove();
  drawn.clear();
  const clear = el("button", { type: "button", class: "tool", onclick: () => { filters.reset(); arrange(); filters.text.focus(); } }, word("sessions.clear"));
  const parts = someAreHidden ? notice(word("sessions.nomatch"), word("sessions.nomatch.more"), clear) : notice(word("sessions.none"), word("sessions.none.more"));
  fill(el("div", { class: "state-of-view" }, ...parts));
}

const rowHeight = () => parseFloat(getComputedStyle(wrap).getPropertyValue("--row"));

function draw() {
  const height = rowHeight();
  const first = Math.max(0, Math.floor(wrap.scrollTop / height) - SPARE);
  const last = Math.min(shown.length, Math.ceil((wrap.scrollTop + wrap.clientHeight) / height) + SPARE);
  const visible = shown.slice(first, last);
  const keep = new Set(visible.map((row) => row.id));
  const focused = document.activeElement?.closest?.("tr[data-id]")?.dataset.id;
  for (const [id, node] of drawn) if (!keep.has(id)) { node.remove(); drawn.delete(id); }
  if (!shown.some((row) => row.id === active)) active = shown[0]?.id ?? null;
  let before = spacer("above", first * height);
  visible.forEach((row, index) => {
    let node = drawn.get(row.id);
    if (!node) { node = rowNode(row); drawn.set(row.id, node); } else update(node, row);
    node.setAttribute("aria-rowindex", String(first + index + 2));
    node.querySelector("a").tabIndex = row.id === active || (index === 0 && !keep.has(active)) ? 0 : -1;
    if (before.nextSibling !== node) before.after(node);
    before = node;
  });
  before.after(spacer("below", (shown.length - last) * height));
  if (focused && drawn.has(focused) && !drawn.get(focused).contains(document.activeElement)) drawn.get(focused).querySelector("a").focus({ preventScroll: true });
}

function spacer(name, height) {
  let node = body.querySelector(`.spacer.${name}`);
  if (!node) {
    node = el("tr", { class: `spacer ${name}`, "aria-hidden": "true" }, el("td", { colspan: "6" }));
    if (name === "above") body.prepend(node); else body.append(node);
  }
  node.firstChild.style.height = `${height}px`;
  return node;
}

function rowNode(row) {
  const cell = (...children) => el("td", { role: "cell" }, ...children);
  const node = el("tr", { role: "row", "data-id": row.id },
    cell(el("div", { class: "who" }, kindIcon(row.kind), el("div", { class: "cell" }, el("a", { href: `#/sessions/${row.id}` }), el("span", { class: "quiet guild" })))),
    cell(el("div", { class: "cell" }, el("span", { class: "where" }), el("span", { class: "quiet note" }))),
    cell(el("span", { class: "state" })), cell(el("span", { class: "for num" })),
    cell(el("div", { class: "cell" }, el("span", {}, el("span", { class: "proof known" }), " ", el("span", { class: "proof quiet unanswered", "data-presence": "unknown", hidden: true })), el("span", { class: "quiet seen num" }))),
    cell(el("div", { class: "cell" }, el("span", { class: "due num" }), el("span", { class: "quiet trigger-name" }))));
  update(node, row);
  return node;
}

function refresh(row) { const node = drawn.get(row.id); if (node) update(node, row); }

function update(node, row) {
  setText(node.querySelector("a"), row.who);
  setText(node.querySelector(".guild"), store.guilds[row.guild] ?? row.guild);
  setText(node.querySelector(".where"), row.where);
  setText(node.querySelector(".note"), row.absent && !row.ended ? word("state.away") : row.unwatched && !row.ended ? word("state.unwatched") : row.players ? word("row.players", { count: number(row.players) }) : "");
  const state = node.querySelector(".state");
  if (state.firstChild?.dataset?.state !== row.state || state.dataset.lang !== document.documentElement.lang) { state.replaceChildren(chip(row.state)); state.dataset.lang = document.documentElement.lang; }
  const proof = node.querySelector(".known");
  proof.dataset.presence = row.evidence?.presence ?? "present";
  setText(proof, row.evidence ? word(`presence.${row.evidence.presence}`) : word("evidence.seen"));
  const unanswered = node.querySelector(".unanswered");
  unanswered.hidden = !row.unanswered;
  setText(unanswered, row.unanswered ? word("presence.unknown") : "");
  mark(node, row.id === selected);
  showTimes(node, row);
}

function mark(node, isSelected) { if (isSelected) node.setAttribute("aria-current", "true"); else node.removeAttribute("aria-current"); }

function showTimes(node, row) {
  setText(node.querySelector(".for"), duration((row.ended ?? now()) - row.started));
  const source = row.evidence ? `${word(`source.${row.evidence.source}`)} · ` : "";
  setText(node.querySelector(".seen"), source + ago(provenAt(row)));
  const due = dueText(row);
  setText(node.querySelector(".due"), due.text);
  node.querySelector(".due").classList.toggle("due-soon", due.isSoon);
  setText(node.querySelector(".trigger-name"), row.due ? word(`due.${row.due.trigger}`) : "");
}

// When its evidence was so; where no transition was watched, when the person was last seen.
export const provenAt = (row) => row.evidence?.at ?? row.seen;

export function dueText(row) {
  if (!row.due) return { text: "–", isSoon: false };
  const left = row.due.at - now();
  if (left <= 0) return { text: word(row.unwatched || left < -2000 ? "due.now" : "now"), isSoon: false };
  return { text: word("in", { time: duration(left) }), isSoon: left < 10000 };
}

// The keyboard: arrows, Page Up and Down, Home and End go from row to row; Enter follows the link.
function go(index) {
  const row = shown[Math.min(Math.max(index, 0), shown.length - 1)];
  if (!row) return;
  active = row.id;
  const height = rowHeight(), top = shown.indexOf(row) * height, head = table.tHead.offsetHeight;
  if (top < wrap.scrollTop) wrap.scrollTop = top;
  else if (top + height + head > wrap.scrollTop + wrap.clientHeight) wrap.scrollTop = top + height + head - wrap.clientHeight;
  draw();
  drawn.get(row.id)?.querySelector("a").focus({ preventScroll: true });
}

body.addEventListener("keydown", (event) => {
  const at = shown.findIndex((row) => row.id === event.target.closest("tr")?.dataset.id);
  const page = Math.max(1, Math.floor(wrap.clientHeight / rowHeight()) - 1);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: shown.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  go(to);
});
body.addEventListener("click", (event) => {
  const id = event.target.closest("tr[data-id]")?.dataset.id;
  if (id && !event.target.closest("a")) location.hash = `#/sessions/${id}`;
});
let isDrawing = false;
wrap.addEventListener("scroll", () => { if (!isDrawing && shown.length) { isDrawing = true; requestAnimationFrame(() => { isDrawing = false; draw(); }); } }, { passive: true });
new ResizeObserver(() => { if (shown.length) draw(); }).observe(wrap);
filters.addEventListener("input", () => { wrap.scrollTop = 0; arrange(); });
filters.addEventListener("submit", (event) => event.preventDefault());
table.tHead.addEventListener("click", (event) => {
  const by = event.target.closest("th")?.dataset.sort;
  if (!by) return;
  sort = { by, down: sort.by === by && !sort.down };
  arrange();
});
addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, select, textarea") && !document.getElementById("sessions").hidden) { event.preventDefault(); filters.text.focus(); }
});
