// The tab of moves: who changed segment last night and why, and how it went for half a year.
const STEP = 100;
let list, sums;

/** Tonight's moves, the most money first. */
function all() {
  const columns = rfm.columns("moves");
  return Array.from({ length: columns.size }, (_, row) => {
    const [from, to] = [columns.from_segment.text(row), columns.to_segment.text(row)];
    return { row, from, to, rise: rfm.rise(from, to), cause: columns.cause.text(row), money: columns.monetary.numbers[row] };
  }).sort((one, other) => Math.abs(other.money) - Math.abs(one.money));
}

const WANTED = { better: 1, worse: -1 };

function found(state) {
  return all().filter(({ from, to, rise, cause }) => (!state.way || rise === WANTED[state.way]) && (!state.cause || cause === state.cause) &&
    (!state.from?.length || state.from.includes(from)) && (!state.to?.length || state.to.includes(to)));
}

const summed = moves => plural("{count} customer", "{count} customers", moves.length) + " · " + rfm.format.money(moves.reduce((sum, { money }) => sum + money, 0));

/** The name of a customer, by which the card opens where the customer is on the page. */
function who(row) {
  const { customer, customer_id: id, row: place } = rfm.columns("moves");
  const name = customer.text(row) || id.text(row);
  return place.numbers[row] < 0 ? el("span", { class: "who" }, name) : el("a", { class: "who", href: rfm.link({ customer: id.text(row) }) }, name);
}

function line({ row, from, to, rise, cause, money }) {
  const way = rfm.way(rise);
  return el("tr", {}, el("th", { scope: "row" }, who(row)),
    el("td", { class: "ends" }, el("span", { class: `way-${way.name}`, title: way.meaning }, way.arrow, rfm.unseen(` ${way.meaning} `)), " ", rfm.segmentMark(from), " → ", rfm.segmentMark(to)),
    el("td", { class: "number" }, rfm.format.money(money)),
    el("td", { class: "because" }, el("b", {}, rfm.label("cause", cause)), el("br"), rfm.columns("moves")[`detail_${rfm.language}`].text(row)));
}

function ways(moves) {
  const by = new Map();
  for (const { from, to, rise, money } of moves) {
    const key = `${from}\n${to}`;
    const way = by.get(key) ?? { from, to, rise, customers: 0, money: 0 };
    way.customers++;
    way.money += money;
    by.set(key, way);
  }
  return [...by.values()].sort((one, other) => Math.abs(other.money) - Math.abs(one.money));
}

const whole = segment => el("span", { class: "whole" }, rfm.segmentMark(segment));

function wayTable(moves) {
  const title = t("By way");
  return rfm.wide(title, rfm.tabled({ caption: title, heads: [title, { text: t("Customers"), numeric: true }, { text: t("Money"), numeric: true }],
    rows: ways(moves).map(({ from, to, rise, customers, money }) => {
      const way = rfm.way(rise);
      return [rfm.textButton(() => rfm.change({ from: [from], to: [to] }), way.meaning,
        el("span", { class: `way-${way.name}` }, way.arrow), " ", whole(from), " → ", whole(to)),
      rfm.format.number(customers), rfm.format.compact(money)];
    }) }));
}

function refresh(state) {
  const moves = found(state);
  const table = rfm.tabled({ caption: t("Moves of the night"), name: "moves-table", rows: [],
    heads: [t("Customer"), t("Segment"), { text: t("Money"), numeric: true }, t("Why")] });
  const more = el("button", { type: "button", class: "button" }, t("Show more"));
  const body = table.querySelector("tbody");
  const grow = () => {
    body.append(...moves.slice(body.rows.length, body.rows.length + STEP).map(line));
    more.hidden = body.rows.length >= moves.length;
  };
  more.addEventListener("click", grow);
  grow();
  const ends = [["from", t("From segment")], ["to", t("To segment")]].filter(([key]) => state[key]?.length).map(([key, name]) => rfm.chip(
    `${name}: ${state[key].map(id => rfm.label("segment", id)).join(", ")}`, { [key]: undefined }));
  const told = summed(moves);
  sums.replaceChildren(moves.length ? wayTable(moves) : "");
  list.replaceChildren(el("p", { class: "counted", id: "moves-counted" }, told), ends.length ? el("ul", { class: "chips" }, ends) : "",
    moves.length ? rfm.wide(t("Moves of the night"), table) : el("p", { class: "nothing" }, t("No such moves.")), more);
  return told;
}

function chooseBoxes(state) {
  const causes = [...new Set(all().map(({ cause }) => cause))].sort();
  return el("div", { class: "tools choosers" },
    rfm.chooser(t("Direction"), [["", t("better and worse")], ["better", t("better")], ["worse", t("worse")]], state.way ?? "",
      way => rfm.change({ way: way || undefined })),
    rfm.chooser(t("Cause"), [["", t("any cause")], ...causes.map(id => [id, rfm.label("cause", id)])], state.cause ?? "",
      cause => rfm.change({ cause: cause || undefined })));
}

function history() {
  const { week, better, worse, size } = rfm.columns("weeks");
  const rows = Array.from({ length: size }, (_, row) => ({ day: week.numbers[row], up: better.numbers[row], down: worse.numbers[row] }));
  if (!rows.some(({ up, down }) => up || down)) return null;
  const span = day => `${rfm.format.date(day - 6)} – ${rfm.format.date(day)}`;
  return rfm.piece(t("Moves in half a year"), rfm.chart({ title: t("Customers that moved in each week"), height: 220,
    key: rfm.chartKey([[t("better"), "", "up"], [t("worse"), "", "down"]]),
    draw: rfm.upAndDown(rows.map(({ day, up, down }) => ({ text: rfm.format.date(day), up, down,
      told: `${span(day)}: ${t("better")} ${rfm.format.number(up)}, ${t("worse")} ${rfm.format.number(down)}` })), rfm.format.number),
    numbers: { heads: [t("Week"), { text: t("better"), numeric: true }, { text: t("worse"), numeric: true }],
      rows: rows.map(({ day, up, down }) => [span(day), rfm.format.number(up), rfm.format.number(down)]) } }));
}

rfm.tab("moves", {
  title: () => t("Moves"),
  show(element) {
    element.classList.add("told");
    list = el("div", { class: "moves-list" });
    sums = el("div", { class: "ways-summed" });
    const some = rfm.columns("moves").size > 0;
    const tonight = rfm.piece(t("Moves of the night"), el("p", { class: "note" }, rfm.said().moves), some ? [chooseBoxes(rfm.state), sums] : null);
    element.append(el("div", { class: "beside" }, tonight, history()), some ? rfm.piece(t("Who moved, and why"), list) : "");
    refresh(rfm.state);
  },
  changed(state, before) {
    if (["way", "cause", "from", "to"].every(key => String(state[key] ?? "") === String(before[key] ?? ""))) return;
    const told = refresh(state);
    document.querySelector("#panel-moves .choosers")?.replaceWith(chooseBoxes(state));
    rfm.announce(told);
  },
});
