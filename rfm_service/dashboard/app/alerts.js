// Three cards about goods: what to push, what comes back, what leaves too little.
const TOP_GOODS = 4;
const GOODS_FIGURES = {
  push: row => plural("{count} order", "{count} orders", rfm.columns("alerts").orders.numbers[row]),
  returns: row => t("{share} came back", { share: rateText("returned_share", row) }),
  margin: row => t("margin {share}", { share: rateText("margin_rate", row) }),
};
const rateText = (name, row) => rfm.format.percent(rfm.columns("alerts")[name].numbers[row] / CHANCE_SCALE).replace("-", MINUS);

const calmWords = () => ({ push: t("Nothing stands out that is worth pushing."), returns: t("Nothing comes back too often."),
  margin: t("Nothing brings too little.") });

function goodsLine(kind, row) {
  const { product, advice } = rfm.columns("alerts");
  return el("li", {},
    el("div", { class: "lying-name" }, el("span", {}, product.text(row) || "—"), el("span", { class: "number" }, GOODS_FIGURES[kind](row))),
    el("small", { class: "advice" }, rfm.label("product_advice", advice.text(row))));
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
  const rows = Array.from({ length: size }, (_, row) => row).filter(row => alert.text(row) === kind);
  return el("section", { class: `piece alert-card alert-${kind}` },
    el("h3", {}, rfm.label("alert", kind), el("span", { class: "alert-count" }, rfm.format.number(rows.length))),
    el("p", { class: "note" }, rfm.facts.worklist.products[rfm.language][kind]), rows.length ? goodsList(kind, rows) : el("p", { class: "calm" }, calmWords()[kind]));
}

/** The three cards. */
rfm.alertCards = () => el("section", { class: "alerts", id: "alerts", tabindex: -1, "aria-labelledby": "alerts-title" },
  el("h2", { id: "alerts-title" }, t("Products to work on")),
  el("div", { class: "alert-cards" }, Object.keys(GOODS_FIGURES).map(alertCard)));
