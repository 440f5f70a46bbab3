// The tab of customers: search, filters, columns, and the table.
const FILTERS = ["segment", "tier", "value", "risk", "abc", "xyz", "manager", "category", "mark"];
let customers;

/** The rows that are shown now. */
rfm.shownRows = new Uint32Array(0);

function searchBox() {
  return el("label", { class: "search" }, el("span", { class: "unseen" }, t("Search")),
    el("input", {
      id: "search", type: "search", value: rfm.state.q ?? "", autocomplete: "off", spellcheck: "false",
      placeholder: t("Name, e-mail, sales manager, number of an order or document"),
      oninput: event => rfm.change({ q: event.target.value || undefined }, { quietly: true }),
      onkeydown: event => event.key === "ArrowDown" && customers.grid.element.focus() }));
}

function rangeBoxes(key) {
  const ends = rfm.state[key] ?? [null, null];
  const end = (at, text) => el("label", {}, text, el("input", {
    type: "number", step: "any", value: ends[at] ?? "", onchange: event => {
      const now = [...(rfm.state[key] ?? [null, null])];
      now[at] = event.target.value === "" ? null : Number(event.target.value);
      rfm.change({ [key]: now[0] === null && now[1] === null ? undefined : now });
    } }));
  return el("fieldset", { class: "range" }, el("legend", {}, rfm.heading(key)), end(0, t("from")), end(1, t("to")));
}

function drawFilters(panel) {
  const boxes = FILTERS.map(key => [key, rfm.choiceCounts(key)]).filter(([, counts]) => counts.length > 1)
    .map(([key, counts]) => rfm.choiceBoxes(key, counts, value => (key === "segment" ? rfm.segmentMark(value) : rfm.choiceLabel(key, value))));
  const moved = rfm.facts.previous_as_of === null ? null : el("label", { class: "check" },
    el("input", { type: "checkbox", checked: Boolean(rfm.state.moved),
      onchange: event => rfm.change({ moved: event.target.checked ? "1" : undefined }) }),
    el("span", {}, t("Changed segment last night")));
  panel.replaceChildren(el("div", { class: "ranges" }, RANGES.map(rangeBoxes), moved), el("div", { class: "boxes" }, boxes));
}

function between([low, high]) {
  const number = value => rfm.format.number(value);
  if (low === null) return `≤ ${number(high)}`;
  return high === null ? `≥ ${number(low)}` : `${number(low)} – ${number(high)}`;
}

function chips(state) {
  const found = LISTS.filter(key => state[key]?.length).map(key => rfm.chip(
    `${rfm.filterHeading(key)}: ${state[key].map(value => rfm.choiceLabel(key, value)).join(", ")}`, { [key]: undefined }));
  found.push(...RANGES.filter(key => state[key]).map(key => rfm.chip(`${rfm.heading(key)}: ${between(state[key])}`, { [key]: undefined })));
  if (state.moved) found.push(rfm.chip(t("Changed segment last night"), { moved: undefined }));
  if (state.silent) found.push(rfm.chip(t("Silent for longer than usual"), { silent: undefined }));
  if (found.length > 1) found.push(rfm.chip(t("All filters"), rfm.noFilters()));
  return found;
}

function sumOf(rows) {
  const { numbers } = rfm.columns("customers").monetary;
  let sum = 0;
  for (const row of rows) sum += numbers[row];
  return sum;
}

/** How many customers are shown, and their money. */
rfm.countedText = () => {
  const { size } = rfm.columns("customers");
  const told = rfm.shownRows.length === size ? plural("{count} customer", "{count} customers", size)
    : plural("{count} customer of {all}", "{count} customers of {all}", rfm.shownRows.length, { all: rfm.format.number(size) });
  return `${told} · ${rfm.format.money(sumOf(rfm.shownRows))}`;
};

function sortBy(column) {
  const [usual, other] = column.numeric ? [`-${column.id}`, column.id] : [column.id, `-${column.id}`];
  rfm.change({ sort: (rfm.state.sort || "-monetary") === usual ? other : usual }, { quietly: true });
}

/** Find, count and show. */
function refresh(state, before) {
  const again = before && ["q", "sort", ...LISTS, ...RANGES, "moved", "silent"].some(key => String(state[key]) !== String(before[key]));
  rfm.shownRows = rfm.matchingRows(state);
  if (again) customers.grid.rewind();
  customers.grid.show(rfm.shownColumns(), rfm.shownRows, state.sort || "-monetary");
  customers.counted.textContent = rfm.countedText();
  customers.chips.replaceChildren(...chips(state));
  customers.nothing.hidden = rfm.shownRows.length > 0;
  const search = document.getElementById("search");
  if (search.value !== (state.q ?? "") && document.activeElement !== search) search.value = state.q ?? "";
  if (again) rfm.announce(customers.counted.textContent);
}

function limitNote() {
  const { size } = rfm.columns("customers");
  return rfm.facts.customers > size ? el("p", { class: "note" }, t(
    "This page holds {count} customers of {all}, those with most money and those of today's list; all of them are in customers.csv.",
    { count: rfm.format.number(size), all: rfm.format.number(rfm.facts.customers) })) : null;
}

rfm.tab("customers", {
  title: () => t("Customers"),
  show(element) {
    element.classList.add("filling");
    customers = {
      grid: new Grid({ label: t("Customers"), open: row => rfm.openCustomer(row), sort: sortBy }),
      counted: el("p", { class: "counted", id: "counted" }), chips: el("ul", { class: "chips" }),
      nothing: el("p", { class: "nothing", hidden: true }, t("Nobody like this was found.")) };
    const { buttons, panels } = rfm.panels("", {
      filters: { text: t("Filters"), draw: drawFilters },
      columns: { text: t("Columns"), draw: panel => rfm.drawColumnBoxes(panel, { all: rfm.allColumns, shown: rfm.shownColumns, key: "cols" }) },
      marks: { text: t("Marks"), draw: panel => rfm.drawMarks(panel) } });
    element.append(
      el("div", { class: "tools" }, searchBox(), buttons, rfm.customerTools.map(tool => tool())), ...panels,
      el("div", { class: "found" }, customers.counted, customers.chips), limitNote() ?? "", customers.nothing,
      customers.grid.element);
    refresh(rfm.state);
  },
  changed: refresh,
});

document.addEventListener("keydown", event => {
  const typing = event.target.closest?.("input, textarea, select, dialog");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const here = rfm.shownTab() === "today";
  if (!here && rfm.shownTab() !== "customers") rfm.change({ tab: "customers" });
  document.getElementById(here ? "today-search" : "search").select();
});
