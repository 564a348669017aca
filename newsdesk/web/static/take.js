// @ts-check
/** "Copy" puts a dispatch's text on the clipboard; without a clipboard the form opens it as a page of plain text. */

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches(".take-form") || event.submitter?.getAttribute("value") !== "copy") return;
  if (!navigator.clipboard) return;
  event.preventDefault();
  const values = new FormData(form);
  const body = { dispatch: values.get("dispatch"), version: Number(values.get("version")) || null };
  try {
    const answer = await fetch("/api/v1/takes", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
    });
    const read = await answer.json();
    if (!answer.ok) throw new Error(read.detail);
    await navigator.clipboard.writeText(read.text);
    const others = read.others.map((/** @type {{who: string}} */ one) => one.who);
    say(form, `Copied, and noted as used by you.${others.length ? ` Also used by ${others.join(", ")}.` : ""}`);
    form.dispatchEvent(new CustomEvent("taken", { bubbles: true }));
  } catch (error) {
    say(form, `Not copied: ${error instanceof Error ? error.message : ""}`);
  }
});

// The dispatch's own page: a take marks it as used, which its buttons and lines say. Beside a list the pane reads itself again.
document.addEventListener("taken", async (event) => {
  const desk = event.target instanceof Element && event.target.closest("main:not(:has(#results)) .mark-desk");
  if (!desk) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".mark-desk");
    for (const name of [".mark-buttons", ".mark-lines"]) {
      const [old, now] = [desk.querySelector(name), fresh?.querySelector(name)];
      if (old && now) old.replaceChildren(...now.childNodes);
      else if (now) desk.append(now);
    }
  } catch {
    // the marks are in the store; the page shows them when it is loaded again
  }
});

/** @param {HTMLFormElement} form @param {string} text */
function say(form, text) {
  let place = form.querySelector(".taken");
  if (!place) {
    place = document.createElement("span");
    place.className = "taken";
    place.setAttribute("role", "status");
    form.append(place);
  }
  place.textContent = text;
}
