// The columns of today's list: what a row of it shows, and by what it is ordered.
const HUNDREDTHS = 100;
const LIST_FIRST = ["customer", "priority", "expected", "phone", "recency_days", "reason", "action"];
const NARROW_LIST = matchMedia("(max-width: 640px)");

/** id, kind, width, and: whose labels name its ids (`labels`), which number means that there is none (`none`). */
const LIST_OWN = {
  expected: ["money", 106], risk_tag: ["label", 150, { labels: "risk_tag" }], channel: ["text", 120], favourite: ["text", 190],
  observed_returns: ["percent", 96], personal_cycle: ["number", 108, { none: 0 }], category_cycle: ["number", 108],
  warning_line: ["number", 104], rhythm_line: ["number", 112, { none: 0 }], uplift: ["hundredths", 90], margin: ["money", 100],
  return_rate: ["percent", 104], touch_cost: ["money", 96], value_tier: ["label", 96, { labels: "value_tier" }],
  growth: ["label", 150, { labels: "growth" }], clv: ["number", 110], potential: ["label", 120, { labels: "potential" }] };
const LIST_KINDS = { ...KINDS, hundredths: (values, at) => rfm.format.number(values.numbers[at] / HUNDREDTHS, 2) };

/** A column of the list itself. */
function listColumn(id) {
  const [kind, width, { labels, none } = {}] = LIST_OWN[id];
  const values = rfm.columns("worklist")[id];
  const absent = at => none !== undefined && values.numbers[at] === none;
  const numeric = kind !== "text" && kind !== "label";
  return {
    id, width, numeric, heading: () => rfm.heading(id),
    text: at => (absent(at) ? "" : labels ? rfm.label(labels, values.text(at)) : LIST_KINDS[kind](values, at)),
    csv: at => (absent(at) ? "" : numeric ? plainNumber(kind, values.numbers[at]) : rfm.guarded(labels ? rfm.label(labels, values.text(at)) : values.text(at))),
    order: () => (kind === "text" ? textOrder(`worklist ${id}`, values) : labels ? labelOrder(values, labels) : { keys: values.numbers, none }),
  };
}

function plainNumber(kind, value) {
  if (kind === "number") return String(value);
  return decimal(kind === "money" ? exact(value) : String(value / (kind === "percent" ? CHANCE_SCALE : HUNDREDTHS)));
}

/** A column of the customers, by the rows of the list. */
function ownColumn(id, width) {
  const column = rfm.column(id);
  return {
    id, width, numeric: column.numeric, heading: column.heading, text: at => column.text(ownerOf(at)),
    csv: at => csvCell(column, ownerOf(at)),
    order() {
      const { keys, none } = column.order();
      return { keys: Float64Array.from(listed("row").numbers, row => keys[row]), none };
    },
  };
}

/** A column of sentences. */
function wordy(id, width, text) {
  const size = () => rfm.columns("worklist").size;
  return { id, width, grows: 1, numeric: false, heading: () => rfm.heading(id), text, csv: at => rfm.guarded(text(at)),
    order: () => ({ keys: ranks(`worklist ${id}`, () => Array.from({ length: size() }, (_, at) => text(at))) }) };
}

const BAND_NAMES = ["first", "next", "then", "last"];

/** The number of the band that a priority is in, 0 for the highest. */
rfm.bandOf = at => {
  const border = rfm.facts.worklist.bands.findIndex(low => listed("priority").numbers[at] >= low * HUNDREDTHS);
  return border < 0 ? rfm.facts.worklist.bands.length : border;
};

/** A priority in the colour of its band; whole, so that it does not look to lie in another one. */
rfm.priorityMark = at => el("span", { class: `band band-${BAND_NAMES[rfm.bandOf(at)]}`,
  title: rfm.format.number(listed("priority").numbers[at] / HUNDREDTHS, 2) }, priorityText(at));

const priorityText = at => rfm.format.number(Math.floor(listed("priority").numbers[at] / HUNDREDTHS));

function priority() {
  return { id: "priority", width: 116, numeric: true, heading: () => rfm.heading("priority"), text: priorityText,
    csv: at => plainNumber("hundredths", listed("priority").numbers[at]), order: () => ({ keys: listed("priority").numbers }),
    fill: (cell, at) => cell.replaceChildren(rfm.priorityMark(at)) };
}

/** The tick of a contact, which stays the same element while its row shows one customer after another. */
function tickBox(cell) {
  const words = rfm.unseen("");
  const box = el("input", { type: "checkbox", tabindex: -1, onchange: () => {
    rfm.tick(ownerOf(cell.place), rfm.listDay());
    cell.closest("[role=grid]").focus();
  } });
  return { element: el("label", { class: "tick", title: t("Contacted") }, box, words),
    show: at => {
      cell.place = at;
      box.checked = rfm.doneOnList(at);
      words.textContent = t("Contacted: {customer}", { customer: rfm.column("customer").text(ownerOf(at)) });
    } };
}

/** Whether a customer was contacted since the list was made, by its place on the list. */
rfm.doneOnList = at => rfm.outcomeSince(ownerOf(at), rfm.listDay()) !== "none";

/** What stands small below a name: the sales manager, and a mark. */
const below = at => [rfm.column("manager").text(ownerOf(at)), rfm.column("mark").text(ownerOf(at))].filter(Boolean).join(" · ");

function fillName(cell, at) {
  if (!cell.tick) {
    cell.tick = tickBox(cell);
    cell.name = el("span", { class: "listed-name" });
    cell.more = el("small", {});
    cell.replaceChildren(cell.tick.element, el("span", { class: "listed-who" }, cell.name, cell.more));
  }
  cell.tick.show(at);
  cell.name.textContent = cell.title = rfm.column("customer").text(ownerOf(at));
  cell.more.textContent = below(at);
}

/** All of a row one below another, for a phone. */
function fillCard(cell, at) {
  const row = ownerOf(at);
  const tick = tickBox(cell);
  const phone = rfm.columns("customers").phone?.text(row);
  tick.show(at);
  cell.replaceChildren(
    el("div", { class: "listed-top" }, tick.element, el("span", { class: "listed-name" }, rfm.column("customer").text(row)), rfm.priorityMark(at)),
    el("p", { class: "listed-phone" }, phone ? rfm.phoneLink(phone) : null, el("small", {}, below(at))),
    el("p", { class: "listed-why" }, rfm.reasonText(at)), el("p", { class: "listed-do" }, rfm.actionText(at)));
}

/** The names of the list alone, which are few beside those of all customers. */
const byName = () => ({ keys: ranks("worklist customer", () => Array.from(listed("row").numbers, row => rfm.columns("customers").customer.text(row))) });

let listColumns = null;

/** Every column of the list, in the order in which they are shown. */
rfm.listColumns = () => {
  listColumns ??= [
    { ...ownColumn("customer", 190), grows: 0.4, fill: fillName, order: byName }, priority(), listColumn("expected"),
    ...["phone"].filter(id => rfm.columns("customers")[id]).map(id => ownColumn(id, 146)), ownColumn("recency_days", 98),
    wordy("reason", 300, rfm.reasonText), wordy("action", 250, rfm.actionText), listColumn("risk_tag"), listColumn("value_tier"),
    ownColumn("last_purchase", 100), listColumn("favourite"), ownColumn("frequency", 84), ownColumn("manager", 150), listColumn("channel"),
    ...["growth", "clv", "potential", "observed_returns", "personal_cycle", "category_cycle", "warning_line", "rhythm_line", "uplift",
      "margin", "return_rate", "touch_cost"].map(listColumn),
    ...["email"].filter(id => rfm.columns("customers")[id]).map(id => ownColumn(id, 180)), ownColumn("mark", 150)];
  return listColumns;
};

/** The columns that are shown: those of the address, or the usual ones; on a phone one that holds them all. */
rfm.shownListColumns = () => {
  const all = new Map(rfm.listColumns().map(column => [column.id, column]));
  const chosen = (rfm.state.day_cols ?? []).filter(id => all.has(id));
  const ids = chosen.length ? chosen : LIST_FIRST.filter(id => all.has(id));
  return [...new Set(["customer", ...ids])].map(id => all.get(id));
};

/** What the table is made of. */
rfm.listLayout = () => (NARROW_LIST.matches
  ? { columns: [{ ...rfm.listColumns()[0], id: "card", width: 280, grows: 1, fill: fillCard }], high: 200 }
  : { columns: rfm.shownListColumns(), high: 62 });

/** Places on the list in the order of a sort like "-priority"; equal ones as on the list, those without a value last. */
rfm.orderedList = sort => {
  const { size } = rfm.columns("worklist");
  const found = Array.from({ length: size }, (_, at) => at);
  const column = rfm.listColumns().find(({ id }) => id === sort.replace(/^-/, ""));
  if (!column || sort === "-priority") return found;
  const { keys, none } = column.order();
  const way = sort.startsWith("-") ? -1 : 1;
  const last = at => Number(none !== undefined && keys[at] === none);
  return found.sort((one, other) => last(one) - last(other) || (last(one) ? 0 : way * (keys[one] - keys[other])) || one - other);
};
