// @ts-check
/** The line from the service to an open list: server-sent events, or asking again and again where those are cut. */

/** @typedef {import("./arrivals.js").Change} Change */
/** @typedef {{changes: Change[], columns?: Record<string, Change[]>, complete_to: number, reload?: boolean}} Answer of a board `columns` has the changes */

const SILENCE_MS = 25_000; // the service beats every 10 s
const ASK_MS = 5_000;
const CUTS = 3; // in a row before the page asks instead

export class LiveLine {
  /**
   * @param {string} address of the list's search
   * @param {number} after the change to go on from
   * @param {{changes: (changes: Change[], answer: Answer) => void, reload: () => void, dead: (since: Date | null, why: string) => void}} tell
   */
  constructor(address, after, tell) {
    this.address = address;
    this.after = after;
    this.tell = tell;
    this.heard = new Date();
    this.cuts = 0;
    this.asks = false;
    /** @type {EventSource | null} */
    this.source = null;
    setInterval(() => this.watch(), 5_000);
    addEventListener("online", () => this.open());
  }

  open() {
    this.source?.close();
    if (this.asks) {
      this.ask();
      return;
    }
    const source = new EventSource(`${this.address}&after=${this.after}`);
    this.source = source;
    source.addEventListener("beat", () => this.hear());
    source.addEventListener("changes", (event) => this.take(JSON.parse(event.data)));
    source.addEventListener("trouble", (event) => this.tell.dead(this.heard, JSON.parse(event.data).detail));
    source.addEventListener("error", () => this.cut());
  }

  /** Something came: the line is alive. */
  hear() {
    this.heard = new Date();
    this.cuts = 0;
    this.tell.dead(null, "");
  }

  /** @param {Answer} answer */
  take(answer) {
    this.hear();
    this.after = answer.complete_to;
    if (answer.reload) this.tell.reload();
    else this.tell.changes(answer.changes ?? [], answer);
  }

  /** The line was cut: open it again from where it was, and in the end ask instead. */
  cut() {
    this.source?.close();
    this.cuts += 1;
    this.asks = this.cuts >= CUTS;
    if (this.cuts > 1) this.tell.dead(this.heard, "");
    setTimeout(() => this.open(), this.asks ? ASK_MS : 1_000 * this.cuts);
  }

  async ask() {
    try {
      const answer = await fetch(`${this.address}&after=${this.after}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.take(await answer.json());
    } catch {
      this.tell.dead(this.heard, "");
    }
    setTimeout(() => this.ask(), ASK_MS);
  }

  watch() {
    if (Date.now() - this.heard.getTime() > SILENCE_MS) this.tell.dead(this.heard, "");
  }
}
