// The columns of the table of customers: how each is written, ordered and headed.
const NARROW = 92, NUMBER = 110, DATE = 104, LABEL = 150, TEXT = 190, NAME = 260;

const KINDS = {
  text: (values, row) => values.text(row),
  number: (values, row) => rfm.format.number(values.numbers[row]),
  money: (values, row) => rfm.format.units(values.numbers[row]),
  percent: (values, row) => rfm.format.percent(values.numbers[row] / CHANCE_SCALE),
  day: (values, row) => rfm.format.date(values.numbers[row]),
  month: (values, row) => rfm.format.month(values.numbers[row]),
};
const NUMERIC = new Set(["number", "money", "percent"]);

/** id, kind, width, and: whose labels name its ids (`labels`), which number means that there is none (`none`). */
const DECLARED = [
  ["customer", "text", NAME], ["segment", "label", LABEL, { labels: "segment" }], ["recency_days", "number", NUMBER],
  ["frequency", "number", NARROW], ["monetary", "money", NUMBER + 20], ["order_interval_days", "number", NUMBER, { none: 0 }],
  ["last_purchase", "day", DATE, { none: 0 }], ["risk", "label", LABEL + 36, { labels: "risk" }],
  ["manager", "text", TEXT], ["tier", "label", LABEL, { labels: "tier" }], ["value", "label", LABEL, { labels: "value" }],
  ["abc", "text", NARROW], ["xyz", "text", NARROW], ["p90", "percent", NUMBER + 10, { none: -1 }],
  ["spend90", "money", NUMBER + 24], ["due", "day", DATE + 8, { none: 0 }], ["email", "text", TEXT],
  ["phone", "text", LABEL], ["category", "text", LABEL], ["previous_segment", "label", LABEL, { labels: "segment" }], ["r", "number", NARROW],
  ["f", "number", NARROW], ["m", "number", NARROW], ["first_purchase", "day", DATE, { none: 0 }],
  ["orders_returned", "number", NUMBER], ["cohort", "month", NUMBER], ["tenure_days", "number", NUMBER],
  ["orders_ever", "number", NUMBER], ["revenue_ever", "money", NUMBER + 24], ["churn_threshold", "number", NUMBER],
  ["p30", "percent", NUMBER + 10, { none: -1 }], ["spend30", "money", NUMBER + 24], ["due_from", "day", DATE + 8, { none: 0 }],
  ["due_to", "day", DATE + 8, { none: 0 }], ["customer_id", "text", TEXT]];
const SHOWN_FIRST = 18;
const columns = new Map();

/** A column that is made of the findings. */
function declared([id, kind, width, { labels, none } = {}]) {
  const values = rfm.columns("customers")[id];
  return {
    id, kind, width, heading: () => rfm.heading(id), numeric: NUMERIC.has(kind),
    empty: row => none !== undefined && values.numbers[row] === none,
    text(row) {
      if (this.empty(row)) return "";
      if (id === "customer") return values.text(row) || t("without a name");
      return labels ? rfm.label(labels, values.text(row)) : KINDS[kind](values, row);
    },
    fill: labels === "segment" ? (cell, row) => fillSegment(cell, values.text(row)) : undefined,
    order: () => (kind === "text" ? textOrder(id, values) : labels ? labelOrder(values, labels)
      : { keys: values.numbers, none }),
  };
}

function fillSegment(cell, segment) {
  cell.title = rfm.label("segment", segment);
  cell.replaceChildren(...rfm.segmentMark(segment));
}

function textOrder(id, values) {
  const places = ranks(id, () => (values.kind === "lines" ? values.joined.split("\n") : values.values));
  return { keys: values.kind === "lines" ? places : Float64Array.from(values.codes, code => places[code]) };
}

function labelOrder(values, labels) {
  const ids = Object.keys(rfm.labels(labels));
  const places = values.values.map(id => ids.indexOf(id));
  return { keys: Float64Array.from(values.codes, code => places[code]) };
}

/** Add a column of the page's own, before another one. */
rfm.addColumn = (column, before) => {
  const listed = [...columns];
  const at = listed.findIndex(([id]) => id === before);
  listed.splice(at < 0 ? listed.length : at, 0, [column.id, column]);
  columns.clear();
  for (const [id, each] of listed) columns.set(id, each);
};

rfm.openColumns = () => {
  for (const each of DECLARED) if (rfm.columns("customers")[each[0]]) columns.set(each[0], declared(each));
};

rfm.column = id => columns.get(id) ?? columns.get("monetary");
rfm.allColumns = () => [...columns.values()];

/** The columns that are shown: those of the address, or the usual ones. */
rfm.shownColumns = () => {
  const chosen = (rfm.state.cols ?? []).filter(id => columns.has(id));
  const usual = [...columns.keys()].slice(0, SHOWN_FIRST);
  const ids = chosen.length ? chosen : usual;
  return [...new Set(["customer", ...ids])].map(id => columns.get(id));
};
