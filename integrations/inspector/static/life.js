// One session's whole life: what it credits, what is unknown, and each transition with its reason.

import { chip, el, failure, kindIcon, notice, setText, skeleton } from "./dom.js";
import { meaning } from "./overview.js";
import { dueText, provenAt, tick as tickSessions } from "./sessions.js";
import { ask, store } from "./store.js";
import { ago, atOneInstant, clock, duration, moment, now } from "./time.js";
import { barNode } from "./timeline.js";
import { word } from "./words.js";

const panel = document.getElementById("life");
const split = document.querySelector(".split");
let open = null;
let life = null;
let timer = null;

export async function showLife(id, { focus = false } = {}) {
  const isOther = open !== id;
  open = id;
  panel.hidden = false;
  split.classList.add("open");
  if (isOther) { life = null; panel.replaceChildren(skeleton(5)); }
  try {
    const told = await ask(`/api/sessions/${encodeURIComponent(id)}`);
    if (open !== id) return;
    life = told;
    draw(focus);
  } catch (error) {
    if (open !== id) return;
    life = null;
    const missing = el("div", { class: "state-of-view", role: "alert" }, ...notice(word("life.missing"), word("life.missing.more")));
    panel.replaceChildren(heading(null), error.status === 404 ? missing : failure(() => showLife(id, { focus: true })));
    if (focus) panel.querySelector("h2").focus();
  }
}

export function hideLife() {
  open = life = null;
  panel.hidden = true;
  split.classList.remove("open");
}

export function lifeChanged(changes) {
  if (!open || timer) return;
  const concerns = changes.feed.some((one) => one.session === open) || changes.changed.some((row) => row.id === open) || changes.over.some((row) => row.id === open);
  if (concerns) timer = setTimeout(() => { timer = null; if (open) showLife(open); }, 150);
}

export function askAnew() { if (open) showLife(open); }

export function redrawLife() { if (life) draw(false); }

export function tick() {
  if (!life) return;
  const row = life.session;
  if (!row.ended && !row.absent && !row.unwatched) setText(panel.querySelector(".credit .amount"), duration(life.seconds * 1000 + now() - life.at));
  for (const node of panel.querySelectorAll("[data-ago]")) setText(node, ago(Number(node.dataset.ago)));
  setText(panel.querySelector("[data-due]"), row.due ? `${word(`due.${row.due.trigger}`)} ${dueText(row).text}` : "–");
}

function heading(row) {
  const close = el("button", { type: "button", class: "tool", "aria-label": word("life.close"), onclick: () => { location.hash = "#/sessions"; } }, "✕");
  const title = el("div", {}, el("h2", { id: "life-title", tabindex: "-1" }, row ? row.who : "–"), row && el("p", { class: "quiet" }, `${row.where} · ${store.guilds[row.guild] ?? row.guild}`));
  return el("header", {}, row && kindIcon(row.kind), title, close);
}

// The list beside it is told the time anew as well, so that both say the same.
function draw(focus) { atOneInstant(() => { drawAll(focus); tickSessions(); }); }

function drawAll(focus) {
  const row = life.session;
  const scroll = panel.scrollTop;
  const hadFocus = panel.contains(document.activeElement) && document.activeElement.id;
  panel.replaceChildren(heading(row), credit(row), strip(), facts(row), ...players(), el("h3", {}, word("life.steps")), steps(row));
  panel.scrollTop = scroll;
  if (focus || hadFocus === "life-title") panel.querySelector("h2").focus({ preventScroll: !focus });
  tick();
}

function credit(row) {
  const isOpen = row.unwatched && !row.ended && life.uncertain !== null;   // the next look will say
  const doubt = isOpen ? word("life.not_yet") : life.uncertain === null ? word("life.unbounded") : life.uncertain > 0 ? word("life.uncertain", { time: duration(life.uncertain * 1000) }) : word("life.certain");
  return el("div", {}, el("p", { class: "credit num" }, el("span", { class: "amount" }, duration(life.seconds * 1000)), el("span", { class: "quiet" }, ` ${word("life.credited")}`)),
    el("p", {}, chip(row.state), " ", el("span", { class: "chip", "data-tone": life.uncertain === 0 && !isOpen ? "good" : "warn" }, doubt)));
}

function strip() {
  const { bars } = life;
  if (!bars.length) return "";
  const since = Math.min(...bars.map((bar) => bar.start)), until = Math.max(...bars.map((bar) => bar.end), since + 1);
  const track = el("div", { class: "strip" });
  const pixels = panel.clientWidth;  // hardly more than the strip has of it
  for (const bar of bars) track.append(barNode(bar, life.session.kind, since, until, { isLink: false, pixels }));
  return el("div", {}, el("h3", {}, word("life.time")), track, el("div", { class: "ends num" }, el("span", {}, moment(since)), el("span", {}, bars.at(-1).open ? word("now") : moment(until))));
}

function facts(row) {
  const age = (at) => el("span", {}, `${moment(at)} · `, el("span", { class: "quiet", "data-ago": at }, ago(at)));
  const said = [["life.started", age(row.started)], row.confirmed && ["life.confirmed", moment(row.confirmed)]];
  const proof = row.evidence && el("span", { class: "proof", "data-presence": row.evidence.presence }, `${word(`presence.${row.evidence.presence}`)} · ${word(`source.${row.evidence.source}`)}`);
  said.push(["life.seen", el("span", {}, proof, proof && " · ", age(provenAt(row))), "wide"]);
  const { unanswered } = row;
  if (unanswered) said.push(["life.unanswered", el("span", {}, el("span", { class: "proof", "data-presence": "unknown" }, `${word("presence.unknown")} · ${word(`source.${unanswered.source}`)}`), " · ", age(unanswered.at)), "wide"]);
  if (row.ended) said.push(["life.ended", moment(row.ended)], ["life.reason", word(`reason.${row.reason}`)]);
  else {
    if (row.absent) said.push(["life.absent", age(row.absent)]);
    if (row.unwatched) said.push(["life.unwatched", age(row.unwatched)]);
    said.push(["life.due", el("span", { class: "num", "data-due": "" })]);
  }
  return el("dl", { class: "facts" }, ...said.filter(Boolean).map(([name, value, size]) => el("div", { class: size }, el("dt", {}, word(name)), el("dd", {}, value))));
}

function players() {
  if (!life.players.length) return [];
  const one = (player) => el("li", {}, el("b", {}, player.name), el("span", { class: "quiet num" }, ` ${clock(player.start)} – ${player.end ? clock(player.end) : word("now")}`));
  return [el("h3", {}, word("life.players")), el("ul", { role: "list" }, ...life.players.map(one))];
}

function steps(row) {
  if (!life.entries.length) return el("p", { class: "quiet" }, word(row.ended ? "life.ledger" : "life.earlier"));
  const list = el("ol", { class: "steps", role: "list" });
  if (!life.is_whole) list.append(el("li", {}, el("p", { class: "quiet" }, word("life.earlier"))));
  life.entries.forEach((entry, index) => {
    if (life.left_out && index === 10) list.append(el("li", {}, el("p", { class: "quiet" }, word("life.left_out", { count: life.left_out }))));
    list.append(step(entry));
  });
  return list;
}

function step(entry) {
  const moved = entry.before !== entry.after;
  const arrow = moved ? el("span", { class: "line" }, entry.before === "new" ? null : chip(entry.before), entry.before === "new" ? null : el("span", { "aria-hidden": "true" }, "→"), chip(entry.after)) : null;
  const meant = meaning(entry.key);
  const more = [
    entry.count > 1 && word("life.times", { count: entry.count, time: clock(entry.until) }),
    entry.channel && word("life.moved", { channel: entry.channel }),
    entry.since && word("life.since", { time: clock(entry.since) }),
    entry.gap && word("life.gap", { since: moment(entry.gap[0]), until: moment(entry.gap[1]) }),
    entry.unknown && word("life.unknown", { since: moment(entry.unknown[0]), until: moment(entry.unknown[1]) }),
    entry.reason && !meant.includes(word(`reason.${entry.reason}`)) && word(`reason.${entry.reason}`),
  ].filter(Boolean).join(" · ");
  const proof = entry.evidence && el("span", { class: "proof quiet", "data-presence": entry.evidence.presence }, `${word(`presence.${entry.evidence.presence}`)} · ${word(`source.${entry.evidence.source}`)} · ${clock(entry.evidence.at)}`);
  return el("li", { "data-moved": moved },
    el("div", { class: "line" }, el("time", { class: "num" }, moment(entry.at)), el("span", { class: "trigger" }, entry.key.split(":")[1]), arrow),
    el("p", { class: "why" }, meant), more && el("p", { class: "quiet" }, more), proof);
}

addEventListener("keydown", (event) => { if (event.key === "Escape" && open && !event.target.closest("input, select")) location.hash = "#/sessions"; });
