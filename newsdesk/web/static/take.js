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
