// @ts-check
/** Keys for everything in the list, with a sheet that lists and changes them. None fires while somebody types. */

/** @typedef {{open: (id: string) => void, close: () => boolean, isOpen: () => boolean}} Pane */

/** @type {Record<string, {key: string, label: string}>} */
const ACTIONS = {
  next: { key: "j", label: "Next dispatch" },
  previous: { key: "k", label: "Previous dispatch" },
  pane: { key: "o", label: "Read beside the list" },
  page: { key: "p", label: "Open the dispatch's own page" },
  seen: { key: "e", label: "Mark as seen, or not" },
  save: { key: "s", label: "Save, or not" },
  use: { key: "u", label: "Mark as used, or not" },
  spike: { key: "x", label: "Spike, or not" },
  choose: { key: "c", label: "Choose the row, or not" },
  take: { key: "n", label: "Show what arrived" },
  search: { key: "/", label: "Go to the search box" },
  filters: { key: "f", label: "Go to the filters" },
  help: { key: "?", label: "Show these keys" },
};
const KEPT = "keys";

/** @returns {Record<string, string>} action to key */
function readKeys() {
  const keys = Object.fromEntries(Object.entries(ACTIONS).map(([action, { key }]) => [action, key]));
  try {
    return { ...keys, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
  } catch {
    return keys;
  }
}

/** @param {HTMLElement} hits @param {{takeIn: () => unknown, pane: Pane, more: Record<string, () => unknown>}} parts */
export function startKeys(hits, { takeIn, pane, more }) {
  const sheet = makeSheet();
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
    const action = Object.entries(readKeys()).find(([, key]) => key === event.key)?.[0];
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
  const row = document.activeElement?.closest(".hit") ?? hits.querySelector(".hit.read");
  return row instanceof HTMLElement ? row : null;
}

/** Not by a click: on a wide screen that opens the dispatch beside the list. @param {HTMLElement | null} row */
function openPage(row) {
  const link = row?.querySelector("h2 a");
  if (link instanceof HTMLAnchorElement) location.assign(link.href);
}

/** @param {HTMLElement} hits */
const firstId = (hits) => hits.querySelector(".hit")?.getAttribute("data-id") ?? "";

/** @param {HTMLElement} hits @param {number} by @param {Pane} pane */
function step(hits, by, pane) {
  const rows = [...hits.querySelectorAll(".hit")];
  const row = current(hits);
  const place = row ? rows.indexOf(row) + by : by > 0 ? 0 : rows.length - 1;
  const link = rows[Math.min(Math.max(place, 0), rows.length - 1)]?.querySelector("h2 a");
  if (!(link instanceof HTMLElement)) return;
  link.focus();
  if (pane.isOpen()) pane.open(link.closest(".hit")?.getAttribute("data-id") ?? "");
}

/** The sheet of keys: each is a box with one letter, to be typed over. @returns {HTMLDialogElement} */
function makeSheet() {
  const sheet = document.createElement("dialog");
  sheet.className = "keys";
  sheet.setAttribute("aria-labelledby", "keys-title");
  const title = document.createElement("h2");
  title.id = "keys-title";
  title.textContent = "Keys";
  const list = document.createElement("dl");
  for (const [action, { label }] of Object.entries(ACTIONS)) list.append(...makeEntry(action, label));
  const note = document.createElement("p");
  note.textContent = "Type another letter into a box to change a key. Esc closes this sheet and what is open beside the list.";
  const reset = makeButton("Reset all", () => {
    localStorage.removeItem(KEPT);
    for (const box of list.querySelectorAll("input")) box.value = readKeys()[box.name];
  });
  sheet.append(title, list, note, reset, makeButton("Close", () => sheet.close()));
  document.body.append(sheet);
  return sheet;
}

/** @param {string} action @param {string} label */
function makeEntry(action, label) {
  const term = document.createElement("dt");
  const box = document.createElement("input");
  Object.assign(box, { name: action, maxLength: 1, value: readKeys()[action], autocomplete: "off" });
  box.setAttribute("aria-label", `Key for: ${label}`);
  box.addEventListener("focus", () => box.select());
  box.addEventListener("change", () => keepKey(box));
  term.append(box);
  const words = document.createElement("dd");
  words.textContent = label;
  return [term, words];
}

/** Keep a changed key unless another action has it. @param {HTMLInputElement} box */
function keepKey(box) {
  const keys = readKeys();
  const taken = Object.entries(keys).some(([action, key]) => action !== box.name && key === box.value);
  if (!box.value.trim() || taken) {
    box.value = keys[box.name];
    return;
  }
  localStorage.setItem(KEPT, JSON.stringify({ ...keys, [box.name]: box.value }));
}

/** @param {string} words @param {() => void} act */
function makeButton(words, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words;
  button.addEventListener("click", act);
  return button;
}
