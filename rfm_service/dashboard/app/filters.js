// Which customers are shown: the words and the filters of the address, all of which must hold.
const COLUMN_OF = { from: "previous_segment", to: "segment" };
const own = new Map();

/** A filter by values that the page itself keeps: `codes()` and `values()` as of a column. */
rfm.ownFilter = (key, { codes, values, label }) => own.set(key, { codes, values, label });

/** The values that a filter chooses from, and the number of each row's. */
function choices(key) {
  if (own.has(key)) return { codes: own.get(key).codes(), values: own.get(key).values() };
  const column = rfm.columns("customers")[COLUMN_OF[key] ?? key];
  return column ? { codes: column.codes, values: column.values } : { codes: [], values: [] };
}

/** What a value of a filter is called. */
rfm.choiceLabel = (key, value) => {
  if (own.has(key)) return own.get(key).label(value);
  if (["segment", "from", "to"].includes(key)) return rfm.label("segment", value);
  if (["tier", "value", "risk"].includes(key)) return rfm.label(key, value);
  if (["abc", "xyz"].includes(key)) return rfm.label("class", value);
  return value || t("not stated");
};

function keepListed(mask, key, wanted) {
  const { codes, values } = choices(key);
  const chosen = values.map(value => wanted.includes(value));
  for (let row = 0; row < mask.length; row++) if (!chosen[codes[row]]) mask[row] = 0;
}

function keepBetween(mask, key, [low, high]) {
  const { numbers } = rfm.columns("customers")[key];
  const scale = key === "monetary" ? MONEY_SCALE : 1;
  const from = low === null ? -Infinity : low * scale;
  const to = high === null ? Infinity : high * scale;
  for (let row = 0; row < mask.length; row++) if (numbers[row] < from || numbers[row] > to) mask[row] = 0;
}

/** The segment that a customer was in, as far as it is another one now. */
function keepMoved(mask) {
  const { segment, previous_segment: previous } = rfm.columns("customers");
  const [now, before] = [segment.values, previous.values];
  for (let row = 0; row < mask.length; row++)
    if (now[segment.codes[row]] === before[previous.codes[row]]) mask[row] = 0;
}

/** Silent for longer than is usual for the customer itself. */
function keepSilent(mask) {
  const { recency_days: recency, churn_threshold: silence } = rfm.columns("customers");
  for (let row = 0; row < mask.length; row++) if (recency.numbers[row] <= silence.numbers[row]) mask[row] = 0;
}

/** 1 for each row that is shown. */
function matching(state) {
  const hits = searched(state.q);
  const mask = hits ? Uint8Array.from(hits) : new Uint8Array(rfm.columns("customers").size).fill(1);
  for (const key of LISTS) if (state[key]?.length) keepListed(mask, key, state[key]);
  for (const key of RANGES) if (state[key]) keepBetween(mask, key, state[key]);
  if (state.silent) keepSilent(mask);
  const moves = state.moved || state.from?.length || state.to?.length;
  if (moves && rfm.facts.previous_as_of !== null) keepMoved(mask);
  return mask;
}

/** The rows that are shown, in the order of the sort. */
rfm.matchingRows = state => {
  const mask = matching(state);
  const found = new Uint32Array(mask.length);
  let size = 0;
  for (const row of sorted(state.sort || "-monetary")) if (mask[row]) found[size++] = row;
  return found.subarray(0, size);
};

/** How many customers each value of a filter has, the order of labels kept, else the most first. */
rfm.choiceCounts = key => {
  const { codes, values } = choices(key);
  const counts = new Float64Array(values.length);
  for (let row = 0; row < codes.length; row++) counts[codes[row]]++;
  const labels = { segment: "segment", tier: "tier", value: "value", risk: "risk", abc: "class", xyz: "class" }[key];
  const order = labels ? Object.keys(rfm.labels(labels)) : null;
  return values.map((value, at) => ({ value, count: counts[at] })).sort((one, other) => (
    order ? order.indexOf(one.value) - order.indexOf(other.value) : other.count - one.count));
};
