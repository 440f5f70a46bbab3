// The tab of the day: whom to contact, why and what to do, with a tick for each contact; goods to look at.
const FILTERS = ["day_band", "day_tier", "day_tag", "day_growth", "day_channel", "day_manager", "day_mark"];
const QUICK = ["day_band", "day_tier"];
const HEAD_HIGH = 54, MOST_PRINTED = 500;
let today;

const size = () => rfm.columns("worklist").size;
const own = name => rfm.columns("worklist")[name];
const everybody = () => Array.from({ length: size() }, (_, at) => at);
const manager = () => rfm.columns("customers").manager;

/** What each filter looks at: the value of a place on the list. */
const VALUES = {
  day_band: at => String(rfm.bandOf(at)), day_tier: at => own("value_tier").text(at), day_tag: at => own("risk_tag").text(at),
  day_growth: at => own("growth").text(at), day_channel: at => own("channel").text(at), day_manager: at => manager().text(ownerOf(at)),
  day_mark: at => rfm.outcomeSince(ownerOf(at), rfm.listDay()) };

function bandText(number) {
  const { bands } = rfm.facts.worklist;
  const [low, above] = [bands[number], bands[number - 1]].map(border => border !== undefined && rfm.format.number(border));
  if (!above) return t("{low} and more", { low });
  return low ? t("{low} to {high}", { low, high: rfm.format.number(bands[number - 1] - 1) }) : t("below {high}", { high: above });
}

/** What a value of a filter is called. */
function named(key, value) {
  if (key === "day_band") return bandText(Number(value));
  if (key === "day_mark") return { ...rfm.outcomeNames(), none: t("Not contacted yet") }[value];
  if (key === "day_tag") return rfm.label("risk_tag", value) || t("nothing special");
  const labels = { day_tier: "value_tier", day_growth: "growth" }[key];
  return labels ? rfm.label(labels, value) : value || t("not stated");
}

/** How many of the list have each value: labels in their order, else the most first. */
function counted(key) {
  const counts = new Map();
  for (const at of everybody()) counts.set(VALUES[key](at), (counts.get(VALUES[key](at)) ?? 0) + 1);
  const labels = { day_tier: "value_tier", day_tag: "risk_tag", day_growth: "growth" }[key];
  const order = labels ? Object.keys(rfm.labels(labels)) : key === "day_band" ? ["0", "1", "2", "3"] : null;
  const place = value => (order.includes(value) ? order.indexOf(value) : order.length);
  return [...counts].map(([value, count]) => ({ value, count })).sort((one, other) => (
    order ? place(one.value) - place(other.value) : other.count - one.count));
}

/** The values that a state asks for, of one filter or another. */
function filtered(state) {
  const asked = FILTERS.filter(key => state[key]?.length).map(key => [VALUES[key], new Set(state[key])]);
  return at => asked.every(([of, wanted]) => wanted.has(of(at)));
}

/** Whether the customer or what it mostly buys holds every word. */
function worded(query) {
  const found = wordsOf(query ?? "").map(word => {
    const goods = own("favourite").values.map(value => placeOf(sought(value), word) >= 0);
    return { customers: hitsOf(word), goods };
  });
  return at => found.every(({ customers, goods }) => customers[ownerOf(at)] || goods[own("favourite").codes[at]]);
}

/** How many customers that are not on the list have what is searched. */
function others(query) {
  const mask = searched(query);
  if (!mask) return 0;
  return mask.reduce((sum, hit, row) => sum + (hit && rfm.placeOnList(row) === undefined ? 1 : 0), 0);
}

function quickButtons(key) {
  return el("div", { class: "switched", role: "group", "aria-label": rfm.filterHeading(key) },
    el("span", { class: "chooser-name", "aria-hidden": "true" }, rfm.filterHeading(key)),
    counted(key).map(({ value, count }) => el("button", { type: "button", class: "button", "data-filter": key, value,
      onclick: () => rfm.change({ [key]: rfm.toggled(rfm.state[key], value, !rfm.state[key]?.includes(value)) }) },
    named(key, value), el("small", {}, ` ${rfm.format.number(count)}`))));
}

/** Show on buttons and boxes which values are asked for. */
function showAsked(state) {
  for (const each of document.querySelectorAll("#panel-today [data-filter]")) {
    const on = Boolean(state[each.dataset.filter]?.includes(each.value));
    if (each.type === "checkbox") each.checked = on;
    else each.setAttribute("aria-pressed", String(on));
  }
}

function chips(state) {
  const found = FILTERS.filter(key => state[key]?.length && !QUICK.includes(key)).map(key => rfm.chip(
    `${rfm.filterHeading(key)}: ${state[key].map(value => named(key, value)).join(", ")}`, { [key]: undefined }));
  const on = FILTERS.filter(key => state[key]?.length);
  if (on.length) found.push(rfm.chip(t("All filters"), Object.fromEntries(on.map(key => [key, undefined]))));
  return found;
}

function countedText(rows) {
  const told = rows.length === size() ? plural("{count} customer", "{count} customers", rows.length)
    : plural("{count} customer of {all}", "{count} customers of {all}", rows.length, { all: rfm.format.number(size()) });
  const money = rows.reduce((sum, at) => sum + own("expected").numbers[at], 0);
  return `${told} · ${t("contacts bring {money}", { money: rfm.format.money(money) })}`;
}

function tableHigh(rows, high) {
  today.grid.element.style.setProperty("--whole", `${HEAD_HIGH + rows.length * high + 20}px`);
}

function refresh(state, before) {
  const again = before && ["day_q", "day_sort", ...FILTERS].some(key => String(state[key]) !== String(before[key]));
  const [fits, holds] = [filtered(state), worded(state.day_q)];
  const sort = state.day_sort || "-priority";
  const rows = rfm.orderedList(sort).filter(at => fits(at) && holds(at));
  const { columns, high } = rfm.listLayout();
  if (again) today.grid.rewind();
  today.rows = rows;
  today.grid.high = high;
  tableHigh(rows, high);
  rfm.shownRows = Uint32Array.from(rows, ownerOf);
  today.grid.element.hidden = !rows.length;
  today.grid.show(columns, Uint32Array.from(rows), sort);
  tell(state, rows);
  if (again) rfm.announce(today.counted.textContent);
}

/** What stands over the table. */
function tell(state, rows) {
  const done = rows.filter(rfm.doneOnList).length;
  today.counted.textContent = countedText(rows);
  today.done.textContent = t("done {done} of {count}", { done: rfm.format.number(done), count: rfm.format.number(rows.length) });
  today.bar.value = rows.length ? done / rows.length : 0;
  today.chips.replaceChildren(...chips(state));
  showAsked(state);
  today.nothing.hidden = rows.length > 0;
  today.nothing.textContent = size() ? t("Nobody like this is on the list.") : t("Nobody has to be contacted today.");
  tellOthers(state.day_q);
  const search = document.getElementById("today-search");
  if (search.value !== (state.day_q ?? "") && document.activeElement !== search) search.value = state.day_q ?? "";
}

/** Whom else the search finds: they are a click away. */
function tellOthers(query) {
  const count = others(query);
  today.others.hidden = !count;
  today.others.textContent = plural("Also found: {count} customer who is not on today's list",
    "Also found: {count} customers who are not on today's list", count);
}

function sortBy(column) {
  const [usual, other] = column.numeric ? [`-${column.id}`, column.id] : [column.id, `-${column.id}`];
  const now = rfm.state.day_sort || "-priority";
  rfm.change({ day_sort: now === usual ? other : usual }, { quietly: true });
}

/** On a phone, which has no headings. */
function sortChooser() {
  const sorts = ["-priority", "-expected", "-recency_days", "customer"];
  return el("div", { class: "list-sort" }, rfm.chooser(t("Sort by"), sorts.map(id => [id, rfm.heading(id.replace("-", ""))]),
    rfm.state.day_sort || "-priority", id => rfm.change({ day_sort: id }, { quietly: true })));
}

function searchBox() {
  return el("label", { class: "search" }, rfm.unseen(t("Search")), el("input", {
    id: "today-search", type: "search", value: rfm.state.day_q ?? "", autocomplete: "off", spellcheck: "false",
    placeholder: t("Name, sales manager, product, number of an order or document"),
    oninput: event => rfm.change({ day_q: event.target.value || undefined }, { quietly: true }),
    onkeydown: event => event.key === "ArrowDown" && today.grid.element.focus() }));
}

/** The list as a file: whom to reach and how, then the columns that are shown. */
function contactsFile() {
  const all = new Map(rfm.listColumns().map(column => [column.id, column]));
  const first = ["customer", "phone", "email", "manager"].filter(id => all.has(id));
  const ids = [...new Set([...first, ...rfm.shownListColumns().map(({ id }) => id), "mark"])];
  const { customer_id: number } = rfm.columns("customers");
  const lines = [[...ids.map(id => rfm.guarded(all.get(id).heading())), rfm.guarded(rfm.heading("customer_id"))]];
  for (const at of today.rows) lines.push([...ids.map(id => all.get(id).csv(at)), rfm.guarded(number.text(ownerOf(at)))]);
  return rfm.csvFile(lines.map(cells => cells.join(";")));
}

function saveContacts() {
  rfm.save(`contacts-${rfm.format.iso(rfm.listDay())}.csv`, contactsFile(), "text/csv;charset=utf-8");
  rfm.announce(plural("{count} row saved", "{count} rows saved", today.rows.length));
}

function drawFilters(panel) {
  const boxes = FILTERS.map(key => [key, counted(key)]).filter(([, counts]) => counts.length > 1);
  panel.replaceChildren(el("div", { class: "boxes" }, boxes.map(([key, counts]) => rfm.choiceBoxes(key, counts, value => named(key, value)))));
}

/** What there is of the list beside what the page holds. */
function limitNote() {
  const { customers } = rfm.facts.worklist;
  return customers > size() ? el("p", { class: "note" }, t("The list has {all} customers: here are the first {count}.",
    { all: rfm.format.number(customers), count: rfm.format.number(size()) })) : null;
}

const goToAlerts = () => {
  const alerts = document.getElementById("alerts");
  alerts.scrollIntoView({ block: "start" });
  alerts.focus({ preventScroll: true });
};

function tools(buttons) {
  return el("div", { class: "tools" }, searchBox(), buttons,
    el("button", { type: "button", class: "button", id: "save-contacts", onclick: saveContacts }, t("Save contacts as CSV")),
    el("button", { type: "button", class: "button", onclick: goToAlerts }, t("Products to work on")));
}

/** The list on paper, which shows no row that is made while one scrolls. */
function printed() {
  const columns = rfm.shownListColumns();
  return el("div", { id: "printed" }, el("h2", {}, t("Whom to contact on {day}", { day: rfm.format.day(rfm.listDay()) })),
    rfm.tabled({ caption: t("Today"), heads: columns.map(({ heading, numeric }) => ({ text: heading(), numeric })),
      rows: today.rows.slice(0, MOST_PRINTED).map(at => columns.map(column => column.text(at))) }));
}

window.addEventListener("beforeprint", () => {
  if (rfm.shownTab() === "today" && today && !dialog.open) today.grid.element.before(printed());
});
NARROW_LIST.addEventListener("change", () => today && rfm.shownTab() === "today" && refresh(rfm.state));

function parts() {
  return {
    grid: new Grid({ label: t("Today"), name: "listed", sort: sortBy, open: at => rfm.openCustomer(ownerOf(at)),
      tick: at => rfm.tick(ownerOf(at), rfm.listDay()), dress: (row, at) => row.classList.toggle("done", rfm.doneOnList(at)) }),
    counted: el("p", { class: "counted", id: "today-counted" }), done: el("p", { class: "counted", id: "today-done" }),
    bar: el("progress", { max: 1, value: 0, "aria-labelledby": "today-done" }), chips: el("ul", { class: "chips" }),
    others: el("button", { type: "button", class: "text-button", id: "today-others", hidden: true,
      onclick: () => rfm.filter({ q: rfm.state.day_q }) }),
    nothing: el("p", { class: "nothing", hidden: true }), rows: [] };
}

rfm.tab("today", {
  title: () => t("Today"),
  show(element) {
    element.classList.add("today-tab");
    today = parts();
    const { buttons, panels } = rfm.panels("today-", {
      filters: { text: t("Filters"), draw: drawFilters },
      columns: { text: t("Columns"), draw: panel => rfm.drawColumnBoxes(panel, { all: rfm.listColumns, shown: rfm.shownListColumns, key: "day_cols" }) },
      marks: { text: t("Marks"), draw: panel => rfm.drawMarks(panel, "today-") } });
    element.append(
      el("div", { class: "list-title" }, el("h2", {}, t("Whom to contact on {day}", { day: rfm.format.day(rfm.listDay()) })),
        el("p", { class: "note" }, t("Morning: filter “{high}”. Afternoon: tick, look at the products, save.", { high: rfm.label("value_tier", "high") }))),
      tools(buttons), ...panels, el("div", { class: "quick" }, QUICK.map(quickButtons)),
      el("div", { class: "found" }, today.counted, el("span", { class: "done-count" }, today.done, today.bar), today.others, today.chips, sortChooser()),
      limitNote() ?? "", today.nothing, today.grid.element, rfm.alertCards());
    refresh(rfm.state);
  },
  changed: refresh,
});
