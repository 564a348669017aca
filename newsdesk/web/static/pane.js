// @ts-check
/** The reading pane: a dispatch beside the list, in the place of the filters. */

const WIDE = matchMedia("(min-width: 64rem)");
const KEPT = "pane width";

/** @param {HTMLElement} hits @returns {import("./keys.js").Pane} */
export function startPane(hits) {
  const desk = /** @type {HTMLElement} */ (hits.closest(".desk"));
  const pane = document.createElement("section");
  pane.className = "pane";
  pane.hidden = true;
  pane.setAttribute("aria-label", "Dispatch");
  pane.tabIndex = -1;
  const edge = makeEdge(desk);
  desk.append(edge, pane);
  let [shown, at] = ["", ""]; // the dispatch, and the address of its open tab

  /** @param {string} id */
  async function open(id) {
    if (id) await show(id, `/dispatches/${encodeURIComponent(id)}`);
  }

  /** @param {string} id @param {string} address of one of its tabs */
  async function show(id, address) {
    if (!WIDE.matches) {
      location.assign(address);
      return;
    }
    [shown, at] = [id, address];
    markRow(id);
    desk.classList.add("reading");
    pane.hidden = edge.hidden = false;
    pane.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const article = page.querySelector(".dispatch") ?? page.querySelector("main");
      if (shown === id && article) pane.replaceChildren(makeHead(id), ...prepare(article));
      pane.scrollTop = 0;
      if (shown === id) hits.dispatchEvent(new CustomEvent("reading", { detail: id }));
    } catch {
      pane.replaceChildren(makeHead(id), "The dispatch could not be read.");
    }
    pane.removeAttribute("aria-busy");
  }

  /** Read what is open once more, after something changed it; scroll, focus and what was said about it stay. */
  async function refresh() {
    if (pane.hidden || !shown) return;
    const id = shown;
    markRow(id);
    try {
      const answer = await fetch(at, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const article = page.querySelector(".dispatch");
      if (shown !== id || !answer.ok || !article) return;
      const { scrollTop } = pane;
      const held = pane.contains(document.activeElement) ? findAgain(document.activeElement) : "";
      const said = pane.querySelector(".taken");
      pane.replaceChildren(makeHead(id), ...prepare(article));
      if (said) pane.querySelector(".take-form")?.append(said);
      pane.scrollTop = scrollTop;
      const again = held ? pane.querySelector(held) : null;
      if (again instanceof HTMLElement) again.focus({ preventScroll: true });
    } catch {
      // what is open stays as it is
    }
  }

  /** @param {string} id */
  function markRow(id) {
    for (const row of hits.querySelectorAll(".hit")) row.classList.toggle("read", row.getAttribute("data-id") === id);
  }

  function close() {
    if (pane.hidden) return false;
    pane.hidden = edge.hidden = true;
    desk.classList.remove("reading");
    const link = hits.querySelector(".hit.read h2 a");
    if (link instanceof HTMLElement) link.focus();
    return true;
  }

  /** @param {string} id */
  function makeHead(id) {
    const head = document.createElement("p");
    head.className = "pane-head";
    const link = document.createElement("a");
    link.href = `/dispatches/${encodeURIComponent(id)}`;
    link.textContent = "Open as a page";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Close";
    button.addEventListener("click", close);
    head.append(link, button);
    return head;
  }

  pane.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const link = event.target instanceof Element ? event.target.closest(".tabs a") : null;
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    show(shown, link.href);
  });
  hits.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0 || !WIDE.matches) return;
    const link = event.target instanceof Element ? event.target.closest(".hit h2 a") : null;
    if (!link) return;
    event.preventDefault();
    open(link.closest(".hit")?.getAttribute("data-id") ?? "");
  });
  hits.addEventListener("renewed", refresh);
  pane.addEventListener("taken", refresh);
  return { open, close, isOpen: () => !pane.hidden };
}

/** A selector that finds a button again on a page that was read once more. @param {Element | null} element */
function findAgain(element) {
  const value = element instanceof HTMLButtonElement ? element.value : "";
  return value ? `button[value="${CSS.escape(value)}"]` : "";
}

/** What of a dispatch's page stands in the pane: all but the way back; its links to places on it lead to its page. @param {Element} article */
function prepare(article) {
  article.querySelector(".back")?.remove();
  const title = article.querySelector("h1");
  if (title) {
    const smaller = document.createElement("h2");
    smaller.className = "title";
    for (const { name, value } of title.attributes) smaller.setAttribute(name, value);
    smaller.append(...title.childNodes);
    title.replaceWith(smaller);
  }
  return [...article.children];
}

/** The edge between list and pane, moved by pointer or by arrow keys. @param {HTMLElement} desk */
function makeEdge(desk) {
  const edge = document.createElement("div");
  edge.className = "edge";
  edge.hidden = true;
  edge.tabIndex = 0;
  edge.setAttribute("role", "separator");
  edge.setAttribute("aria-orientation", "vertical");
  edge.setAttribute("aria-label", "Width of the dispatch beside the list");
  /** @param {number} share of the width, in percent */
  const set = (share) => {
    const width = Math.round(Math.min(Math.max(share, 25), 70));
    desk.style.setProperty("--pane", `${width}%`);
    edge.setAttribute("aria-valuenow", String(width));
    try {
      localStorage.setItem(KEPT, String(width));
    } catch {
      // a private window forgets it
    }
  };
  let kept = 45;
  try {
    kept = Number(localStorage.getItem(KEPT)) || kept;
  } catch {
    // as above
  }
  set(kept);
  edge.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: 2, ArrowRight: -2 }[event.key];
    if (!by) return;
    event.preventDefault();
    set(Number(edge.getAttribute("aria-valuenow")) + by);
  });
  edge.addEventListener("pointerdown", (event) => {
    edge.setPointerCapture(event.pointerId);
    const box = desk.getBoundingClientRect();
    /** @param {PointerEvent} moved */
    const move = (moved) => set((100 * (box.right - moved.clientX)) / box.width);
    edge.addEventListener("pointermove", move);
    edge.addEventListener("pointerup", () => edge.removeEventListener("pointermove", move), { once: true });
  });
  return edge;
}
