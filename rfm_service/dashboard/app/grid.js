// A table of any length: only the rows in sight are elements, and they are used again while it scrolls.
const ROW = 34;
const SPARE = 8;
/** How much of a narrow screen the names take at most. */
const FIRST_SHARE = 0.45;

/**
 * `open(row)` is Enter and a click on a row, `sort(column)` a click on a heading, `tick(row)`, where there is one, the
 * space bar; `dress(element, row)` may mark a row. `high` is the height of a row.
 */
class Grid {
  #columns = [];
  #rows = new Uint32Array(0);
  #made = [];
  #first = -1;
  #active = 0;

  constructor({ label, open, sort, tick, dress, name = "row", high = ROW }) {
    Object.assign(this, { name, open, tick, dress, high });
    this.head = el("div", { role: "row", class: "row head", "aria-rowindex": 1 });
    this.body = el("div", { role: "rowgroup", class: "rows" });
    this.element = el("div", {
      class: "grid", role: "grid", tabindex: 0, "aria-label": label, "aria-readonly": "true",
      onscroll: () => requestAnimationFrame(() => this.#draw()), onkeydown: event => this.#key(event),
      onclick: event => this.#click(event) },
    el("div", { role: "rowgroup", class: "headgroup" }, this.head), this.body);
    this.sort = sort;
    new ResizeObserver(() => {
      this.#measure();
      this.#draw();
    }).observe(this.element);
  }

  /** Show columns, rows (numbers of customers), and by which column they are sorted, as in the address. */
  show(columns, rows, sort) {
    if (columns.map(({ id }) => id).join() !== this.#columns.map(({ id }) => id).join()) this.#made = [];
    this.#columns = columns;
    this.#rows = rows;
    this.#first = -1;
    this.#active = Math.min(this.#active, Math.max(rows.length - 1, 0));
    this.element.setAttribute("aria-rowcount", rows.length + 1);
    this.element.setAttribute("aria-colcount", columns.length);
    this.#measure();
    this.element.style.setProperty("--high", `${this.high}px`);
    this.body.style.height = `${rows.length * this.high}px`;
    this.head.replaceChildren(...columns.map(column => this.#heading(column, sort)));
    if (!this.#made.length) this.body.replaceChildren();
    this.#draw();
  }

  /** Widths of columns; those that grow share the room that the others leave, by what `grows` says. */
  #measure() {
    const room = this.element.clientWidth;
    const least = this.#columns.map(({ width }) => width);
    least[0] = Math.min(least[0], room * (this.#columns.length > 1 ? FIRST_SHARE : 1) || least[0]);
    const left = Math.max(0, room - least.reduce((sum, width) => sum + width, 0));
    const parts = this.#columns.reduce((sum, { grows = 0 }) => sum + Number(grows), 0);
    const widths = this.#columns.map(({ grows = 0 }, at) => least[at] + (parts ? left * Number(grows) / parts : 0));
    this.element.style.setProperty("--columns", widths.map(width => `${width}px`).join(" "));
  }

  /** Back to the first row. */
  rewind() {
    this.#active = 0;
    this.element.scrollTop = 0;
  }

  #heading(column, sort) {
    const sorted = sort === column.id ? "ascending" : sort === `-${column.id}` ? "descending" : "none";
    return el("div", { role: "columnheader", "aria-sort": sorted, class: column.numeric ? "cell number" : "cell" },
      el("button", { type: "button", tabindex: -1, title: column.heading(), onclick: () => this.sort(column) },
        el("span", {}, column.heading()),
        el("span", { class: "arrow", "aria-hidden": "true" }, { ascending: "▲", descending: "▼", none: "" }[sorted])));
  }

  #draw() {
    const first = Math.max(0, Math.floor(this.element.scrollTop / this.high) - SPARE);
    const size = Math.ceil(this.element.clientHeight / this.high) + 2 * SPARE;
    const count = Math.max(0, Math.min(size, this.#rows.length - first));
    if (first === this.#first && count === this.#made.length) return;
    this.#first = first;
    while (this.#made.length < count) this.#add();
    while (this.#made.length > count) this.#made.pop().row.remove();
    // a row keeps its element while it is in sight: which one it is follows from its number
    for (let each = first; each < first + count; each++) this.#fill(this.#made[each % count], each);
    this.#point();
  }

  #add() {
    const cells = this.#columns.map(({ numeric, id }) => el("div", {
      role: "gridcell", class: `cell ${numeric ? "number" : ""} ${id}` }));
    const row = el("div", { role: "row", class: "row" }, cells);
    this.#made.push({ row, cells });
    this.body.append(row);
  }

  #fill({ row, cells }, at) {
    row.style.transform = `translateY(${at * this.high}px)`;
    row.id = `${this.name}-${at}`;
    row.setAttribute("aria-rowindex", at + 2);
    row.classList.toggle("odd", at % 2 === 1);
    const customer = this.#rows[at];
    this.dress?.(row, customer);
    this.#columns.forEach((column, place) => {
      const cell = cells[place];
      if (column.fill) column.fill(cell, customer);
      else if (cell.textContent !== (cell.title = column.text(customer))) cell.textContent = cell.title;
    });
  }

  /** Tell where the keys are. */
  #point() {
    for (const { row } of this.#made) row.classList.toggle("active", row.id === `${this.name}-${this.#active}`);
    if (document.getElementById(`${this.name}-${this.#active}`)) this.element.setAttribute("aria-activedescendant", `${this.name}-${this.#active}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  #go(at) {
    this.#active = Math.max(0, Math.min(at, this.#rows.length - 1));
    const top = this.#active * this.high;
    const height = this.element.clientHeight - this.head.offsetHeight;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    if (top + this.high > this.element.scrollTop + height) this.element.scrollTop = top + this.high - height;
    this.#draw();
    this.#point();
  }

  #key(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.high) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.target !== this.element || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key in steps) {
      event.preventDefault();
      this.#go(this.#active + steps[event.key]);
    } else if (event.key === "Enter" && this.#rows.length) this.open(this.#rows[this.#active]);
    else if (event.key === " " && this.tick && this.#rows.length) {
      event.preventDefault();
      this.tick(this.#rows[this.#active]);
    }
  }

  #click(event) {
    const row = event.target.closest(".rows .row");
    if (!row) return;
    this.#active = Number(row.id.slice(this.name.length + 1));
    this.#point();
    if (!event.target.closest("a, label, input")) this.open(this.#rows[this.#active]);
  }
}
