// Why a customer is in a segment: the first rule that holds, with the numbers that made it hold.
const MEASURES = ["recency_days", "frequency", "monetary", "r", "f", "m"];

/** The numbers that rules look at, of a customer. */
rfm.measuresOf = row => {
  const columns = rfm.columns("customers");
  const found = Object.fromEntries(MEASURES.map(name => [name, columns[name].numbers[row]]));
  return { ...found, fm: found.f + found.m };
};

const holds = (measures, [axis, , start, upper]) => (measures[axis] >= start) === upper;

function ruleHolds(measures, { conditions, cells }) {
  const { r, f, m } = measures;
  return conditions.every(condition => holds(measures, condition)) &&
    (!cells.length || cells.includes(100 * r + 10 * f + m));
}

/** The place of the first rule that holds, -1: none, so that the fallback is the segment. */
rfm.ruleOf = measures => rfm.facts.rules.rules.findIndex(rule => ruleHolds(measures, rule));

function measured(axis, value) {
  if (axis === "monetary") return rfm.format.money(value);
  return axis === "fm" ? rfm.format.number(value / 2, value % 2 ? 1 : 0) : rfm.format.number(value);
}

/** A condition in words; with measures, the customer's own number stands in it. */
rfm.conditionText = ([axis, line, start, upper], measures) => {
  const sign = upper ? (start > line ? ">" : "≥") : start > line ? "≤" : "<";
  const told = { border: `${sign} ${measured(axis, line)}`, own: measures ? measured(axis, measures[axis]) : "" };
  const text = {
    frequency: () => t("orders {own} {border}", told), monetary: () => t("spent {own} {border}", told),
    recency_days: () => t("days since the last purchase {own} {border}", told),
    r: () => t("R score {own} {border}", told), f: () => t("F score {own} {border}", told),
    m: () => t("M score {own} {border}", told), fm: () => t("mean of F and M {own} {border}", told) }[axis]();
  return text.replace(/\s+/g, " ");
};

/** All that a rule asks for, in words. */
rfm.ruleTexts = ({ conditions, cells }, measures) => [
  ...conditions.map(condition => rfm.conditionText(condition, measures)),
  ...(cells.length ? [measures ? t("the scores {own} are one of {cells}", {
    own: `${measures.r}${measures.f}${measures.m}`, cells: cells.join(", ") })
    : t("the scores are one of {cells}", { cells: cells.join(", ") })] : [])];

/** Why a customer is in the segment, as sentences. */
rfm.whyTexts = row => {
  const measures = rfm.measuresOf(row);
  const at = rfm.ruleOf(measures);
  if (at < 0) return [t("None of the rules holds, and all others are in this segment.")];
  const texts = rfm.ruleTexts(rfm.facts.rules.rules[at], measures);
  return texts.length ? texts : [t("None of the rules above it holds, and this one takes everybody else.")];
};

/** The three scores with the borders that made them: [{ name, score, text }]. */
rfm.scoreTexts = row => {
  const { r, f, m, ...measures } = rfm.measuresOf(row);
  const { cuts } = rfm.facts;
  const borders = (axis, written) => cuts[axis].map(written).join(" · ");
  const days = value => rfm.format.number(value, Number.isInteger(value) ? 0 : 1);
  return [
    { name: "R", score: r, text: t("days since the last purchase {own}; the borders are {cuts}", {
      own: rfm.format.number(measures.recency_days), cuts: borders("r", days) }) },
    { name: "F", score: f, text: t("orders {own}; the borders are {cuts}", {
      own: rfm.format.number(measures.frequency), cuts: borders("f", days) }) },
    { name: "M", score: m, text: t("spent {own}; the borders are {cuts}", {
      own: rfm.format.money(measures.monetary), cuts: borders("m", value => rfm.format.money(value)) }) }];
};
