// What the page knows: asked for once, then kept in step by the stream of changes.

import { setClock, setZone } from "./time.js";

const RECENT = 300;

class Store extends EventTarget {
  rows = new Map();       // the sessions that go on, by id
  recent = new Map();     // those that ended lately
  numbers = new Map();    // the number of the message that each row is from
  machines = [];
  arrows = new Map();
  guilds = {};
  feed = [];
  checks = null;
  changes = null;
  standing = null;
  link = "loading";
  heardAt = 0;
  #stream = null;
  #loading = null;
  #waiting = [];
  #strikes = 0;
  #pause = 1000;

  start() {
    this.#open();
    addEventListener("online", () => this.#open());
  }

  tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  #open() {
    this.#stream?.close();
    const stream = new EventSource("/api/events");
    this.#stream = stream;
    stream.addEventListener("open", () => { this.#pause = 1000; this.#heard(); });
    stream.addEventListener("reset", () => { this.#heard(); this.load(); });
    stream.addEventListener("changes", (event) => { this.#heard(); this.#take(JSON.parse(event.data)); });
    stream.addEventListener("check", (event) => { this.#heard(); this.#takeCheck(JSON.parse(event.data)); });
    stream.addEventListener("error", () => {
      this.#say("lost");
      if (stream.readyState !== EventSource.CLOSED) return;  // it comes back by itself
      setTimeout(() => this.#stream === stream && this.#open(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, 15000);
      this.#mayStillRead();
    });
  }

  #takeCheck(row) {
    if (!this.checks || this.checks.some((one) => one.number === row.number)) return;
    this.checks.unshift(row);
    this.lastCheck = row;
    this.tell("check", row);
  }

  // What guilds are called; a new one belongs into the choices.
  learn(guilds) {
    const isNew = Object.keys(guilds).some((id) => !(id in this.guilds));
    Object.assign(this.guilds, guilds);
    if (isNew) this.tell("guilds");
  }

  async #mayStillRead() {
    try {
      const answer = await fetch("/api/checks");
      if (answer.status === 401) location.assign("/login");
    } catch { /* the bot is away: the stream tries again */ }
  }

  #heard() { this.heardAt = Date.now(); if (this.link === "lost") this.#say(this.changes ? "live" : "loading"); }

  #say(link) { if (this.link !== link) { this.link = link; this.tell("link", link); } }

  // Asks for everything anew; changes that come meanwhile wait, and the newer word counts.
  load() {
    this.#loading ??= this.#loadAll()
      .then(() => this.tell("loaded"))
      .catch((error) => this.tell("failed", error))
      .finally(() => {
        this.#loading = null;
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const changes of waiting) this.#take(changes);
      });
    return this.#loading;
  }

  async #loadAll() {
    const standing = await ask("/api/state");
    if (this.standing?.boot !== standing.boot || !this.machines.length) await this.#loadMachines();
    this.standing = standing;
    this.guilds = standing.guilds;
    setZone(standing.timezone);
    const rows = new Map(), numbers = new Map();
    await lines("/api/sessions", ({ number, rows: some }) => {
      for (const row of some) { rows.set(row.id, row); numbers.set(row.id, number); }
    });
    this.rows = rows;
    this.numbers = numbers;
    this.recent = new Map(standing.recent.map((row) => [row.id, row]));
    this.feed = standing.feed.reverse();
    this.checks = await ask("/api/checks");
    this.lastCheck = this.checks[0] ?? null;
    this.#stand(standing.changes);
  }

  async #loadMachines() {
    this.machines = await ask("/api/machines");
    this.arrows = new Map(this.machines.flatMap((machine) => Object.entries(machine.arrows)));
  }

  #stand(changes) {
    this.changes = changes;
    setClock(changes.now);
    this.#say(changes.connection === "connected" ? "live" : changes.connection);
  }

  #take(changes) {
    if (this.#loading) { this.#waiting.push(changes); return; }
    if (!this.standing) return;
    for (const row of changes.changed) {
      if ((this.numbers.get(row.id) ?? -1) > changes.number || this.recent.has(row.id)) continue;
      this.rows.set(row.id, row);
      this.numbers.set(row.id, changes.number);
    }
    this.learn(changes.guilds);
    for (const row of changes.over) {
      this.rows.delete(row.id);
      this.numbers.delete(row.id);
      this.recent.delete(row.id);
      this.recent.set(row.id, row);
    }
    while (this.recent.size > RECENT) this.recent.delete(this.recent.keys().next().value);
    this.feed = [...changes.feed.reverse(), ...this.feed].slice(0, 60);
    this.#stand(changes);
    this.tell("changes", changes);
    // Something was missed after all: ask anew.
    this.#strikes = this.rows.size === changes.total ? 0 : this.#strikes + 1;
    if (this.#strikes > 2) { this.#strikes = 0; this.load(); }
  }
}

export async function ask(path) {
  const answer = await fetch(path);
  if (answer.status === 401) { location.assign("/login"); throw new Error("401"); }
  if (!answer.ok) throw Object.assign(new Error(await answer.text()), { status: answer.status });
  return answer.json();
}

async function lines(path, take) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(await answer.text());
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) take(JSON.parse(part));
  }
}

export const store = new Store();
