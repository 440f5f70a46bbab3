// The order of rows by a column: numbers by their digits, texts by the language's own alphabet; equal rows stay.
const DIGITS = 65_536;
const orders = new Map();

/** Rows by ascending keys (numbers from 0 on), equal ones as they were: 16 bits at a time. */
function radix(keys) {
  const size = keys.length;
  let rows = new Uint32Array(size);
  for (let row = 0; row < size; row++) rows[row] = row;
  const halves = new Uint16Array(Float64Array.from(keys).buffer);
  let next = new Uint32Array(size);
  for (let part = 0; part < 4; part++) {
    const starts = new Uint32Array(DIGITS + 1);
    for (let row = 0; row < size; row++) starts[halves[row * 4 + part] + 1]++;
    if (starts.indexOf(size) > 0) continue;
    for (let digit = 0; digit < DIGITS; digit++) starts[digit + 1] += starts[digit];
    for (let at = 0; at < size; at++) next[starts[halves[rows[at] * 4 + part]]++] = rows[at];
    [rows, next] = [next, rows];
  }
  return rows;
}

/** The place of each text in the language's alphabet; empty ones come last. */
function ranks(texts) {
  const collator = new Intl.Collator(rfm.language, { numeric: true });
  const places = texts.map((_, at) => at).sort((one, other) => (
    Number(!texts[one]) - Number(!texts[other]) || collator.compare(texts[one], texts[other]) || one - other));
  const found = new Uint32Array(texts.length);
  places.forEach((at, place) => {
    const before = places[place - 1];
    found[at] = place && collator.compare(texts[before], texts[at]) === 0 && texts[before] === texts[at] ? found[before] : place;
  });
  return found;
}

/** Rows in the order of a sort like "monetary" or "-monetary" (descending); rows without a value are last. */
function sorted(sort) {
  const key = `${rfm.language} ${sort}`;
  if (!orders.has(key)) {
    if (orders.size > 8) orders.delete(orders.keys().next().value);
    orders.set(key, inOrder(sort));
  }
  return orders.get(key);
}

function inOrder(sort) {
  const descending = sort.startsWith("-");
  const { keys, none } = rfm.column(sort.replace(/^-/, "")).order();
  let low = Infinity, high = -Infinity;
  for (let row = 0; row < keys.length; row++) if (keys[row] !== none) {
    if (keys[row] < low) low = keys[row];
    if (keys[row] > high) high = keys[row];
  }
  const last = high - low + 1;
  const shifted = new Float64Array(keys.length);
  for (let row = 0; row < keys.length; row++)
    shifted[row] = keys[row] === none ? last : descending ? high - keys[row] : keys[row] - low;
  return radix(shifted);
}

/** Forget the order of a column whose values changed. */
rfm.forgetOrder = column => {
  for (const key of [...orders.keys()]) if (key.replace(/^.* -?/, "") === column) orders.delete(key);
};
