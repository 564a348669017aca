// @ts-check
/** What a page says of copy that waits: counts, ages, and a voice for screen readers that does not chatter. */

/** @typedef {{id: string, rev: number, matches: boolean, rose?: string, why?: string, headline?: string}} Change */

const QUIET_MS = 15_000; // between two words to screen readers
const COMPARE_MS = 60_000; // between two looks at a list that time and marks change
const ZONE = document.querySelector("[data-zone]")?.getAttribute("data-zone") ?? "UTC"; // of the times on the page

/** @param {number} count @param {string} one @param {string} many */
const name = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** @param {Date} moment */
export const clock = (moment) => moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: ZONE });

/** @param {Date} moment */
export const day = (moment) => moment.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: ZONE });

/** @param {number} milliseconds */
export function tellAge(milliseconds) {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return "under a minute old";
  if (minutes < 60) return `${minutes} min old`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h old` : `${Math.floor(hours / 24)} days old`;
}

/** @param {HTMLElement} row */
const idOf = (row) => row.dataset.id ?? "";
/** @param {HTMLElement} row */
const roseOf = (row) => row.dataset.rose ?? "";

/** The changes that wait for the rows of one list. */
export class Waiting {
  /** @param {(id: string) => HTMLElement | null} find a row on screen @param {() => HTMLElement[]} list all of them, those that rose last first */
  constructor(find, list) {
    this.find = find;
    this.list = list;
    /** @type {Map<string, Change>} */
    this.changes = new Map();
  }

  get size() {
    return this.changes.size;
  }

  /** Note changes, and mark the rows on screen that they concern: none of them moves. @param {Change[]} changes */
  note(changes) {
    for (const change of changes) {
      const row = this.find(change.id);
      if (row && Number(row.dataset.rev) >= change.rev) continue;
      if (!change.matches) {
        this.changes.delete(change.id);
        if (row) this.changes.set(change.id, change);
      } else if (row ? row.dataset.rose !== change.rose : this.isNews(change)) {
        this.changes.set(change.id, change);
      }
      row?.classList.toggle("left", !change.matches);
      row?.classList.toggle("changed", change.matches && this.changes.has(change.id));
    }
  }

  /** Of a dispatch that is not on screen: one that rose before everything on screen did so unseen, by no news of now. @param {Change} change */
  isNews(change) {
    if (change.rev === 1) return true;
    const oldest = this.list().map(roseOf).sort()[0] ?? "";
    return Boolean(change.why) && (change.rose ?? "") >= oldest;
  }

  /**
   * Note what left or came by no change of its own: time went by, or somebody set a mark.
   * @param {HTMLElement[]} fresh the rows of the list as it is now
   * @param {number} most rows of a list: of a full one, those that others pushed off its end did not leave
   * @param {string[]} known what waited before these rows were read
   */
  compare(fresh, most, known) {
    const now = new Set(fresh.map(idOf));
    const full = fresh.length >= most;
    const oldest = fresh.map(roseOf).sort()[0] ?? "";
    const ordered = fresh.every((row, place) => place === 0 || roseOf(fresh[place - 1]) >= roseOf(row));
    for (const row of this.list()) {
      const left = !now.has(idOf(row)) && (!full || (ordered && roseOf(row) > oldest));
      if (left) this.changes.set(idOf(row), { id: idOf(row), rev: Number(row.dataset.rev), matches: false });
      else if (this.changes.get(idOf(row))?.matches === false) this.changes.delete(idOf(row));
      row.classList.toggle("left", left);
    }
    const end = this.list().map(roseOf).sort()[0] ?? "";
    for (const row of fresh) {
      const came = !this.find(idOf(row)) && (!full || roseOf(row) > end); // others moved up from the next page
      if (came) this.changes.set(idOf(row), { id: idOf(row), rev: 1, matches: true, rose: roseOf(row) });
    }
    for (const id of known) if (!now.has(id) && !this.find(id)) this.changes.delete(id);
  }

  /** `2 new, 1 update, 1 no longer matches`; empty where nothing waits. */
  describe() {
    const all = [...this.changes.values()];
    const left = all.filter((change) => !change.matches).length;
    const updates = all.filter((change) => change.matches && (change.rev > 1 || this.find(change.id))).length;
    const fresh = all.length - left - updates;
    return [
      fresh ? name(fresh, "new", "new") : "",
      updates ? name(updates, "update", "updates") : "",
      left ? `${left.toLocaleString("en")} no longer ${left === 1 ? "matches" : "match"}` : "",
    ]
      .filter(Boolean)
      .join(", ");
  }
}

/** Compare a list again and again, and at once when its window is looked at again. @param {() => unknown} compare */
export function keepComparing(compare) {
  const look = () => document.hidden || compare();
  setInterval(look, COMPARE_MS);
  document.addEventListener("visibilitychange", look);
}

/** The page as it is now. @param {{visits?: boolean}} [options] `visits: false` where nobody looks at it: no visit is noted */
export async function readAgain({ visits = true } = {}) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html", ...(visits ? {} : { "Copytaster-Visit": "none" }) } });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

let spokenAt = 0;
/** At most every 15 s, so that a screen reader does not chatter. @param {HTMLElement} place @param {string} words */
export function speak(place, words) {
  if (!words) place.textContent = "";
  else if (Date.now() - spokenAt > QUIET_MS) {
    place.textContent = words;
    spokenAt = Date.now();
  }
}
