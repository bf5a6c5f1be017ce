// The history of the health checks.

import { el, failure, notice, setText, skeleton } from "./dom.js";
import { verdict } from "./overview.js";
import { store } from "./store.js";
import { brief, duration, moment, number } from "./time.js";
import { word } from "./words.js";

const ROWS = 100;
const BARS = 80;
const body = document.getElementById("checks-body");
const KINDS = ["voice", "game", "party"];
const FOUND = ["well", "repaired", "unknown", "bad"];
const sum = (counts) => KINDS.map((kind) => counts[kind] ?? 0).reduce((a, b) => a + b, 0);

export function showChecks(failed) {
  const every = store.standing?.check_every ? duration(store.standing.check_every * 1000) : "";
  setText(document.getElementById("checks-next"), every && word("check.next", { every }));
  if (!store.checks) { body.replaceChildren(failed ? failure(() => store.load()) : skeleton(5)); return; }
  if (!store.checks.length) {
    body.replaceChildren(el("div", { class: "state-of-view" }, ...notice(word("checks.empty"), every && word("checks.empty.more", { every }))));
    return;
  }
  body.replaceChildren(durations(store.checks.slice(0, BARS)), el("div", { class: "scroll-x", tabindex: "0", role: "group", "aria-labelledby": "checks-title" }, table(store.checks.slice(0, ROWS))));
}

// A bar a check, as high as it took long, from the first to the last of them.
function durations(checks) {
  const longest = Math.max(...checks.map((check) => check.seconds), 0.001);
  const bars = el("div", { class: "bars", role: "img", "aria-label": word("checks.durations", { count: checks.length, longest: brief(longest) }) });
  for (const check of checks.toReversed()) {
    const bar = el("i", { "data-found": verdict(check).found, title: `${moment(check.at)}: ${brief(check.seconds)}, ${verdict(check).text}` });
    bar.style.height = `${Math.max(4, (100 * check.seconds) / longest)}%`;
    bars.append(bar);
  }
  const ends = checks.length > 1 ? [checks.at(-1), checks[0]] : checks;
  const plot = el("div", { class: "plot" }, bars, el("div", { class: "ends", "aria-hidden": "true" }, ...ends.map((check) => el("span", { class: "num" }, moment(check.at)))));
  plot.style.setProperty("--count", checks.length);
  return el("figure", { class: "durations" }, el("figcaption", {}, word("checks.chart")),
    el("div", { class: "scale num", "aria-hidden": "true" }, el("span", {}, brief(longest)), el("span", {}, "0")), plot,
    el("ul", { class: "legend", role: "list" }, ...FOUND.map((one) => el("li", {}, el("i", { "data-found": one }), word(`found.${one}`)))));
}

function table(checks) {
  const heads = ["when", "result", "tracked", "repaired", "unknown", "took", "lag"];
  const rows = checks.map((check) => {
    const { found, text, why } = verdict(check);
    return el("tr", {}, el("th", { scope: "row", class: "num" }, `#${check.number} · ${moment(check.at)}`), el("td", {}, el("span", { class: "chip", "data-found": found, title: why }, text)),
      ...[number(sum(check.tracked)), number(sum(check.repaired)), number(check.unknown), brief(check.seconds), brief(check.lag)].map((value) => el("td", { class: "num" }, value)));
  });
  return el("table", { class: "checks-table" }, el("caption", { class: "unseen" }, word("tab.checks")),
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, word(`checks.${head}`))))), el("tbody", {}, ...rows));
}
