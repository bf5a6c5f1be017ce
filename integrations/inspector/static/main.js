// The page: which view is shown, in which language and theme, and what it does with what comes.

import { showChecks } from "./checks.js";
import { setText } from "./dom.js";
import * as life from "./life.js";
import * as overview from "./overview.js";
import * as sessions from "./sessions.js";
import { store } from "./store.js";
import { atOneInstant, clock, now } from "./time.js";
import * as timeline from "./timeline.js";
import { chooseLanguage, isEnglish, word } from "./words.js";

const LOST_FOR = 2500;    // milliseconds after which a lost connection is said aloud
const THEMES = ["auto", "light", "dark"];
const banner = document.getElementById("banner");
const link = document.getElementById("link");
const languageButton = document.getElementById("language");
const themeButton = document.getElementById("theme");
let place = "";
let failed = false;

function remember(name, value) { try { localStorage.setItem(name, value); } catch { /* it holds for this visit */ } }
function recall(name) { try { return localStorage.getItem(name); } catch { return null; } }

function route({ isMove = true } = {}) {
  const [view = "", detail = ""] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const name = { "": "overview", sessions: "sessions", timeline: "timeline", checks: "checks", machines: "machine" }[view] ?? "overview";
  const isOther = place.split("/")[0] !== name;
  place = `${name}/${detail}`;
  for (const section of document.querySelectorAll(".view")) section.hidden = section.id !== name;
  for (const tab of document.querySelectorAll(".tabs a")) {
    if (tab.dataset.tab !== (name === "machine" ? "overview" : name)) { tab.removeAttribute("aria-current"); continue; }
    tab.setAttribute("aria-current", "page");
    tab.scrollIntoView({ block: "nearest", inline: "nearest" });   // on a phone not all of them are seen at once
  }
  if (name !== "timeline") timeline.leaveTimeline();
  if (name === "overview") overview.showOverview();
  if (name === "machine") overview.showMachine(["voice", "game", "party"].includes(detail) ? detail : "voice");
  if (name === "sessions") {
    if (isOther || !isMove) sessions.showSessions();
    sessions.select(detail);
    if (detail) life.showLife(detail, { focus: isMove }); else life.hideLife();
  }
  if (name === "timeline") timeline.showTimeline();
  if (name === "checks") showChecks(failed);
  if (isMove && isOther) scrollTo(0, 0);
}

function showLink() {
  link.dataset.link = store.link;
  setText(link.querySelector(".text"), word(`link.${store.link}`));
  const isLost = store.link === "lost" && Date.now() - store.heardAt > LOST_FOR;
  const text = isLost ? word("banner.lost", { time: clock(now() - (Date.now() - store.heardAt)) }) : store.link === "cut" ? word("banner.cut") : "";
  setText(banner, text);
  banner.hidden = !text;
}

function speak(code) {
  chooseLanguage(code);
  setText(languageButton, isEnglish() ? "ES" : "EN");
  languageButton.lang = isEnglish() ? "es" : "en";
  languageButton.setAttribute("aria-label", word("language"));
  showTheme();
  showLink();
}

function showTheme() {
  const theme = document.documentElement.dataset.theme ?? "auto";
  themeButton.setAttribute("aria-label", word(`theme.${theme}`));
  themeButton.title = word(`theme.${theme}`);
}

languageButton.addEventListener("click", () => {
  const code = isEnglish() ? "es" : "en";
  remember("latido-language", code);
  speak(code);
  route({ isMove: false });
  life.redrawLife();
});
themeButton.addEventListener("click", () => {
  const root = document.documentElement, theme = THEMES[(THEMES.indexOf(root.dataset.theme ?? "auto") + 1) % THEMES.length];
  if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
  remember("latido-theme", theme);
  showTheme();
});
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); document.getElementById("main").focus(); });
addEventListener("hashchange", () => route());

store.addEventListener("link", () => {
  showLink();
  if (["live", "cut"].includes(store.link)) life.askAnew();   // how long somebody is known to be there
});
store.addEventListener("loaded", () => {
  failed = false;
  if (!recall("latido-language") && !navigator.languages.some((one) => /^(es|en)\b/.test(one))) speak(store.standing.language);
  showLink();
  route({ isMove: false });
});
store.addEventListener("failed", () => {
  failed = true;
  if (!store.standing) { overview.overviewFailed(() => store.load()); sessions.sessionsFailed(() => store.load()); showChecks(true); }
});
store.addEventListener("changes", ({ detail: changes }) => {
  overview.light(changes);
  sessions.sessionsChanged(changes);
  life.lifeChanged(changes);
  timeline.timelineChanged(changes);
});
store.addEventListener("guilds", () => { sessions.showGuilds(); timeline.showGuilds(); });
store.addEventListener("check", () => { overview.light({ feed: [], fired: {} }); if (place.startsWith("checks")) showChecks(false); });

setInterval(() => {
  if (document.hidden) return;
  atOneInstant(() => {
    showLink();
    overview.tick();
    sessions.tick();
    life.tick();
    timeline.tick();
  });
}, 1000);

const spoken = navigator.languages.find((one) => /^(es|en)\b/.test(one));
speak(recall("latido-language") ?? spoken?.slice(0, 2) ?? "es");
route({ isMove: false });
store.start();
