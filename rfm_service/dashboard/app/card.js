// The card of one customer, beside the table: who, orders, rhythm, segments and why, forecast, marks.
const dialog = el("dialog", { class: "card", "aria-labelledby": "card-name" });
const LEAST_CHANCE = 0.15 * CHANCE_SCALE; // below it a day would only mislead
const extras = [];
let opened = null;

document.body.append(dialog);
dialog.addEventListener("close", () => rfm.state.customer && rfm.change({ customer: undefined }));
dialog.addEventListener("click", event => event.target === dialog && dialog.close());

/** Add a part to the card: called with the row, gives an element or nothing. */
rfm.cardPart = part => extras.push(part);

rfm.openCustomer = row => rfm.change({ customer: rfm.columns("customers").customer_id.text(row) });

const part = (title, ...children) => el("section", {}, el("h3", {}, title), ...children);

function fact(name, value) {
  return value ? [el("dt", {}, name), el("dd", {}, value)] : [];
}

function who(row) {
  const told = id => (rfm.columns("customers")[id] ? rfm.column(id).text(row) : "");
  const email = rfm.columns("customers").email?.text(row);
  const phone = rfm.columns("customers").phone?.text(row);
  return el("dl", { class: "facts" },
    fact(rfm.heading("manager"), told("manager")), fact(rfm.heading("category"), told("category")),
    fact(rfm.heading("phone"), phone && rfm.phoneLink(phone)),
    fact(rfm.heading("email"), email && el("a", { href: `mailto:${encodeURIComponent(email).replace("%40", "@")}` }, email)),
    ["frequency", "monetary", "recency_days", "tier", "value", "risk", "abc", "xyz", "cohort", "orders_ever", "revenue_ever"]
      .flatMap(id => fact(rfm.heading(id), told(id))));
}

/** Since when the customer is in the segment, as far as nights are kept. */
function since(row) {
  const [newest] = rfm.historyOf(row);
  return newest ? t("since {day}", { day: rfm.format.day(newest.day) }) : "";
}

function segment(row) {
  const id = rfm.columns("customers").segment.text(row);
  const move = rfm.moveOf(row);
  return part(t("Segment"),
    el("p", { class: "segment" }, rfm.segmentMark(id), " ", el("span", { class: "muted" }, since(row)), rfm.advice(id)),
    move ? el("p", { class: "moved" }, t("Last night: {sentence}", { sentence: move })) : null,
    el("h4", {}, t("Why this segment")), el("ul", { class: "why" }, rfm.whyTexts(row).map(text => el("li", {}, text))),
    el("table", { class: "scores" }, el("caption", { class: "unseen" }, t("Scores")), el("tbody", {},
      rfm.scoreTexts(row).map(({ name, score, text }) => el("tr", {}, el("th", { scope: "row" }, `${name} ${score}`), el("td", {}, text))))));
}

function pastSegments(row) {
  const found = rfm.historyOf(row);
  return part(t("Segments of the last half year"), found.length
    ? el("ol", { class: "history" }, found.map(({ day, from, to, cause }) => el("li", {},
      el("time", {}, rfm.format.day(day)), " ", rfm.segmentMark(from), " → ", rfm.segmentMark(to), " ",
      el("span", { class: "muted" }, rfm.label("cause", cause)))))
    : el("p", { class: "muted" }, t("No change is known.")));
}

function orderRow({ day, number, documents, amount, items, returned, counts }) {
  const notes = [returned && t("with a return"), !counts && t("does not count as a purchase")].filter(Boolean).join(", ");
  return el("tr", { class: counts ? "" : "apart" }, el("td", {}, rfm.format.date(day)), el("td", { class: "code" }, number),
    el("td", { class: "code" }, documents.join(", ")), el("td", { class: "number" }, rfm.format.units(amount, 2)),
    el("td", { class: "number" }, rfm.format.number(items / 1000, items % 1000 ? 2 : 0)), el("td", {}, notes));
}

function orderTable(row) {
  const found = rfm.ordersOf(row);
  const headings = [t("Date"), t("Order"), t("Documents"), t("Sum, {currency}", { currency: rfm.sign() }), t("Pieces"), t("Remark")];
  return part(plural("Orders of the last {count} day", "Orders of the last {count} days", rfm.facts.window_days), rfm.rhythm(row),
    el("div", { class: "scrolled", tabindex: 0, role: "region", "aria-label": t("Orders") }, el("table", { class: "orders" },
      el("thead", {}, el("tr", {}, headings.map((text, at) => el("th", { scope: "col", class: at === 3 || at === 4 ? "number" : "" }, text)))),
      el("tbody", {}, found.map(orderRow)))));
}

function forecast(row) {
  const { p30, p90, due } = rfm.columns("customers");
  if (p90.numbers[row] < 0) return null;
  const told = id => rfm.column(id).text(row);
  const chance = column => rfm.format.percent(column.numbers[row] / CHANCE_SCALE);
  const money = id => rfm.format.money(rfm.columns("customers")[id].numbers[row]);
  return part(t("Forecast"),
    rfm.facts.gate.passed ? null : el("p", { class: "note" }, t("Too little is stored yet for a forecast to be relied on.")),
    el("dl", { class: "facts" },
      fact(t("Orders within 30 days"), `${chance(p30)}, ${t("{money} on average", { money: money("spend30") })}`),
      fact(t("Orders within 90 days"), `${chance(p90)}, ${t("{money} on average", { money: money("spend90") })}`),
      due.numbers[row] && p90.numbers[row] >= LEAST_CHANCE ? fact(t("If it orders again"), t("about {day}, most often between {from} and {to}", {
        day: told("due"), from: told("due_from"), to: told("due_to") })) : []));
}

function step(row, by) {
  const at = rfm.shownRows.indexOf(row);
  const next = at < 0 ? undefined : rfm.shownRows[at + by];
  return el("button", { type: "button", class: "button", disabled: next === undefined,
    onclick: () => rfm.change({ customer: rfm.columns("customers").customer_id.text(next) }, { quietly: true }) },
  el("span", { "aria-hidden": "true" }, by < 0 ? "‹" : "›"), el("span", { class: "unseen" }, by < 0 ? t("The customer before") : t("The next customer")));
}

function draw(row) {
  dialog.replaceChildren(
    el("header", {}, el("h2", { id: "card-name", tabindex: -1 }, rfm.column("customer").text(row)),
      el("div", { class: "steps" }, step(row, -1), step(row, 1),
        el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("Close")))),
    el("div", { class: "parts" }, who(row), ...extras.map(extra => extra(row) ?? ""), segment(row), orderTable(row),
      pastSegments(row), forecast(row) ?? ""));
  dialog.scrollTop = 0;
}

rfm.watch(({ customer }) => {
  const row = customer ? rfm.columns("customers").customer_id.rowsOf([customer]).get(customer) : undefined;
  const key = row === undefined ? null : `${rfm.language} ${row}`;
  if (key === opened) return;
  opened = key;
  if (row === undefined) {
    if (dialog.open) dialog.close();
    if (customer) rfm.announce(t("This customer is not on the page."));
    return;
  }
  draw(row);
  if (!dialog.open) dialog.showModal();
  document.getElementById("card-name").focus();
});
