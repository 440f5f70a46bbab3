// The order of rows by a column: numbers by their digits, texts by the language's own alphabet; equal rows stay.
const DIGITS = 65_536;
const PIECE = 256;
const BREATH = 12;
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

/**
 * The place of each text in the language's alphabet, equal ones sharing it, empty ones last: a generator that rests
 * after each piece of work, since nobody waits for a hundred thousand names. The alphabet's own comparison is slow;
 * texts that were sorted roughly before need few of them.
 */
function* ranking(texts) {
  const keys = [];
  for (let row = 0; row < texts.length; row++) {
    keys.push(roughly(texts[row]));
    if (row % PIECE === 0) yield;
  }
  const { compare } = new Intl.Collator(rfm.language, { numeric: true });
  let rows = Uint32Array.from(texts, (_, row) => row);
  rows = yield* mergeSorted(rows, (one, other) => keys[one] <= keys[other]);
  rows = yield* mergeSorted(rows, (one, other) => (
    Number(!texts[one]) - Number(!texts[other]) || compare(texts[one], texts[other]) || one - other) <= 0);
  const places = new Uint32Array(rows.length);
  for (let at = 0; at < rows.length; at++)
    places[rows[at]] = at && texts[rows[at]] === texts[rows[at - 1]] ? places[rows[at - 1]] : at;
  return places;
}

/** A text whose code units sort nearly as alphabets do. */
function roughly(text) {
  return folded(text).replace(/[^\p{L}\d\s]/gu, "!").replace(/\d+/g, digits => digits.padStart(8, "0"));
}

function* mergeSorted(rows, before) {
  for (let start = 0; start < rows.length; start += PIECE) {
    const piece = Array.from(rows.subarray(start, start + PIECE)).sort((one, other) => (before(one, other) ? -1 : 1));
    rows.set(piece, start);
    yield;
  }
  for (let width = PIECE; width < rows.length; width *= 2) rows = yield* merged(rows, width, before);
  return rows;
}

/** Neighbouring runs of sorted rows, each of `width`, merged into one. */
function* merged(rows, width, before) {
  const next = rows.slice();
  for (let start = 0; start + width < rows.length; start += 2 * width) {
    const middle = start + width;
    const left = firstWhere(start, middle, at => !before(rows[at], rows[middle]));
    const right = firstWhere(middle, Math.min(middle + width, rows.length), at => before(rows[middle - 1], rows[at]));
    yield* mergedPart(rows, next, [left, middle, right], before);
  }
  return next;
}

function* mergedPart(rows, next, [first, middle, end], before) {
  for (let at = first, left = first, right = middle; at < end; at++) {
    const takesLeft = left < middle && (right >= end || before(rows[left], rows[right]));
    next[at] = takesLeft ? rows[left++] : rows[right++];
    if (at % PIECE === 0) yield;
  }
}

/** The first place between two from which on a condition holds. */
function firstWhere(low, high, holds) {
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const underway = new Map();

/** The ranking of a column's texts in the chosen language, as far as it has come. */
function rankingOf(column, texts) {
  const key = `${rfm.language} ${column}`;
  if (!underway.has(key)) underway.set(key, { work: ranking(texts()), places: null });
  return underway.get(key);
}

function further(ranks) {
  const { done, value } = ranks.work.next();
  if (done) ranks.places = value;
}

/** The place of each text of a column in the language's alphabet. */
function ranks(column, texts) {
  const found = rankingOf(column, texts);
  while (!found.places) further(found);
  return found.places;
}

/** Rank the names while nobody waits for them. */
rfm.warmRanks = () => {
  const names = rfm.columns("customers").customer;
  if (names.kind !== "lines") return;
  const found = rankingOf("customer", () => names.joined.split("\n"));
  const work = deadline => {
    const end = performance.now() + Math.min(deadline?.timeRemaining?.() || BREATH, BREATH);
    while (!found.places && performance.now() < end) further(found);
    if (!found.places) rfm.later(work);
  };
  rfm.later(work);
};

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
