// @ts-check
/** Marks in the list: by key or by the bar of the chosen rows, without loading the list again. */

import { current } from "./keys.js";

/** @typedef {{kind: string, text: string, tone: string, title: string}} Chip */
/** @typedef {{dispatch: string, own: string[], chips: Chip[]}} Marked */

const KINDS = ["seen", "saved", "used", "spiked"];
const LOOKED_MS = 2_000; // beside the list, until a dispatch counts as seen

/** @param {HTMLElement} hits @param {import("./keys.js").Pane} pane @returns {Record<string, () => unknown>} acts by key */
export function startMarks(hits, pane) {
  let lastBox = -1;
  let looking = 0;

  const mayMark = () => Boolean(hits.querySelector("#marking"));
  const boxes = () => /** @type {HTMLInputElement[]} */ ([...hits.querySelectorAll(".chosen")]);
  const chosen = () => boxes().filter((box) => box.checked).map((box) => box.value);
  /** @param {string} id @returns {HTMLElement | null} */
  const rowOf = (id) => hits.querySelector(`.hit[data-id="${CSS.escape(id)}"]`);

  /** @param {string} kind @param {string[]} ids @param {boolean} sets @param {{how?: "look"}} [more] */
  async function send(kind, ids, sets, more = {}) {
    if (!ids.length || !mayMark()) return;
    try {
      const answer = await fetch(`/api/v1/marks${sets ? "" : "/undo"}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ kind, dispatches: ids, ...more }),
      });
      const read = await answer.json();
      if (!answer.ok) throw new Error(read.detail);
      for (const item of read.items) show(rowOf(item.dispatch), item);
      note("");
      hits.dispatchEvent(new CustomEvent("marked"));
    } catch (error) {
      note(`Not marked${error instanceof Error && error.message ? `: ${error.message}` : ""}`);
    }
  }

  /** Set a mark on the chosen rows, or on the row with the focus; take it back where all of them have it. @param {string} kind */
  async function toggle(kind) {
    const row = current(hits);
    const ids = chosen().length ? chosen() : row ? [row.dataset.id ?? ""] : [];
    await send(kind, ids, !ids.every((id) => rowOf(id)?.classList.contains(`is-${kind}`)));
  }

  /** @param {string} text */
  function note(text) {
    let place = hits.querySelector(".mark-note");
    if (!place) {
      place = document.createElement("p");
      place.className = "mark-note";
      place.setAttribute("role", "alert");
      hits.append(place);
    }
    place.textContent = text;
  }

  hits.addEventListener("click", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || !box.matches(".chosen")) return;
    const all = boxes();
    const place = all.indexOf(box);
    if (event.shiftKey && lastBox >= 0) {
      const [from, to] = place < lastBox ? [place, lastBox] : [lastBox, place];
      for (const one of all.slice(from, to + 1)) one.checked = box.checked;
    }
    lastBox = place;
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("#marking, .pane .mark-buttons")) return;
    const [deed, kind] = (event.submitter?.getAttribute("value") ?? "").split(":");
    if (!KINDS.includes(kind)) return;
    event.preventDefault();
    const ids = form.id ? chosen() : [new FormData(form).get("dispatch")?.toString() ?? ""];
    await send(kind, ids, deed === "mark");
    if (form.id) for (const box of boxes()) box.checked = false;
    else pane.open(ids[0]);
  });

  hits.addEventListener("reading", (event) => {
    clearTimeout(looking);
    const id = /** @type {CustomEvent<string>} */ (event).detail;
    if (rowOf(id)?.classList.contains("is-seen")) return;
    looking = window.setTimeout(() => pane.isOpen() && send("seen", [id], true, { how: "look" }), LOOKED_MS);
  });

  return {
    seen: () => toggle("seen"),
    save: () => toggle("saved"),
    use: () => toggle("used"),
    spike: () => toggle("spiked"),
    choose: () => {
      const box = current(hits)?.querySelector(".chosen");
      if (box instanceof HTMLInputElement) box.click();
    },
  };
}

/** @param {HTMLElement | null} row @param {Marked} marked */
function show(row, marked) {
  if (!row) return;
  for (const kind of KINDS) row.classList.toggle(`is-${kind}`, marked.own.includes(kind));
  row.querySelector(".marks")?.remove();
  if (!marked.chips.length) return;
  const place = document.createElement("span");
  place.className = "marks";
  place.dir = "ltr";
  for (const { text, tone, title } of marked.chips) {
    const chip = document.createElement("span");
    chip.className = `chip ${tone}`;
    Object.assign(chip, { textContent: text, title });
    place.append(chip);
  }
  row.querySelector("h2 a")?.before(place);
}
