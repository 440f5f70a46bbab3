// Where segments lie and where customers went: tables whose cells are buttons.
const ends = (starts, at) => [starts[at] === 1 ? null : starts[at], at + 1 < starts.length ? starts[at + 1] - 1 : null];

function band(starts, at) {
  const [first, next] = [starts[at], starts[at + 1]];
  if (next === undefined) return `${rfm.format.number(first)}+`;
  return next - 1 > first ? `${rfm.format.number(first)}–${rfm.format.number(next - 1)}` : rfm.format.number(first);
}

function mapCell({ orders, days, customers, money, segments }, row, column, most) {
  const day = days.length - 1 - column;
  const segment = segments[row][column];
  const differs = (r, c) => segments[r]?.[c] !== undefined && segments[r][c] !== segment;
  const named = segments[row + 1]?.[column] !== segment && segments[row][column - 1] !== segment;
  const sides = [differs(row, column - 1) ? "rule-left" : "", differs(row + 1, column) ? "rule-top" : ""].join(" ");
  const count = customers[row][column];
  const lies = t("orders {orders}, days since the last purchase {days}", { orders: band(orders, row), days: band(days, day) });
  const words = `${rfm.label("segment", segment)}: ${plural("{count} customer", "{count} customers", count)}, ${rfm.format.compact(money[row][column])}; ${lies}`;
  const inside = [el("span", { class: "map-name", style: { "--segment": rfm.colour(segment) } }, named ? rfm.label("segment", segment) : rfm.unseen(rfm.label("segment", segment))),
    count ? [el("b", {}, rfm.format.number(count)), el("small", {}, rfm.format.compact(money[row][column]))] : null];
  return el("td", { class: `map-cell ${sides}`, style: rfm.shade(money[row][column] / most) }, count ? el("button", {
    type: "button", title: words, onclick: () => rfm.filter({ recency_days: kept(ends(days, day)), frequency: kept(ends(orders, row)) }) },
  inside, rfm.unseen(lies)) : el("div", {}, inside));
}

const kept = range => (range[0] === null && range[1] === null ? undefined : range);

/** Recency by orders, the most orders on top, the freshest at the right. */
rfm.segmentMap = () => {
  const map = rfm.facts.map;
  const most = Math.max(...map.money.flat(), 1);
  const rows = map.orders.map((_, at) => map.orders.length - 1 - at);
  const columns = map.days.map((_, at) => at);
  const title = t("Map of segments");
  return rfm.piece(title, el("p", { class: "note" }, t("Customers and their money, the stronger the colour, the more; thick lines divide segments, a cell has the colour and the name of its largest one. Click a cell for its customers.")),
    rfm.wide(title, el("table", { class: "cells map" }, el("caption", { class: "unseen" }, title),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, `${t("Orders")} ↓ ${t("Days since the last purchase")} →`),
        columns.map(column => el("th", { scope: "col" }, band(map.days, map.days.length - 1 - column))))),
      el("tbody", {}, rows.map(row => el("tr", {}, el("th", { scope: "row" }, band(map.orders, row)),
        columns.map(column => mapCell(map, row, column, most))))))));
};

function counted(flows, test, from, to) {
  const count = flows.filter(test).reduce((sum, { customers }) => sum + customers, 0);
  if (!count) return "";
  const words = `${to === null ? t("Left") : t("Came")}: `;
  return rfm.textButton(() => rfm.openWay(from, to), words, el("span", {}, (to === null ? "−" : "+") + rfm.format.number(count)));
}

const share = (value, whole, segment) => [el("small", {}, rfm.shareText(whole > 0 ? value / whole : 0)),
  el("span", { class: "share-bar", "aria-hidden": "true", style: { "--length": `${whole > 0 ? Math.min(Math.max(value / whole, 0), 1) * 100 : 0}%`, "--segment": rfm.colour(segment) } })];

/** Segments, the best first: customers, money, and who came and left last night. */
rfm.segmentTable = () => {
  const { segment, customers, money, size } = rfm.columns("segments");
  const flows = rfm.flows();
  const held = new Map(Array.from({ length: size }, (_, row) => [segment.text(row), [customers.numbers[row], money.numbers[row]]]));
  const ids = rfm.inOrder([...held.keys(), ...flows.flatMap(({ from, to }) => [from, to])]).filter(Boolean);
  const title = t("Segments");
  return rfm.piece(title, rfm.wide(title, rfm.tabled({ caption: title, name: "segment-table",
    heads: [t("Segment"), { text: t("Customers"), numeric: true }, { text: t("Money"), numeric: true }, { text: t("Came"), numeric: true }, { text: t("Left"), numeric: true }],
    rows: ids.map(id => {
      const [count, sum] = held.get(id) ?? [0, 0];
      return [[rfm.textButton(() => rfm.filter({ segment: [id] }), `${t("Customers")}: `, rfm.segmentMark(id)), rfm.advice(id)],
        [rfm.format.number(count), " ", share(count, rfm.facts.customers, id)], [rfm.format.compact(sum), " ", share(sum, rfm.facts.money, id)],
        counted(flows, ({ to }) => to === id, null, id), counted(flows, ({ from }) => from === id, id, null)];
    }) })));
};

function wayCell(flow) {
  if (!flow) return el("td", {});
  const way = rfm.way(flow.rise);
  const ends = `${rfm.label("segment", flow.from)} → ${rfm.label("segment", flow.to)}, ${way.meaning}`;
  const words = `${ends}: ${plural("{count} customer", "{count} customers", flow.customers)}, ${rfm.format.compact(flow.money)}`;
  return el("td", { class: `map-cell moved-${way.name}` }, el("button", { type: "button", title: words,
    onclick: () => rfm.openWay(flow.from, flow.to) }, rfm.unseen(`${ends}: `), el("b", {}, `${way.arrow} ${rfm.format.number(flow.customers)}`), el("small", {}, rfm.format.compact(flow.money))));
}

/** Who moved from where to where last night. */
rfm.migration = () => {
  const flows = rfm.flows();
  const [befores, afters] = ["from", "to"].map(end => rfm.inOrder(flows.map(flow => flow[end])));
  const title = t("Moves of the night");
  const matrix = () => el("table", { class: "cells", style: { "min-width": `${10.5 + afters.length * 6.9}rem` } }, el("caption", { class: "unseen" }, title),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, `${t("From")} ↓ ${t("To")} →`), afters.map(after => el("th", { scope: "col" }, rfm.segmentMark(after))))),
    el("tbody", {}, befores.map(before => el("tr", {}, el("th", { scope: "row" }, rfm.segmentMark(before)),
      afters.map(after => wayCell(flows.find(({ from, to }) => from === before && to === after)))))));
  return rfm.piece(title, el("p", { class: "note" }, rfm.said().moves, " ", flows.length ? [el("span", { class: "way-up" }, `▲ ${t("better")}`), " · ",
    el("span", { class: "way-down" }, `▼ ${t("worse")}`), ". ", t("Click a cell for its customers.")] : null), flows.length ? rfm.wide(title, matrix()) : null);
};

/** Wholesale levels by segments. */
rfm.levelTable = () => {
  const { tier, segment, customers, money, size } = rfm.columns("levels");
  const rows = Array.from({ length: size }, (_, row) => ({ tier: tier.text(row), segment: segment.text(row), customers: customers.numbers[row], money: money.numbers[row] }));
  const tiers = Object.keys(rfm.labels("tier")).filter(id => rows.some(row => row.tier === id));
  const most = Math.max(...rows.map(row => row.money), 1);
  const title = t("Wholesale levels by segments");
  const cell = found => {
    if (!found) return el("td", {});
    const words = `${rfm.label("segment", found.segment)}, ${rfm.label("tier", found.tier)}: ${plural("{count} customer", "{count} customers", found.customers)}, ${rfm.format.compact(found.money)}`;
    return el("td", { class: "map-cell", style: rfm.shade(found.money / most) }, el("button", { type: "button", title: words,
      onclick: () => rfm.filter({ segment: [found.segment], tier: [found.tier] }) }, rfm.unseen(`${rfm.label("segment", found.segment)}, ${rfm.label("tier", found.tier)}: `), el("b", {}, rfm.format.number(found.customers)), el("small", {}, rfm.format.compact(found.money))));
  };
  return rfm.piece(title, rfm.wide(title, el("table", { class: "cells" }, el("caption", { class: "unseen" }, title),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("Segment")), tiers.map(id => el("th", { scope: "col" }, rfm.label("tier", id))))),
    el("tbody", {}, rfm.inOrder(rows.map(row => row.segment)).map(id => el("tr", {}, el("th", { scope: "row" }, rfm.segmentMark(id)),
      tiers.map(level => cell(rows.find(row => row.segment === id && row.tier === level)))))))));
};
