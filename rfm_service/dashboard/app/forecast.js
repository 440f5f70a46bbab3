// The forecast against what came, and the charts of the overview.
const interval = ([, low, high], written) => `${written(low)} – ${written(high)}`;

function scores({ scores: methods, groups }) {
  const title = t("Methods");
  return el("details", {}, el("summary", {}, title), rfm.wide(title, rfm.tabled({ caption: title,
    heads: [t("Method"), { text: t("Tells who will order (0.5 is chance)"), numeric: true }, { text: t("Error of the chances (less is better)"), numeric: true }, { text: t("Predicted / actual"), numeric: true }],
    rows: methods.map(([method, auc, brier, predicted]) => [rfm.label("method", method), rfm.format.number(auc, 3), rfm.format.number(brier, 3),
      groups[0].bought ? rfm.format.number(predicted / groups[0].bought, 2) : "—"]) })));
}

function groupRow({ segment, buyers, bought, spend, spent }) {
  const missed = bought < buyers[1] || bought > buyers[2];
  return [segment ? rfm.segmentMark(segment) : t("All"), [rfm.format.number(buyers[0]), " ", el("small", {}, interval(buyers, rfm.format.number))],
    [rfm.format.number(bought), missed ? el("span", { class: "way-down", title: t("outside of the interval") }, " !", rfm.unseen(t("outside of the interval"))) : null],
    [rfm.format.compact(spend[0]), " ", el("small", {}, interval(spend, rfm.format.compact))], rfm.format.compact(spent)];
}

/** How the last completed forecast came true. */
rfm.foretold = () => {
  const { card } = rfm.facts;
  const title = t("Did the forecast come true");
  return rfm.piece(title, rfm.said().forecast.filter(Boolean).map(text => el("p", {}, text)), card ? [rfm.wide(title, rfm.tabled({ caption: title, name: "foretold",
    heads: [t("Segment"), { text: t("Foretold: buyers"), numeric: true }, { text: t("Came: buyers"), numeric: true }, { text: t("Foretold: money"), numeric: true }, { text: t("Came: money"), numeric: true }],
    rows: card.groups.map(groupRow) })), scores(card)] : null);
};

function numbered(columns, size) {
  return Array.from({ length: size }, (_, row) => Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.numbers[row]])));
}

function months() {
  const { month, revenue, orders, customers, size } = rfm.columns("months");
  if (!size) return null;
  const rows = numbered({ month, revenue, orders, customers }, size);
  const end = new Date(rfm.facts.as_of * DAY_MS);
  const running = month => month === end.getUTCFullYear() * 12 + end.getUTCMonth() && new Date((rfm.facts.as_of + 1) * DAY_MS).getUTCMonth() === end.getUTCMonth();
  const first = new Date(rfm.facts.first * DAY_MS);
  const begun = month => month === first.getUTCFullYear() * 12 + first.getUTCMonth() && first.getUTCDate() > 1;
  const part = rows.some(row => running(row.month) || begun(row.month));
  return rfm.chart({ title: t("Revenue by month"), note: part ? t("Pale: only a part of the month is in the period.") : "",
    draw: rfm.bars(rows.map(row => ({ text: rfm.format.month(row.month), value: row.revenue, pale: running(row.month) || begun(row.month),
      told: `${rfm.format.month(row.month)}: ${rfm.format.money(row.revenue)}` })), rfm.format.compact),
    numbers: { heads: [t("Month"), { text: t("Revenue"), numeric: true }, { text: t("Orders"), numeric: true }, { text: t("Customers"), numeric: true }],
      rows: rows.map(row => [rfm.format.month(row.month), rfm.format.money(row.revenue), rfm.format.number(row.orders), rfm.format.number(row.customers)]) } });
}

/** The days of the last 26 weeks that can be held against each other, with the customers of each segment. */
function lately() {
  const { as_of: day, segment, customers, whole, size } = rfm.columns("trends");
  const found = new Map();
  for (let row = 0; row < size; row++) {
    const id = segment.text(row);
    if (!id || !whole.numbers[row] || day.numbers[row] < rfm.facts.as_of - 189) continue;
    if (!found.has(id)) found.set(id, []);
    found.get(id).push([day.numbers[row], customers.numbers[row]]);
  }
  return found;
}

function trend() {
  const found = lately();
  const ids = rfm.inOrder(found.keys());
  const days = [...new Set(ids.flatMap(id => found.get(id).map(([day]) => day)))].sort((one, other) => one - other);
  if (days.length < 2) return null;
  const at = new Map(ids.map(id => [id, new Map(found.get(id))]));
  return rfm.chart({ title: t("Customers of each segment in half a year"), height: 240,
    key: rfm.chartKey(ids.map(id => [rfm.label("segment", id), rfm.colour(id)])),
    draw: rfm.lines({ written: rfm.format.number, below: days.map(day => ({ at: day, text: rfm.format.date(day) })),
      series: ids.map(id => ({ name: rfm.label("segment", id), colour: rfm.colour(id), points: days.map(day => [day, at.get(id).get(day) ?? 0]) })) }),
    numbers: { heads: [t("Day"), ...ids.map(id => ({ text: rfm.label("segment", id), numeric: true }))],
      rows: days.map(day => [rfm.format.date(day), ...ids.map(id => rfm.format.number(at.get(id).get(day) ?? 0))]) } });
}

function pareto() {
  const { customers, money, size } = rfm.columns("curve");
  const { share, top, top_money: brought, customers: all, money: whole } = rfm.facts.pareto;
  if (size < 2 || whole <= 0) return null;
  const points = Array.from({ length: size }, (_, row) => [customers.numbers[row], Math.min(money.numbers[row] / whole, 1)]);
  return rfm.chart({ title: t("Who brings the money"),
    summary: plural("{count} customer of {all} brings {share} of the money.", "{count} customers of {all} bring {share} of the money.", top,
      { all: rfm.format.number(all), share: rfm.format.percent(brought / whole) }),
    draw: rfm.lines({ written: value => rfm.format.percent(value), high: 1, marks: [{ x: top, y: Math.min(brought / whole, 1) }],
      below: rfm.chartTicks(0, all, 5).filter(at => at <= all).map(at => ({ at, text: rfm.format.number(at) })), series: [{ points }] }),
    note: t("The customers that bring most stand left; dashed: {share} of the money.", { share: rfm.format.percent(share) }) });
}

const MEASURED = { r: "recency_days", f: "frequency", m: "monetary" };

function histogram(axis, title) {
  const { axis: axes, low, high, customers, size } = rfm.columns("spread");
  const money = axis === "m";
  const written = value => (money ? rfm.format.compact(value) : rfm.format.number(value));
  const bins = Array.from({ length: size }, (_, row) => row).filter(row => axes.text(row) === axis).map((row, at, rows) => ({
    low: low.numbers[row], high: high.numbers[row], value: customers.numbers[row],
    told: `${written(low.numbers[row])}${at === rows.length - 1 ? "+" : ` – ${written(money ? high.numbers[row] : high.numbers[row] - 1)}`}: ${plural("{count} customer", "{count} customers", customers.numbers[row])}` }));
  const cuts = [...new Set(rfm.facts.cuts[axis])];
  const lines = [...new Set(rfm.facts.rules.rules.flatMap(({ conditions }) => conditions).filter(([measure]) => measure === MEASURED[axis]).map(([, line]) => line))].sort((one, other) => one - other);
  const places = money ? Array.from({ length: 14 }, (_, power) => 10 ** (power + 4)) : rfm.chartTicks(0, bins.at(-1).high, 6);
  const listed = values => values.map(written).join(" · ");
  return rfm.chart({ title, height: 150, summary: [t("Score borders: {cuts}.", { cuts: listed(cuts) }), lines.length ? t("Lines of segments: {lines}.", { lines: listed(lines) }) : ""].join(" "),
    key: rfm.chartKey([[t("Score borders"), "", "cut"], ...(lines.length ? [[t("Lines of segments"), "", "rule"]] : [])]),
    draw: rfm.histogram({ bins, written, places, cuts, lines, logarithmic: money }),
    numbers: { heads: [title, { text: t("Customers"), numeric: true }], rows: bins.map(({ told, value }) => [told.split(": ")[0], rfm.format.number(value)]) } });
}

/** The charts of the overview, as far as there is something to draw. */
rfm.overviewCharts = () => [trend(), months(), pareto(), histogram("r", t("Days since the last purchase")), histogram("f", t("Orders")), histogram("m", t("Money"))].filter(Boolean);
