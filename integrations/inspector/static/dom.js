// Building what is shown. Text is always text: nothing that people named becomes markup.

import { word } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const KINDS = {
  voice: "M3 10v4M7.500 7v10M12 3.500v17M16.500 7v10M21 10v4",
  game: "M6 8h12a4 4 0 0 1 4 4v2a3 3 0 0 1-5.5 1.7L15 14H9l-1.500 1.700A3 3 0 0 1 2 14v-2a4 4 0 0 1 4-4zM7 10v3M5.500 11.500h3M16 11h.01M18.500 12.500h.01",
  party: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.500 19c.5-3 2.500-5 5.500-5s5 2 5.500 5M16 11a2.500 2.500 0 1 0 0-5M17 14c2.500.3 4 2 4.500 4.500",
};
const FLAT = "M2 20h34l5-12 8 24 6-18 4 6h59";

export function el(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function drawing(path, viewBox) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const kindIcon = (kind) => el("span", { class: "kind", "data-kind": kind }, drawing(KINDS[kind], "0 0 24 24"), el("span", { class: "unseen" }, word(`one.${kind}`)));
export const chip = (state) => el("span", { class: "chip", "data-state": state }, word(`state.${state}`));

export function notice(title, more, action) {
  return [drawing(FLAT, "0 0 120 40"), el("strong", {}, title), more ? el("span", {}, more) : null, action ?? null].filter(Boolean);
}

export function failure(again) {
  const button = el("button", { type: "button", class: "tool", onclick: again }, word("load.again"));
  return el("div", { class: "state-of-view", role: "alert" }, ...notice(word("load.failed"), null, button));
}

export const skeleton = (rows) => el("div", { class: "state-of-view", role: "status", "aria-label": word("loading") }, ...Array.from({ length: rows }, (_, i) => { const line = el("span", { class: "skeleton" }); line.style.width = `${90 - (i % 3) * 14}%`; return line; }));

// Sets text only where it differs, so that a reader is not told again and nothing flickers.
export function setText(node, text) { if (node && node.textContent !== text) node.textContent = text; }

export function options(select, choices) {
  const chosen = select.value;
  select.replaceChildren(...choices.map(([value, label]) => el("option", { value }, label)));
  select.value = choices.some(([value]) => value === chosen) ? chosen : choices[0][0];
}
