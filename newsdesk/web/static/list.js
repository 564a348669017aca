// @ts-check
/** What makes a list of dispatches live: arrivals wait in a line above it until the reader takes them in. */

import { clock, day, keepComparing, readAgain, speak, tellAge, Waiting } from "./arrivals.js";
import { startKeys } from "./keys.js";
import { LiveLine } from "./line.js";
import { startMarks } from "./marks.js";
import { startPane } from "./pane.js";

/** @typedef {import("./arrivals.js").Change} Change */

const AGE_MS = 15_000; // between two looks at the age of what is on screen
const TITLE = document.title;

/** The rows on screen, and what has come for them since. */
class List {
  /** @param {HTMLElement} hits */
  constructor(hits) {
    this.hits = hits;
    this.waiting = new Waiting((id) => this.row(id), () => /** @type {HTMLElement[]} */ ([...hits.querySelectorAll(".hit")]));
    this.bar = document.createElement("p");
    this.bar.className = "arrivals";
    this.bar.hidden = true;
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.addEventListener("click", () => this.takeIn());
    this.bar.append(this.button);
    this.dead = document.createElement("p");
    this.dead.className = "dead";
    this.dead.hidden = true;
    this.dead.setAttribute("role", "status");
    this.spoken = document.createElement("p");
    this.spoken.className = "visually-hidden";
    this.spoken.setAttribute("role", "status");
    this.age = document.createElement("span");
    this.age.className = "age";
    document.querySelector(".above p")?.after(this.age, this.bar, this.dead, this.spoken);
    this.showAge();
    setInterval(() => this.showAge(), AGE_MS);
  }

  /** @param {string} id @returns {HTMLElement | null} */
  row(id) {
    return this.hits.querySelector(`.hit[data-id="${CSS.escape(id)}"]`);
  }

  /** Note changes: nothing on screen moves. @param {Change[]} changes */
  note(changes) {
    this.waiting.note(changes);
    this.show();
  }

  show() {
    const words = this.waiting.describe();
    this.bar.hidden = !words;
    this.button.textContent = words;
    document.title = words ? `(${this.waiting.size}) ${TITLE}` : TITLE;
    speak(this.spoken, words);
  }

  /** Read the list again, and put it in the place of this one. */
  async takeIn() {
    this.button.disabled = true;
    try {
      this.replace(await readAgain());
    } catch {
      this.button.textContent = "The list could not be read. Try again";
    } finally {
      this.button.disabled = false;
    }
  }

  /** Look which rows time or a mark took from the list, or brought: nothing on screen moves. */
  async compare() {
    const known = [...this.waiting.changes.keys()];
    try {
      const page = await readAgain({ visits: false });
      const rows = /** @type {HTMLElement[]} */ ([...page.querySelectorAll("#results .hit")]);
      this.waiting.compare(rows, Number(this.hits.dataset.moves), known);
      this.show();
    } catch {
      // the line says that the service is away
    }
  }

  /** @param {Document} page */
  replace(page) {
    const fresh = page.querySelector("#results");
    const before = new Map([...this.hits.querySelectorAll(".hit")].map((row) => [rowId(row), rose(row)]));
    if (fresh) this.hits.replaceChildren(...fresh.childNodes);
    for (const row of this.hits.querySelectorAll(".hit")) {
      row.classList.toggle("fresh", before.get(rowId(row)) !== rose(row));
    }
    for (const place of [".above p[role=status]", "#pending"]) {
      document.querySelector(place)?.replaceChildren(...(page.querySelector(place)?.childNodes ?? []));
    }
    refreshFilters(page);
    this.waiting.changes.clear();
    this.show();
    this.showAge();
    keepVisit(this.hits);
    this.hits.dispatchEvent(new CustomEvent("renewed"));
    scrollTo({ top: 0 });
    const first = this.hits.querySelector(".hit h2 a");
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  }

  showAge() {
    const moments = [...this.hits.querySelectorAll(".hit")].map((row) => Date.parse(row.getAttribute("data-seen") ?? ""));
    const newest = Math.max(...moments.filter(Number.isFinite));
    this.age.textContent = Number.isFinite(newest) ? `newest copy ${tellAge(Date.now() - newest)}` : "";
  }

  /** @param {Date | null} since @param {string} why */
  showDead(since, why) {
    this.dead.hidden = !since;
    if (since) this.dead.textContent = `Not live since ${clock(since)}${why ? `: ${why}` : ""}. Trying again.`;
    this.hits.classList.toggle("stale", Boolean(since));
  }
}

/** @param {Element} row */
const rowId = (row) => row.getAttribute("data-id") ?? "";
/** @param {Element} row */
const rose = (row) => row.getAttribute("data-rose") ?? "";

/** New counts in the filters; what is unfolded stays so, and a box with the focus or with text stays as it is. @param {Document} page */
function refreshFilters(page) {
  const old = document.querySelector("#filters");
  const fresh = page.querySelector("#filters");
  if (!old || !fresh || old.contains(document.activeElement)) return;
  if ([...old.querySelectorAll("input")].some((box) => box.value !== box.defaultValue)) return;
  const open = [...old.querySelectorAll("details")].map((details) => details.open);
  fresh.querySelectorAll("details").forEach((details, place) => (details.open = open[place] ?? false));
  old.replaceChildren(...fresh.childNodes);
}

const VISIT = `visit ${location.search}`;
/** @param {HTMLElement} hits */
function keepVisit(hits) {
  const newest = [...hits.querySelectorAll(".hit")].map(rose).sort().at(-1) ?? "";
  try {
    localStorage.setItem(VISIT, JSON.stringify({ at: new Date().toISOString(), newest }));
  } catch {
    // private windows keep nothing: no line then
  }
}

/** Draw a line above the first row that was there at the last visit. @param {HTMLElement} hits */
function showVisit(hits) {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(VISIT) ?? "null");
  } catch {
    kept = null;
  }
  if (kept?.newest) {
    const rows = [...hits.querySelectorAll(".hit")];
    const place = rows.findIndex((row) => rose(row) <= kept.newest);
    if (place > 0) {
      const line = document.createElement("li");
      line.className = "here";
      const at = new Date(kept.at);
      line.textContent = `You were here at ${clock(at)}${day(at) === day(new Date()) ? "" : ` on ${day(at)}`}`;
      rows[place].before(line);
    }
  }
  keepVisit(hits);
}

const hits = document.querySelector("#results");
if (hits instanceof HTMLElement) {
  const list = new List(hits);
  if (new URLSearchParams(location.search).get("sort") !== "relevance") showVisit(hits);
  if (hits.dataset.live) {
    const line = new LiveLine(hits.dataset.live, Number(hits.dataset.from), {
      changes: (changes) => list.note(changes),
      reload: () => list.takeIn(),
      dead: (since, why) => list.showDead(since, why),
    });
    line.open();
  }
  if (hits.dataset.moves) {
    keepComparing(() => list.compare());
    hits.addEventListener("marked", () => list.compare());
  }
  const pane = startPane(hits);
  startKeys(hits, { takeIn: () => !list.bar.hidden && list.takeIn(), pane, more: startMarks(hits, pane) });
}
