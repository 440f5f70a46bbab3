// Three cards about goods: what to push, what comes back, what leaves too little.
const TOP_GOODS = 4;
const GOODS_FIGURES = {
  push: row => plural("{count} order", "{count} orders", rfm.columns("alerts").orders.numbers[row]),
  returns: row => t("{share} came back", { share: rateText("returned_share", row) }),
  margin: row => t("margin {share}", { share: rateText("margin_rate", row) }),
};
const rateText = (name, row) => rfm.format.percent(rfm.columns("alerts")[name].numbers[row] / CHANCE_SCALE).replace("-", MINUS);

const alertWords = () => ({
  push: { title: t("To push"), none: t("Nothing stands out that is worth pushing.") },
  returns: { title: t("Come back too often"), none: t("Nothing comes back too often.") },
  margin: { title: t("Bring too little"), none: t("Nothing brings too little."), note: t("Only goods whose cost is known are looked at.") },
});

const adviceWords = () => ({
  push: t("Offer it to more customers, keep it in stock"), hold: t("Do not promote it until it is known why it comes back"),
  stop: t("Sells below its cost: stop it or raise the price"), supplier: t("Look for a better purchase price, or raise the price"),
  price: t("Raise the price, spare discounts") });

function goodsLine(kind, row) {
  const { product, advice } = rfm.columns("alerts");
  return el("li", {},
    el("div", { class: "lying-name" }, el("span", {}, product.text(row) || "—"), el("span", { class: "number" }, GOODS_FIGURES[kind](row))),
    el("small", { class: "advice" }, adviceWords()[advice.text(row)] ?? ""));
}

function goodsList(kind, rows) {
  const list = el("ol", { class: "goods" }, rows.slice(0, TOP_GOODS).map(row => goodsLine(kind, row)));
  if (rows.length <= TOP_GOODS) return [list];
  const more = el("button", { type: "button", class: "button", "aria-expanded": "false", onclick: () => {
    const all = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(all));
    more.textContent = all ? t("Show the first ones") : showAll();
    list.replaceChildren(...rows.slice(0, all ? undefined : TOP_GOODS).map(row => goodsLine(kind, row)));
  } });
  const showAll = () => t("Show all: {count}", { count: rfm.format.number(rows.length) });
  more.textContent = showAll();
  return [list, more];
}

function alertCard(kind) {
  const { alert, size } = rfm.columns("alerts");
  const { title, none, note } = alertWords()[kind];
  const rows = Array.from({ length: size }, (_, row) => row).filter(row => alert.text(row) === kind);
  return el("section", { class: `piece alert-card alert-${kind}` },
    el("h3", {}, title, el("span", { class: "alert-count" }, rfm.format.number(rows.length))),
    note ? el("p", { class: "note" }, note) : null, rows.length ? goodsList(kind, rows) : el("p", { class: "calm" }, none));
}

/** The cards; nothing on a page that was told of no goods. */
rfm.alertCards = () => (rfm.columns("alerts") ? el("section", { class: "alerts", id: "alerts", tabindex: -1, "aria-labelledby": "alerts-title" },
  el("h2", { id: "alerts-title" }, t("Products to work on")),
  el("div", { class: "alert-cards" }, Object.keys(GOODS_FIGURES).map(alertCard))) : null);
