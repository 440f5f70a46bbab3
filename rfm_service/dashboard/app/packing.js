// What lies in the file, unpacked: packing.py says how it was packed.
const rfm = {};

const LINE_FEED = 10;
const LARGEST_INT = 2 ** 31 - 1;
const decoder = new TextDecoder();

/** The bytes of a script element that holds base64; the element goes, since nobody reads it again. */
function bytesOf(id) {
  const element = document.getElementById(id);
  const written = element.textContent;
  element.remove();
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(written);
  const binary = atob(written);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** The contents of a gzip. */
async function gunzipped(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Whole numbers of a column, as a typed array. */
function numbersOf(form, body, rows) {
  const { base, step, width, delta, low, high, at: [start] } = form;
  const found = low >= -LARGEST_INT && high <= LARGEST_INT ? new Int32Array(rows) : new Float64Array(rows);
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    let offset = 0;
    for (let plane = width - 1; plane >= 0; plane--) offset = offset * 256 + body[start + plane * rows + row];
    const value = base + step * offset;
    sum = delta ? sum + value : value;
    found[row] = sum;
  }
  return found;
}

/** One column of a section: `numbers`, or `text(row)`; where texts repeat, `codes` into `values`. */
class Column {
  #body;
  #form;
  #made = {};

  constructor(form, body, rows) {
    this.#form = form;
    this.#body = body;
    this.kind = form.kind;
    this.rows = rows;
  }

  #once(name, make) {
    return name in this.#made ? this.#made[name] : (this.#made[name] = make());
  }

  /** The lowest and the highest number. */
  get range() {
    return [this.#form.low, this.#form.high];
  }

  get numbers() {
    return this.#once("numbers", () => numbersOf(
      this.kind === "numbered" ? this.#form.numbers : this.#form, this.#body, this.rows));
  }

  /** The number of each row's text in `values`. */
  get codes() {
    return this.#once("codes", () => (this.kind === "words" ? numbersOf(this.#form.codes, this.#body, this.rows)
      : this.#coded.codes));
  }

  /** The different texts. */
  get values() {
    return this.#once("values", () => (this.kind !== "words" ? this.#coded.values
      : this.#form.count ? this.joined.split("\n") : []));
  }

  /** Codes and values of texts that hardly repeat. */
  get #coded() {
    return this.#once("coded", () => {
      const places = new Map();
      const codes = Int32Array.from({ length: this.rows }, (_, row) => {
        const text = this.text(row);
        if (!places.has(text)) places.set(text, places.size);
        return places.get(text);
      });
      return { codes, values: [...places.keys()] };
    });
  }

  /** All texts as one, a line each. */
  get joined() {
    const [start, size] = this.#form.at;
    return decoder.decode(this.#body.subarray(start, start + size));
  }

  /** What alike texts have around their number: of kind "numbered". */
  get templates() {
    return this.#once("templates", () => new Column(this.#form.templates, this.#body, this.rows));
  }

  text(row) {
    if (this.kind === "words") return this.values[this.codes[row]];
    if (this.kind === "lines") return this.#line(row);
    if (this.kind === "hex") return this.#hex(row);
    if (this.kind === "numbered") return this.#numbered(row);
    return String(this.numbers[row]);
  }

  /** The rows of some ids, by id. */
  rowsOf(ids) {
    const found = new Map();
    if (!ids.length) return found;
    const keys = this.#once("keys", () => Float64Array.from({ length: this.rows }, (_, row) => this.#key(row)));
    const wanted = new Map(ids.map(id => [this.kind === "hex" ? parseInt(id.replaceAll("-", "").slice(0, 12), 16) : 0, id]));
    const several = wanted.size < ids.length ? new Set(ids) : null;
    for (let row = 0; row < keys.length; row++) if (wanted.has(keys[row])) {
      const id = this.text(row);
      if (several ? several.has(id) : wanted.get(keys[row]) === id) found.set(id, row);
    }
    return found;
  }

  /** The first digits of a hexadecimal id, 0 of other texts. */
  #key(row) {
    if (this.kind !== "hex") return 0;
    const { digits, at: [start] } = this.#form;
    let key = 0;
    for (let byte = 0; byte < Math.min(6, digits / 2); byte++) key = key * 256 + this.#body[start + row * digits / 2 + byte];
    return key;
  }

  #line(row) {
    const starts = this.#once("starts", () => lineStarts(this.#body, this.#form.at, this.rows));
    return decoder.decode(this.#body.subarray(starts[row], starts[row + 1] - 1));
  }

  #hex(row) {
    const { digits, hyphens, at: [start] } = this.#form;
    const size = digits / 2;
    let text = "";
    for (let byte = start + row * size; byte < start + (row + 1) * size; byte++)
      text += this.#body[byte].toString(16).padStart(2, "0");
    for (const place of hyphens) text = text.slice(0, place) + "-" + text.slice(place);
    return text;
  }

  #numbered(row) {
    const [before, width, after] = this.templates.text(row).split("\0");
    return width ? before + String(this.numbers[row]).padStart(Number(width), "0") + after : before;
  }
}

/** Where each line begins, and where the next one would after the last. */
function lineStarts(body, [start, size], rows) {
  const starts = new Uint32Array(rows + 1);
  starts[0] = start;
  let row = 0;
  for (let at = start; at < start + size; at++) if (body[at] === LINE_FEED) starts[++row] = at + 1;
  starts[rows] = start + size + 1;
  return starts;
}

/** Take the findings apart: `rfm.facts`, and the columns of each section by `rfm.columns(section)`. */
rfm.open = bytes => {
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const header = JSON.parse(decoder.decode(bytes.subarray(8, 8 + size)));
  const body = bytes.subarray(8 + size);
  const sections = {};
  for (const [name, { rows, columns }] of Object.entries(header.sections)) {
    const made = Object.entries(columns).map(([column, form]) => [column, new Column(form, body, rows)]);
    sections[name] = { ...Object.fromEntries(made), size: rows };
  }
  rfm.facts = header.facts;
  rfm.columns = section => sections[section];
};
