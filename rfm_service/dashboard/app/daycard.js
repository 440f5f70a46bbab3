// What a card says of today's list: why and what to do, what a contact brings, or why the customer is not on it.
async function copied(text, beside) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { value: text, class: "unseen", "aria-hidden": "true", tabindex: -1 });
    beside.after(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    beside.focus();
    return done;
  }
}

/** A button that copies a text, and says whether it could. */
function copyButton(text) {
  const button = el("button", { type: "button", class: "button copy", onclick: async () => {
    said.textContent = await copied(text, button) ? t("Copied.") : t("This browser does not let the page copy: select the text.");
  } }, t("Copy"));
  const said = el("span", { class: "muted", role: "status" });
  return [button, said];
}

function gainTable(at) {
  const facts = rfm.gainFacts(at);
  return el("dl", { class: "facts gain" }, facts.map(([name, value], each) => [
    el("dt", {}, each === facts.length - 1 ? el("b", {}, name) : name), el("dd", {}, each === facts.length - 1 ? el("b", {}, value) : value)]));
}

function listedPart(at) {
  const text = rfm.actionText(at);
  return [el("p", { class: "moved" }, rfm.priorityMark(at), " ", rfm.reasonText(at)),
    el("h4", {}, rfm.heading("action")), el("p", { class: "to-do" }, text), el("p", {}, copyButton(text)),
    el("h4", {}, t("What a contact brings in 30 days, on average")), gainTable(at)];
}

rfm.cardPart(row => {
  const at = rfm.placeOnList(row);
  const title = t("Today's list, {day}", { day: rfm.format.day(rfm.listDay()) });
  return el("section", { class: "of-today" }, el("h3", {}, title),
    at === undefined ? el("p", { class: "off-list" }, rfm.offListText(row)) : listedPart(at));
});
