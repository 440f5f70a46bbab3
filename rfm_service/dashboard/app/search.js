// Which rows hold a word: in names, e-mails, sales managers, numbers of orders and documents.
const LEAST_OF_NUMBER = 4;
const SEARCHED = ["customer", "email", "manager"];
const CACHED = 12;
const FEW_DIGITS = /^\d{1,2}$/;
const BESIDE = /[\p{L}\p{N}]/u;
const haystacks = new Map();
const masks = new Map();

/** The texts of a column in small letters as one, and where each row's begins. */
function haystack(name) {
  if (!haystacks.has(name)) {
    const text = sought(rfm.columns("customers")[name].joined);
    const starts = new Uint32Array(rfm.columns("customers").size + 1).fill(text.length + 1);
    for (let row = 0, at = 0; at >= 0; row++) {
      starts[row] = at;
      at = text.indexOf("\n", at) + 1 || -1;
    }
    haystacks.set(name, { text, starts });
  }
  return haystacks.get(name);
}

/** Where a text holds a word, from a place on, or -1; one or two digits are found as a whole word only. */
function placeOf(text, word, from = 0) {
  let at = text.indexOf(word, from);
  if (!FEW_DIGITS.test(word)) return at;
  while (at >= 0 && (BESIDE.test(text[at - 1] ?? "") || BESIDE.test(text[at + word.length] ?? ""))) at = text.indexOf(word, at + 1);
  return at;
}

function markLines(name, word, mask) {
  const { text, starts } = haystack(name);
  let row = 0;
  for (let at = placeOf(text, word); at >= 0; at = placeOf(text, word, starts[row])) {
    while (starts[row + 1] <= at) row++;
    mask[row++] = 1;
    if (row >= mask.length) return;
  }
}

function markWords(column, word, mask) {
  const hit = column.values.map(value => placeOf(sought(value), word) >= 0);
  if (!hit.includes(true)) return;
  const { codes } = column;
  for (let row = 0; row < mask.length; row++) if (hit[codes[row]]) mask[row] = 1;
}

/**
 * How a word can lie over a template and its number: [tens below the digits, tens of the digits, their value], or
 * true where it lies beside the number.
 */
function alignments(template, word) {
  const [before, digits, after] = template.split("\0").map(sought);
  if (!digits) return before.includes(word);
  const width = Number(digits);
  const whole = before + "#".repeat(width) + after;
  const found = [];
  for (let at = 0; at + word.length <= whole.length; at++) {
    const fits = laid(whole, before.length, width, word, at);
    if (fits === true) return true;
    if (fits) found.push(fits);
  }
  return found;
}

function laid(whole, first, width, word, at) {
  let digits = "";
  let last = 0;
  for (let place = 0; place < word.length; place++) {
    const under = at + place;
    if (under >= first && under < first + width) {
      if (word[place] < "0" || word[place] > "9") return null;
      digits += word[place];
      last = under;
    } else if (whole[under] !== word[place]) return null;
  }
  return digits ? [10 ** (first + width - 1 - last), 10 ** digits.length, Number(digits)] : true;
}

/** Call back with each row of a column of numbers (of documents, of orders) that holds the word. */
function eachNumbered(column, word, found) {
  if (column.kind !== "numbered") {
    for (let row = 0; row < column.rows; row++) if (sought(column.text(row)).includes(word)) found(row);
    return;
  }
  const ways = column.templates.values.map(template => alignments(template, word));
  if (!ways.some(way => way === true || way.length)) return;
  const { numbers, templates: { codes } } = column;
  for (let row = 0; row < column.rows; row++) {
    const way = ways[codes[row]];
    if (way === true) found(row);
    else for (let each = 0; each < way.length; each++) {
      const [below, tens, value] = way[each];
      if (Math.floor(numbers[row] / below) % tens === value) {
        found(row);
        break;
      }
    }
  }
}

/** The order of each document. */
let owners;
function orderOfDocument() {
  if (!owners) {
    owners = new Int32Array(rfm.columns("documents").size);
    const counts = rfm.columns("orders").documents.numbers;
    for (let order = 0, at = 0; order < counts.length; order++) for (let each = 0; each < counts[order]; each++) owners[at++] = order;
  }
  return owners;
}

function markOrders(word, mask) {
  const { order, row } = rfm.columns("orders");
  const customers = row.numbers;
  eachNumbered(order, word, at => { mask[customers[at]] = 1; });
  const orders = orderOfDocument();
  eachNumbered(rfm.columns("documents").document, word, at => { mask[customers[orders[at]]] = 1; });
}

function maskOf(word) {
  const customers = rfm.columns("customers");
  const mask = new Uint8Array(customers.size);
  for (const name of SEARCHED) {
    if (!customers[name] || (name === "email" && FEW_DIGITS.test(word))) continue;
    if (customers[name].kind === "words") markWords(customers[name], word, mask);
    else markLines(name, word, mask);
  }
  if (word.length >= LEAST_OF_NUMBER && /\d/.test(word)) markOrders(word, mask);
  return mask;
}

/** 1 for each row in which a word was found. */
function hitsOf(word) {
  if (!masks.has(word)) {
    if (masks.size >= CACHED) masks.delete(masks.keys().next().value);
    masks.set(word, maskOf(word));
  }
  return masks.get(word);
}

/** 1 for each row in which every word was found; null: nothing was asked for. */
function searched(query) {
  const words = wordsOf(query ?? "");
  if (!words.length) return null;
  return words.map(hitsOf).reduce((one, other) => one.map((hit, row) => hit & other[row]));
}

/** Make what the first search needs while nobody waits for it. */
rfm.warmSearch = () => {
  for (const name of SEARCHED) if (rfm.columns("customers")[name]?.kind === "lines") rfm.later(() => haystack(name));
};
