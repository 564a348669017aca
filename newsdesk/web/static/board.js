// @ts-check
/** What makes a board live: what arrives waits in the head of its column, and one line brings it for all of them. */

import { clock, keepComparing, readAgain, speak, tellAge, Waiting } from "./arrivals.js";
import { startKeys } from "./keys.js";
import { LiveLine } from "./line.js";

/** @typedef {import("./arrivals.js").Change} Change */

const AGE_MS = 15_000; // between two looks at the age of what is on screen
const TITLE = document.title;

/** One view, and what has come for it since it was read. */
class Column {
  /** @param {HTMLElement} section @param {() => void} takeIn */
  constructor(section, takeIn) {
    this.section = section;
    this.waiting = new Waiting((id) => this.row(id), () => this.rows());
    this.button = /** @type {HTMLButtonElement} */ (section.querySelector("button.arrived"));
    this.button.addEventListener("click", takeIn);
  }

  rows() {
    return /** @type {HTMLElement[]} */ ([...this.section.querySelectorAll("li[data-id]")]);
  }

  /** @param {string} id */
  row(id) {
    return /** @type {HTMLElement | null} */ (this.section.querySelector(`li[data-id="${CSS.escape(id)}"]`));
  }

  /** @param {Change[]} changes */
  note(changes) {
    this.waiting.note(changes);
    this.show();
  }

  show() {
    const words = this.waiting.describe();
    this.button.textContent = words;
    this.button.classList.toggle("none", !words);
  }

  /** Put what was read in the place of the rows; the head stays, so that the focus does. @param {Element | null} fresh */
  replace(fresh) {
    this.waiting.changes.clear();
    this.note([]);
    const place = this.section.querySelector(".rows");
    place?.replaceChildren(...(fresh?.querySelector(".rows")?.childNodes ?? []));
  }
}

class Board {
  /** @param {HTMLElement} board */
  constructor(board) {
    this.board = board;
    this.columns = new Map(
      /** @type {HTMLElement[]} */ ([...board.querySelectorAll("section[data-view]")]).map((section) => [
        section.dataset.view ?? "",
        new Column(section, () => this.takeIn(section)),
      ]),
    );
    this.state = /** @type {HTMLElement} */ (document.querySelector("#board-state"));
    this.spoken = /** @type {HTMLElement} */ (document.querySelector("#board-said"));
    this.deadSince = "";
    setInterval(() => this.show(), AGE_MS);
    this.show();
  }

  /** @param {Record<string, Change[]>} columns */
  note(columns) {
    for (const [view, changes] of Object.entries(columns)) this.columns.get(view)?.note(changes);
    this.show();
  }

  /** Read the board again: one column, or all of them. @param {HTMLElement} [only] */
  async takeIn(only) {
    try {
      const page = await readAgain();
      for (const [view, column] of this.columns) {
        if (only && column.section !== only) continue;
        column.replace(page.querySelector(`section[data-view="${CSS.escape(view)}"]`));
      }
      const first = (only ?? this.board).querySelector("li[data-id] h3 a");
      if (first instanceof HTMLElement) first.focus({ preventScroll: !only });
      this.show();
    } catch {
      this.state.textContent = "The board could not be read. Try again.";
    }
  }

  /** Look which rows time or a mark took from a view, or brought: nothing on screen moves. */
  async compare() {
    const known = new Map([...this.columns].map(([view, column]) => [view, [...column.waiting.changes.keys()]]));
    try {
      const page = await readAgain({ visits: false });
      for (const [view, column] of this.columns) {
        const rows = /** @type {HTMLElement[]} */ ([...page.querySelectorAll(`section[data-view="${CSS.escape(view)}"] li[data-id]`)]);
        column.waiting.compare(rows, Number(this.board.dataset.moves), known.get(view) ?? []);
        column.show();
      }
      this.show();
    } catch {
      // the line says that the service is away
    }
  }

  show() {
    const waiting = [...this.columns.values()].reduce((sum, column) => sum + column.waiting.size, 0);
    document.title = waiting ? `(${waiting}) ${TITLE}` : TITLE;
    const moments = [...this.board.querySelectorAll("li[data-seen]")].map((row) => Date.parse(row.getAttribute("data-seen") ?? ""));
    const newest = Math.max(...moments.filter(Number.isFinite));
    const age = Number.isFinite(newest) ? `newest copy ${tellAge(Date.now() - newest)}` : "nothing yet";
    this.state.textContent = this.deadSince || `Live, ${age}`;
    this.state.classList.toggle("dead", Boolean(this.deadSince));
    speak(this.spoken, waiting ? `${waiting} waiting on this board` : "");
  }

  /** @param {Date | null} since @param {string} why */
  showDead(since, why) {
    this.deadSince = since ? `Not live since ${clock(since)}${why ? `: ${why}` : ""}. Trying again.` : "";
    this.board.classList.toggle("stale", Boolean(since));
    this.show();
  }
}

const found = document.querySelector(".board");
if (found instanceof HTMLElement) {
  const board = new Board(found);
  if (found.dataset.live) {
    const line = new LiveLine(found.dataset.live, Number(found.dataset.from), {
      changes: (_, answer) => board.note(answer.columns ?? {}),
      reload: () => board.takeIn(),
      dead: (since, why) => board.showDead(since, why),
    });
    line.open();
  }
  if (found.dataset.moves) keepComparing(() => board.compare());
  const pane = { open: () => {}, close: () => false, isOpen: () => false };
  startKeys(found, { takeIn: () => board.takeIn(), pane, more: {} });
}
