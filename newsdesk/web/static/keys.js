// @ts-check
/** Keys for everything in the list, with a sheet that lists and changes them. None fires while somebody types. */

/** @typedef {{open: (id: string) => void, close: () => boolean, isOpen: () => boolean}} Pane */

/** @typedef {{action: string, key: string, label: string}} Key */

const ROW = ".hit, .board li[data-id]"; // of a list, of a board
const LINK = "h2 a, h3 a"; // to the dispatch of a row
const BEFORE = "keys"; // where earlier releases kept changed keys, in the browser

/** The keys of this reader, as the page names them. @param {HTMLElement} hits @returns {Key[]} */
function readKeys(hits) {
  const rows = /** @type {[string, string, string][]} */ (JSON.parse(hits.dataset.keys ?? "[]"));
  return rows.map(([action, key, label]) => ({ action, key, label }));
}

/** @param {HTMLElement} hits @param {{takeIn: () => unknown, pane: Pane, more: Record<string, () => unknown>}} parts */
export function startKeys(hits, { takeIn, pane, more }) {
  const keys = readKeys(hits);
  const sheet = makeSheet(keys);
  moveKept(keys);
  /** @type {Record<string, () => unknown>} */
  const acts = {
    ...more,
    next: () => step(hits, 1, pane),
    previous: () => step(hits, -1, pane),
    pane: () => pane.open(current(hits)?.dataset.id ?? firstId(hits)),
    page: () => openPage(current(hits)),
    take: takeIn,
    search: () => focusOn("#q"),
    filters: () => focusOn("#filters a"),
    help: () => sheet.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || sheet.open || isTyping(event.target)) return;
    if (event.key === "Escape" && pane.close()) return;
    const action = keys.find(({ key }) => key === event.key)?.action;
    if (!action || !(action in acts)) return;
    event.preventDefault();
    acts[action]();
  });
}

/** A box to tick takes no letters. @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox]), textarea, select"));
}

/** @param {string} selector */
function focusOn(selector) {
  const found = document.querySelector(selector);
  if (found instanceof HTMLElement) found.focus();
}

/** The row with the focus. @param {HTMLElement} hits @returns {HTMLElement | null} */
export function current(hits) {
  const row = document.activeElement?.closest(ROW) ?? hits.querySelector(".hit.read");
  return row instanceof HTMLElement ? row : null;
}

/** Not by a click: on a wide screen that opens the dispatch beside the list. @param {HTMLElement | null} row */
function openPage(row) {
  const link = row?.querySelector(LINK);
  if (link instanceof HTMLAnchorElement) location.assign(link.href);
}

/** @param {HTMLElement} hits */
const firstId = (hits) => hits.querySelector(".hit")?.getAttribute("data-id") ?? "";

/** @param {HTMLElement} hits @param {number} by @param {Pane} pane */
function step(hits, by, pane) {
  const rows = [...hits.querySelectorAll(ROW)];
  const row = current(hits);
  const place = row ? rows.indexOf(row) + by : by > 0 ? 0 : rows.length - 1;
  const link = rows[Math.min(Math.max(place, 0), rows.length - 1)]?.querySelector(LINK);
  if (!(link instanceof HTMLElement)) return;
  link.focus();
  if (pane.isOpen()) pane.open(link.closest(".hit")?.getAttribute("data-id") ?? "");
}

/** The sheet of keys: each is a box with one letter, to be typed over. @param {Key[]} keys @returns {HTMLDialogElement} */
function makeSheet(keys) {
  const sheet = document.createElement("dialog");
  sheet.className = "keys";
  sheet.setAttribute("aria-labelledby", "keys-title");
  const title = document.createElement("h2");
  title.id = "keys-title";
  title.textContent = "Keys";
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  const list = document.createElement("dl");
  for (const key of keys) list.append(...makeEntry(key, (box) => changeKey(keys, key, box, said)));
  const note = document.createElement("p");
  note.textContent = "Type another letter into a box to change a key. Esc closes this sheet and what is open beside the list.";
  const more = document.createElement("p");
  const link = document.createElement("a");
  link.href = "/me";
  link.textContent = "Your settings";
  more.append(link, ": time zone, rows, and all keys as they first were.");
  sheet.append(title, list, said, note, more, makeButton("Close", () => sheet.close()));
  document.body.append(sheet);
  return sheet;
}

/** @param {Key} key @param {(box: HTMLInputElement) => void} change */
function makeEntry({ action, key, label }, change) {
  const term = document.createElement("dt");
  const box = document.createElement("input");
  Object.assign(box, { name: action, maxLength: 1, value: key, autocomplete: "off" });
  box.setAttribute("aria-label", `Key for: ${label}`);
  box.addEventListener("focus", () => box.select());
  box.addEventListener("change", () => change(box));
  term.append(box);
  const words = document.createElement("dd");
  words.textContent = label;
  return [term, words];
}

/** Keep a changed key, unless the service refuses it: then it says why. @param {Key[]} keys @param {Key} key @param {HTMLInputElement} box @param {HTMLElement} said */
async function changeKey(keys, key, box, said) {
  const before = key.key;
  key.key = box.value;
  const refusal = await keepKeys(Object.fromEntries(keys.map((one) => [one.action, one.key])));
  said.textContent = refusal || `Kept: ${key.label}, ${box.value}.`;
  if (refusal) box.value = key.key = before;
}

/** @param {Record<string, string>} keys @returns {Promise<string>} why not; empty once they are kept */
async function keepKeys(keys) {
  try {
    const answer = await fetch("/api/v1/me", {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ keys }),
    });
    return answer.ok ? "" : `Not kept: ${(await answer.json()).detail}`;
  } catch {
    return "Not kept: the service does not answer.";
  }
}

/** Keys that an earlier release kept in this browser are the reader's from now on. @param {Key[]} keys */
async function moveKept(keys) {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(BEFORE) ?? "null");
  } catch {
    kept = null;
  }
  if (!kept) return;
  for (const key of keys) key.key = kept[key.action] ?? key.key;
  if (!(await keepKeys(Object.fromEntries(keys.map((one) => [one.action, one.key]))))) localStorage.removeItem(BEFORE);
}

/** @param {string} words @param {() => void} act */
function makeButton(words, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words;
  button.addEventListener("click", act);
  return button;
}
