// Pieces that the tabs beside the customers are made of.
const ARROWS = { 1: "▲", 0: "=", "-1": "▼" };
const WAYS = { 1: "up", 0: "level", "-1": "down" };

/** A titled part of a tab. */
rfm.piece = (title, ...children) => el("section", { class: "piece" }, el("h2", {}, title), ...children);

/** What stands between long lines: wide things scroll inside of it, with the keyboard too. */
rfm.wide = (label, ...children) => {
  const piece = el("div", { class: "wide-piece", tabindex: 0, role: "region", "aria-label": label }, ...children);
  const hint = () => piece.classList.toggle("more", piece.scrollLeft + piece.clientWidth < piece.scrollWidth - 2);
  piece.addEventListener("scroll", hint);
  new ResizeObserver(hint).observe(piece);
  return piece;
};

/** A table: `heads` are texts or { text, numeric }; the first cell of a row is its heading. */
rfm.tabled = ({ caption, heads, rows, name = "" }) => {
  const head = heads.map(each => (typeof each === "string" ? { text: each } : each));
  const cells = row => row.map((content, at) => (content instanceof HTMLTableCellElement ? content
    : el(at ? "td" : "th", at ? { class: head[at].numeric ? "number" : "" } : { scope: "row" }, content)));
  return el("table", { class: `tabled ${name}` }, el("caption", { class: "unseen" }, caption),
    el("thead", {}, el("tr", {}, head.map(({ text, numeric }) => el("th", { scope: "col", class: numeric ? "number" : "" }, text)))),
    el("tbody", {}, rows.map(row => el("tr", {}, cells(row)))));
};

/** A button that looks like a part of the text it stands in; `words` are for those who listen only. */
rfm.textButton = (onclick, words, ...children) => el("button", { type: "button", class: "text-button", onclick }, rfm.unseen(words), ...children);

/** Text for those who listen only. */
rfm.unseen = text => el("span", { class: "unseen" }, text);

/** The name of a way for styles, its arrow, and what it means. */
rfm.way = rise => ({ name: WAYS[rise], arrow: ARROWS[rise], meaning: { 1: t("better"), 0: t("level"), "-1": t("worse") }[rise] });

/** 1: to a better segment, -1: to a worse one; absence is worst. */
rfm.rise = (before, after) => {
  const { order } = rfm.facts.rules;
  const place = segment => (order.includes(segment) ? order.indexOf(segment) : order.length + (segment ? 0 : 1));
  return Math.sign(place(before) - place(after));
};

/** Segments, the best first, unknown ones by name, absence last. */
rfm.inOrder = segments => {
  const { order } = rfm.facts.rules;
  const place = segment => (!segment ? order.length + 1 : order.includes(segment) ? order.indexOf(segment) : order.length);
  return [...new Set(segments)].sort((one, other) => place(one) - place(other) || (one < other ? -1 : 1));
};

/** Tonight's moves by way, the most money first. */
rfm.flows = () => {
  const { from_segment: from, to_segment: to, monetary, size } = rfm.columns("moves");
  const found = new Map();
  for (let row = 0; row < size; row++) {
    const ends = [from.text(row), to.text(row)];
    const flow = found.get(ends.join("\n")) ?? { from: ends[0], to: ends[1], customers: 0, money: 0, rise: rfm.rise(...ends) };
    flow.customers++;
    flow.money += monetary.numbers[row];
    found.set(ends.join("\n"), flow);
  }
  return [...found.values()].sort((one, other) => Math.abs(other.money) - Math.abs(one.money));
};

/** Where the customers of a way are listed: those who left the list stand among the moves only. */
rfm.openWay = (from, to) => {
  if (to) rfm.filter({ ...(from === null ? {} : { from: [from] }), to: [to] });
  else rfm.change({ ...rfm.noFilters(), from: from === null ? undefined : [from], to: to === null ? undefined : [to],
    cause: undefined, way: undefined, tab: "moves" });
};

/** A share as it is shown: a small one is not nothing. */
rfm.shareText = share => (share > 0 && share < 0.001 ? `<${rfm.format.percent(0.001, 1)}` : rfm.format.percent(share, 1));

/** What Python said in the chosen language. */
rfm.said = () => rfm.facts.said[rfm.language];

/** A background as dark as a share of the whole is great. */
rfm.shade = share => ({ "--shade": `${Math.round(42 * Math.sqrt(Math.min(Math.max(share, 0), 1)))}%` });

/** A choice between few: buttons of which one is pressed. */
rfm.switched = (label, choices, chosen, choose) => el("div", { class: "switched", role: "group", "aria-label": label },
  choices.map(([id, text]) => el("button", { type: "button", class: "button", "aria-pressed": String(id === chosen),
    onclick: () => choose(id) }, text)));

/** A list of texts to choose one of. */
rfm.chooser = (label, choices, chosen, choose) => el("label", { class: "choice" }, el("span", { class: "chooser-name" }, label),
  el("select", { onchange: event => choose(event.target.value) },
    choices.map(([id, text]) => el("option", { value: id, selected: id === chosen }, text))));
