// The tab of products: what brings the money, and what comes back.
const TOP = 10, PIECE = 1000, MOST_PRINTED = 500;
let products;

const held = name => rfm.columns("products")[name].numbers;

/** Shares of the money brought, alone and together with those above; a product that brings none has no part in it. */
let brought;
function shares() {
  if (!brought) {
    const whole = held("revenue").reduce((sum, money) => sum + Math.max(money, 0), 0);
    let sum = 0;
    const alone = Float64Array.from(held("revenue"), money => (whole ? Math.max(money, 0) / whole : 0));
    brought = { alone, together: alone.map(share => (sum += share)) };
  }
  return brought;
}

function returned(row) {
  const pieces = held("pieces")[row];
  return pieces > 0 ? held("returned_pieces")[row] / pieces : -1;
}

function numeric(id, width, heading, value, written, none) {
  return { id, width, numeric: true, heading, value, text: row => (value(row) === none ? "" : written(value(row))) };
}

function described() {
  const number = value => rfm.format.number(value);
  const share = value => rfm.format.percent(value, 1);
  return [
    { id: "product", grows: true, width: matchMedia("(max-width: 640px)").matches ? 150 : 250, heading: () => t("Product"), text: row => rfm.columns("products").product.text(row) },
    numeric("revenue", 122, () => rfm.heading("money"), row => held("revenue")[row], value => rfm.format.units(value)),
    numeric("share", 84, () => rfm.heading("money_share"), row => shares().alone[row], share),
    numeric("together", 136, () => t("Share together with those above"), row => shares().together[row], share),
    numeric("ordered", 88, () => rfm.heading("frequency"), row => held("orders")[row], number), numeric("customers", 108, () => rfm.heading("customers"), row => held("customers")[row], number),
    numeric("pieces", 96, () => t("Pieces sold"), row => held("pieces")[row], value => rfm.format.number(value / PIECE)),
    numeric("returned", 108, () => t("Came back, share of pieces"), returned, share, -1),
    numeric("last_sale", 108, () => t("Last sold"), row => held("last_sale")[row], day => rfm.format.date(day), 0)];
}

function inOrder(columns, sort) {
  const { size } = rfm.columns("products");
  const column = columns.find(({ id }) => id === sort.replace(/^-/, "")) ?? columns[1];
  const keys = column.value ? Float64Array.from({ length: size }, (_, row) => column.value(row))
    : ranks(Array.from({ length: size }, (_, row) => column.text(row)));
  const way = sort.startsWith("-") ? -1 : 1;
  return Uint32Array.from({ length: size }, (_, row) => row).sort((one, other) => way * (keys[one] - keys[other]) || one - other);
}

let smallNames;
function matches(query) {
  const words = wordsOf(query);
  smallNames ??= Array.from({ length: rfm.columns("products").size }, (_, row) => sought(rfm.columns("products").product.text(row)));
  return row => words.every(word => smallNames[row].includes(word));
}

function refresh(state, before) {
  const columns = described();
  const sort = columns.some(({ id }) => id === (state.order ?? "").replace(/^-/, "")) ? state.order : "-revenue";
  const rows = inOrder(columns, sort).filter(matches(state.product ?? ""));
  if (before) products.grid.rewind();
  products.grid.show(columns, rows, sort);
  Object.assign(products, { columns, rows });
  const money = rows.reduce((sum, row) => sum + held("revenue")[row], 0);
  products.counted.textContent = `${plural("{count} product", "{count} products", rows.length)} · ${rfm.format.money(money)}`;
  products.nothing.hidden = rows.length > 0;
  if (before) rfm.announce(products.counted.textContent);
}

function sortBy(column) {
  const [usual, other] = column.numeric ? [`-${column.id}`, column.id] : [column.id, `-${column.id}`];
  rfm.change({ order: (rfm.state.order || "-revenue") === usual ? other : usual }, { quietly: true });
}

function top() {
  const { product, size } = rfm.columns("products");
  const rows = Array.from({ length: Math.min(TOP, size) }, (_, row) => row).filter(row => held("revenue")[row] > 0);
  const title = plural("{count} product that brings most", "{count} products that bring most", rows.length);
  return rows.length ? el("aside", { class: "top-products", "aria-label": title }, el("h2", {}, title),
    el("p", { class: "note" }, t("Together {share} of the money of products.", { share: rfm.format.percent(shares().together[rows.at(-1)]) })),
    rfm.lying(rows.map(row => ({ text: product.text(row), value: held("revenue")[row], told: rfm.format.compact(held("revenue")[row]) })))) : null;
}

/** What is found, as a table: paper shows no row that is made while one scrolls. */
function printedTable() {
  const { columns, rows } = products;
  return el("div", { id: "printed-products" }, rfm.tabled({ caption: t("Products"), heads: columns.map(({ heading, numeric: right }) => ({ text: heading(), numeric: right })),
    rows: [...rows.subarray(0, MOST_PRINTED)].map(row => columns.map(column => column.text(row))) }));
}

window.addEventListener("beforeprint", () => {
  const panel = document.getElementById("panel-products");
  if (products && panel && !panel.hidden) panel.append(printedTable());
});
window.addEventListener("afterprint", () => document.getElementById("printed-products")?.remove());

/** Why the money of products is not that of customers. */
function apart() {
  const money = rfm.facts.without_purchase;
  return money < 0 ? el("p", { class: "note" }, t("{money} of returns belong to customers without an order that counts: they lessen the money of products, not that of customers.",
    { money: rfm.format.money(-money) })) : null;
}

rfm.tab("products", {
  title: () => t("Products"),
  show(element) {
    if (!rfm.columns("products").size) {
      element.append(el("p", { class: "nothing" }, t("Nothing to show yet")));
      return;
    }
    element.classList.add("filling", "products-tab");
    products = { grid: new Grid({ label: t("Products"), open: () => {}, sort: sortBy, name: "product" }),
      counted: el("p", { class: "counted", id: "products-counted" }), nothing: el("p", { class: "nothing", hidden: true }, t("No such product.")) };
    element.append(el("div", { class: "products-table" },
      el("div", { class: "tools" }, el("label", { class: "search" }, rfm.unseen(t("Search")), el("input", { id: "product-search", type: "search",
        value: rfm.state.product ?? "", autocomplete: "off", spellcheck: "false", placeholder: t("Name of a product"),
        oninput: event => rfm.change({ product: event.target.value || undefined }, { quietly: true }) }))),
      el("div", { class: "found" }, products.counted), apart(), products.nothing, products.grid.element), top() ?? "");
    refresh(rfm.state);
  },
  changed(state, before) {
    if (products && (state.product !== before.product || state.order !== before.order)) refresh(state, before);
  },
});
