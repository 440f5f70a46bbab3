// The tab that tells how everything is counted, with the night's own numbers and those of a chosen customer.
let chosen = null, drawn = null;

function remember({ customer }) {
  chosen = customer || chosen;
}

rfm.watch(remember);

function rowOf(id) {
  return rfm.columns("customers").customer_id.rowsOf([id]).get(id) ?? -1;
}

/** The rules with the numbers of the customer whose card was opened last. */
function ofCustomer() {
  drawn = chosen;
  const row = chosen ? rowOf(chosen) : -1;
  const title = t("With the numbers of a customer");
  if (row < 0) return rfm.piece(title, el("p", {}, t("Open the card of a customer: here will stand why the customer is in the segment, with the customer's own numbers.")),
    rfm.columns("customers").size ? el("button", { type: "button", class: "button", onclick: () => rfm.change({ tab: "customers" }) }, t("To the customers")) : null);
  const { customer, segment } = rfm.columns("customers");
  return rfm.piece(title, el("p", { class: "who" }, el("a", { href: rfm.link({ customer: chosen }) }, customer.text(row) || chosen), ": ", rfm.segmentMark(segment.text(row))),
    el("ul", {}, rfm.whyTexts(row).map(text => el("li", {}, text))),
    el("dl", { class: "counted-facts" }, rfm.scoreTexts(row).map(({ name, score, text }) => el("div", {}, el("dt", {}, `${name} = ${rfm.format.number(score)}`), el("dd", {}, text)))));
}

const part = ([title, facts]) => rfm.piece(title, el("dl", { class: "counted-facts" }, facts.map(([caption, told]) => el("div", {}, el("dt", {}, caption), el("dd", {}, told)))));

rfm.tab("counted", {
  title: () => t("How it is counted"),
  show(element) {
    element.classList.add("told");
    remember(rfm.state);
    element.append(el("div", { class: "own-numbers" }, ofCustomer()), el("div", { class: "counted-parts" }, rfm.said().counted.map(part)));
  },
  changed(state) {
    remember(state);
    if (drawn !== chosen) document.querySelector("#panel-counted .own-numbers").replaceChildren(ofCustomer());
  },
});
