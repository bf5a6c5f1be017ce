// Now: how many, the machines with their counts and what fires, and the latest transitions.

import { el, failure, kindIcon, notice, setText, skeleton } from "./dom.js";
import { store } from "./store.js";
import { ago, clock, now, number } from "./time.js";
import { isEnglish, word } from "./words.js";

const KINDS = ["voice", "game", "party"];
const LIT = 1600;
const tiles = document.getElementById("tiles");
const cards = document.getElementById("machines");
const feed = document.getElementById("feed");
const pause = document.getElementById("pause");
const full = document.getElementById("machine-full");
const dark = new Map();   // what is lit, and the timer that puts it out
let isPaused = false;

export const meaning = (key) => { const arrow = store.arrows.get(key); return arrow ? (isEnglish() ? arrow.en : arrow.es) : ""; };

export function showOverview() {
  drawMachines();
  showTiles();
  showFeed(null);
  showCounts();
}

export function showMachine(kind) {
  setText(document.getElementById("machine-title"), word("tab.machine", { kind: word(`one.${kind}`) }));
  document.getElementById("machine-kinds").replaceChildren(
    ...KINDS.map((one) => el("a", { href: `#/machines/${one}`, "aria-current": one === kind && "page" }, word(one))));
  const machine = store.machines.find((one) => one.kind === kind);
  full.replaceChildren();
  if (machine) { full.append(picture(machine.full)); explain(full, kind); showCounts(); }
}

export function light(changes) {
  showTiles();
  showCounts();
  if (isPaused) return;
  showFeed(changes.feed);
  for (const key of Object.keys(changes.fired)) lightUp(key);
}

export function tick() {
  for (const node of tiles.querySelectorAll("[data-at]")) setText(node, ago(Number(node.dataset.at)));
}

pause.addEventListener("click", () => {
  isPaused = !isPaused;
  pause.setAttribute("aria-pressed", String(isPaused));
  pause.dataset.word = isPaused ? "feed.resume" : "feed.pause";
  setText(pause, word(pause.dataset.word));
  if (!isPaused) showFeed(null);
});

function drawMachines() {
  cards.replaceChildren(...store.machines.map((machine) => {
    const card = el("section", { class: "card machine-card", "aria-labelledby": `machine-${machine.kind}` },
      el("header", { class: "card-head" },
        el("h2", { id: `machine-${machine.kind}` }, kindIcon(machine.kind), word(machine.kind)),
        el("a", { href: `#/machines/${machine.kind}` }, word("machine.full"), el("span", { class: "unseen" }, ` · ${word(machine.kind)}`))));
    card.append(picture(machine.outline));
    return card;
  }));
}

// The drawings are made by the bot from its machines; nothing that people named is in them.
function picture(svg) { return document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true); }

function explain(root, kind) {
  for (const group of root.querySelectorAll("[data-key]")) setText(group.querySelector("title"), meaning(`${kind}:${group.dataset.key}`));
}

function showCounts() {
  for (const svg of document.querySelectorAll("svg.machine")) {
    const counts = store.changes?.counts[svg.dataset.kind] ?? {};
    for (const state of svg.querySelectorAll(".state")) setText(state.querySelector(".count"), number(counts[state.dataset.state] ?? 0));
  }
}

function lightUp(key) {
  const arrow = store.arrows.get(key);
  if (!arrow) return;
  const kind = key.slice(0, key.indexOf(":"));
  const moves = arrow.dest && arrow.dest !== arrow.source;
  const where = moves ? `[data-source="${arrow.source}"][data-dest="${arrow.dest}"]` : ".none";
  for (const svg of document.querySelectorAll(`svg.machine[data-kind="${kind}"]`)) {
    for (const node of svg.querySelectorAll(where)) shine(node);
    for (const node of svg.querySelectorAll(`[data-key="${CSS.escape(key.slice(kind.length + 1))}"]`)) shine(node);
    const state = svg.querySelector(`.state[data-state="${arrow.dest ?? arrow.source}"]`);
    if (state) shine(state);
  }
  const pulse = document.querySelector(".pulse");
  pulse.classList.remove("beat");
  requestAnimationFrame(() => pulse.classList.add("beat"));
}

function shine(node) {
  clearTimeout(dark.get(node));
  node.classList.add("lit");
  dark.set(node, setTimeout(() => { node.classList.remove("lit"); dark.delete(node); }, LIT));
}

export function overviewFailed(again) { feed.replaceChildren(el("li", {}, failure(again))); }

function showFeed(fresh) {
  if (!store.standing) {
    if (!feed.querySelector("[role=alert]")) feed.replaceChildren(el("li", {}, skeleton(4)));
  } else if (!store.feed.length) {
    feed.replaceChildren(el("li", { class: "state-of-view" }, ...notice(word("feed.empty"))));
  } else if (fresh && !feed.querySelector(".state-of-view")) {
    // What is there stays: whoever reads it, or has the focus in it, is not disturbed.
    feed.prepend(...fresh.map((one) => feedItem(one, "new")));
    while (feed.children.length > store.feed.length) feed.lastElementChild.remove();
  } else {
    feed.replaceChildren(...store.feed.map((one) => feedItem(one, "")));
  }
}

function feedItem(one, name) {
  const where = el("span", {}, one.where);
  where.style.setProperty("--signs", one.where.length);
  return el("li", { class: name },
    el("a", { href: `#/sessions/${one.session}` }, kindIcon(one.kind),
      el("span", { class: "title" }, el("b", {}, one.who), where),
      el("time", { class: "quiet num" }, clock(one.at)),
      el("span", { class: "why" }, el("span", { class: "trigger" }, one.key.split(":")[1]), " ", meaning(one.key))));
}

function tile(tone, what, value, ...more) {
  return el("li", { class: "card tile", "data-tone": tone }, el("p", { class: "what" }, what), el("p", { class: `value num${/\d$|^–$/.test(value) ? "" : " words"}` }, value), el("p", { class: "more" }, ...more));
}

function showTiles() {
  const counts = store.changes?.counts;
  if (!counts) return;
  const shown = KINDS.map((kind) => {
    const { pending, confirmed, recovered } = counts[kind];
    const more = [recovered && word("tile.recovered", { count: number(recovered) }), pending && word("tile.pending", { count: number(pending) })];
    return tile(kind, word(kind), number(confirmed + recovered), more.filter(Boolean).join(" · ") || "\u00a0");
  });
  const { unwritten } = store.changes;
  const over = KINDS.reduce((sum, kind) => sum + counts[kind].ended + counts[kind].orphaned, 0) - unwritten;
  const orphaned = KINDS.reduce((sum, kind) => sum + counts[kind].orphaned, 0);
  const { unwatched } = store.changes;
  const isCut = store.changes.connection === "cut";   // nobody can tell then, and no session says so yet
  const inSight = word(unwatched ? "tile.unwatched.some" : isCut ? "link.cut" : "tile.unwatched.none");
  shown.push(tile("", word("tile.over"), number(over), [word("tile.orphaned", { count: number(orphaned) }), unwritten && word("tile.unwritten", { count: number(unwritten) })].filter(Boolean).join(" · ")));
  shown.push(tile(unwatched || isCut ? "warn" : "good", word("tile.unwatched"), unwatched || !isCut ? number(unwatched) : "–", inSight));
  shown.push(checkTile(store.lastCheck));
  tiles.replaceChildren(...shown);
}

function checkTile(check) {
  if (!check) return tile("", word("tile.check"), "–", word("tile.check.none"));
  const { found, text, why } = verdict(check);
  const node = tile(found, word("tile.check"), text, el("time", { "data-at": check.at }, ago(Math.min(check.at, now()))));
  node.title = why;
  return node;
}

// What a check found; of several things, what weighs most has its colour, and all of it is said.
export function verdict(check) {
  const repaired = Object.values(check.repaired).reduce((a, b) => a + b, 0);
  const parts = [
    check.cut_off && word("check.cut_off"), check.errors && word("check.errors", { count: number(check.errors) }),
    repaired && word("check.repaired", { count: number(repaired) }), check.unknown && word("check.unknown", { count: number(check.unknown) }),
  ].filter(Boolean);
  const found = check.cut_off || check.errors ? "bad" : repaired ? "repaired" : check.unknown ? "unknown" : "well";
  return { found, why: check.unknown ? word("check.unknown.why") : "", text: parts.join(", ") || word("check.ok") };
}
