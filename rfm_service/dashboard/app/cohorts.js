// The tab of cohorts: who came in a month, and how many of them bought in each month since.
const NEWEST = 24;
let holder;

/** Cohorts, the oldest first: { month, size, money, cells: [{ customers, orders, revenue, complete }] }. */
function triangle() {
  const { cohort, offset, customers, orders, revenue, complete, size } = rfm.columns("cohorts");
  const found = new Map();
  for (let row = 0; row < size; row++) {
    const month = cohort.numbers[row];
    if (!found.has(month)) found.set(month, []);
    found.get(month)[offset.numbers[row]] = { customers: customers.numbers[row], orders: orders.numbers[row],
      revenue: revenue.numbers[row], complete: Boolean(complete.numbers[row]) };
  }
  return [...found].map(([month, cells]) => ({ month, cells }));
}

const METRICS = {
  customers: { of: cell => cell.customers, written: value => rfm.format.number(value) },
  money: { of: cell => cell.revenue, written: value => rfm.format.compact(value) },
};

const chosen = () => (rfm.state.by === "money" ? "money" : "customers");

function words(month, at, cell, first) {
  const told = t("Came in {month}, {months} later: {customers} of {all} bought, {money}", { month: rfm.format.month(month),
    months: plural("{count} month", "{count} months", at), customers: rfm.format.number(cell.customers), all: rfm.format.number(first.customers),
    money: rfm.format.compact(cell.revenue) });
  return cell.complete ? told : `${told} (${t("the month is not over yet")})`;
}

function triangleTable(cohorts, spot) {
  const metric = METRICS[chosen()];
  const months = Math.max(...cohorts.map(({ cells }) => cells.length)) - 1;
  const shares = cohorts.flatMap(({ cells }) => cells.slice(1).filter(({ complete }) => complete).map(cell => metric.of(cell) / (metric.of(cells[0]) || 1)));
  const most = Math.min(Math.max(...shares, 0.01), 1.5);
  const cell = (month, cells, at) => {
    const now = cells[at];
    if (!now) return el("td", {});
    const share = metric.of(cells[0]) > 0 ? metric.of(now) / metric.of(cells[0]) : 0;
    const told = words(month, at, now, cells[0]);
    return el("td", { class: now.complete ? "map-cell" : "map-cell young", style: now.complete ? rfm.shade(share / most) : {}, title: told,
      "data-told": told, onmouseenter: () => spot(told) },
    share > 0 && share < 0.005 ? "<1" : rfm.format.number(share * 100), rfm.unseen(` %: ${rfm.format.number(now.customers)}, ${rfm.format.compact(now.revenue)}`));
  };
  return el("table", { class: "cells cohorts" }, el("caption", { class: "unseen" }, t("Cohorts")),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("First month")), el("th", { scope: "col" }, chosen() === "money" ? t("Money in it") : t("New in it")),
      Array.from({ length: Math.max(months, 0) }, (_, at) => el("th", { scope: "col" }, rfm.format.number(at + 1), rfm.unseen(` ${t("months later")}`))))),
    el("tbody", {}, cohorts.map(({ month, cells }) => el("tr", {}, el("th", { scope: "row" }, rfm.format.month(month)),
      el("td", { class: "number" }, metric.written(metric.of(cells[0]))), cells.slice(1).map((_, at) => cell(month, cells, at + 1))))));
}

/** The arrow keys walk over the cells; what a cell holds is said. */
function walked(region, spot) {
  let at = [0, 0];
  const cells = () => [...region.querySelectorAll("tbody tr")].map(row => [...row.querySelectorAll("[data-told]")]);
  region.addEventListener("keydown", event => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const rows = cells().filter(row => row.length);
    if (!step || !rows.length) return;
    event.preventDefault();
    const row = Math.min(Math.max(at[0] + step[0], 0), rows.length - 1);
    at = [row, Math.min(Math.max(at[1] + step[1], 0), rows[row].length - 1)];
    region.querySelector(".pointed")?.classList.remove("pointed");
    const cell = rows[at[0]][at[1]];
    cell.classList.add("pointed");
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    spot(cell.dataset.told);
    rfm.announce(cell.dataset.told);
  });
  return region;
}

function draw() {
  const every = triangle();
  const cohorts = rfm.state.all ? every : every.slice(-NEWEST);
  const spot = el("p", { class: "spot" }, t("Point at a cell, or walk with the arrow keys, for the numbers behind it."));
  const say = told => { spot.textContent = told; };
  const switches = rfm.switched(t("What is counted"), [["customers", t("Customers")], ["money", t("Money")]], chosen(),
    by => { rfm.change({ by: by === "money" ? by : undefined }, { quietly: true }); holder.querySelector(`[aria-pressed="true"]`)?.focus(); });
  const region = walked(rfm.wide(t("Cohorts"), triangleTable(cohorts, say)), say);
  const oldest = every[0].month;
  holder.replaceChildren(
    el("p", {}, chosen() === "money" ? t("A row: the customers whose first purchase was in that month. A number: the money that they spent 1, 2, 3… months later, in per cent of that of their first month.")
      : t("A row: the customers whose first purchase was in that month. A number: how many per cent of them bought 1, 2, 3… months later.")),
    el("div", { class: "tools" }, switches, every.length > NEWEST ? el("button", { type: "button", class: "button", "aria-pressed": String(Boolean(rfm.state.all)),
      onclick: () => rfm.change({ all: rfm.state.all ? undefined : "1" }, { quietly: true }) }, t("All months")) : null),
    region, spot,
    el("p", { class: "note" }, t("Pale: the month is not over yet."), cohorts[0].month > oldest ? "" : " ", cohorts[0].month > oldest ? "" : t("The oldest month, {month}, also holds customers that bought before the stored sales begin.", { month: rfm.format.month(oldest) })),
    counts(cohorts));
}

function counts(cohorts) {
  const title = t("As a table of customers, orders and money");
  return el("details", {}, el("summary", {}, title), rfm.wide(title, rfm.tabled({ caption: title,
    heads: [t("First month"), { text: t("Months later"), numeric: true }, { text: t("Customers"), numeric: true }, { text: t("Orders"), numeric: true }, { text: t("Money"), numeric: true }],
    rows: cohorts.flatMap(({ month, cells }) => cells.map((cell, at) => [rfm.format.month(month), rfm.format.number(at), rfm.format.number(cell.customers),
      rfm.format.number(cell.orders), rfm.format.money(cell.revenue)])) })));
}

rfm.tab("cohorts", {
  title: () => t("Cohorts"),
  show(element) {
    element.classList.add("told");
    holder = el("div", {});
    element.append(rfm.piece(t("Who comes back"), holder));
    if (rfm.columns("cohorts").size) draw();
    else holder.append(el("p", { class: "nothing" }, t("Nothing to show yet")));
  },
  changed(state, before) {
    if (rfm.columns("cohorts").size && (state.by !== before.by || state.all !== before.all)) draw();
  },
});
