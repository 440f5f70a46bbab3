// Small charts, drawn anew in the width that they are given; each has its numbers as a table too.
const HEIGHT = 190, LEFT = 56, RIGHT = 10, TOP = 10, BOTTOM = 26, LETTER = 7, WIDE_LETTER = 12;
const { svg } = rfm;

/** Round steps, none below `least`, from 0 (or below) to at least `high`. */
function ticks(low, high, count = 4, least = 1) {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(each => each * power).find(each => each >= rough && each >= least) ?? least;
  const first = Math.floor(low / step);
  return Array.from({ length: Math.ceil(high / step) - first + 1 }, (_, at) => (first + at) * step);
}

/** About half of the width of a text; Chinese letters are wide. */
const halfOf = text => [...text].reduce((sum, letter) => sum + (letter > "\u2e7f" ? WIDE_LETTER : LETTER), 0) / 2;

/** Of labels along the bottom those that do not touch. */
function spaced(labels, place, width) {
  let free = -Infinity;
  return labels.filter(({ at, text }) => {
    const half = halfOf(text);
    const left = Math.min(Math.max(place(at) - half, 0), width - 2 * half);
    if (left < free) return false;
    free = left + 2 * half + 8;
    return true;
  });
}

function label({ at, text }, place, width, y) {
  const half = halfOf(text);
  const x = Math.min(Math.max(place(at), half), width - half);
  return svg("text", { x, y, "text-anchor": "middle" }, text);
}

/** What is behind and around: horizontal lines with their values, labels below. */
function frame({ width, height, levels, written, y, x, below }) {
  const base = height - BOTTOM;
  return [
    ...levels.map(level => svg("line", { class: level ? "chart-level" : "chart-base", x1: LEFT, x2: width - RIGHT, y1: y(level), y2: y(level) })),
    ...levels.map(level => svg("text", { x: LEFT - 6, y: y(level) + 4, "text-anchor": "end" }, written(level))),
    ...spaced(below, x, width).map(each => label(each, x, width, base + 18))];
}

function scale(levels, height) {
  const [low, high] = [levels[0], levels.at(-1)];
  return value => height - BOTTOM - (value - low) / (high - low || 1) * (height - BOTTOM - TOP);
}

/**
 * A drawing with a title, what it shows in words, and its numbers: `draw(width, height)` gives elements, `numbers`
 * what rfm.tabled takes, `note` is said below.
 */
rfm.chart = ({ title, summary, draw, numbers, note, height = HEIGHT, key }) => {
  const area = svg("svg", { role: "img", "aria-label": `${title}. ${summary ?? ""}`, height });
  const holder = el("div", { class: "chart-area", style: { height: `${height}px` } }, area);
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.floor(holder.clientWidth);
    if (!width || width === drawn) return;
    drawn = width;
    area.setAttribute("width", width);
    area.setAttribute("viewBox", `0 0 ${width} ${height}`);
    area.replaceChildren(...draw(width, height));
  }).observe(holder);
  return el("figure", { class: "chart-figure" }, el("figcaption", {}, el("h3", {}, title), summary ? el("p", {}, summary) : null),
    key ?? null, holder, note ? el("p", { class: "note" }, note) : null,
    numbers ? el("details", {}, el("summary", {}, t("As a table")), rfm.wide(title, rfm.tabled({ caption: title, ...numbers }))) : null);
};

/** Bars one beside another: [{ text, value, told, pale }]; values below 0 hang down. */
rfm.bars = (bars, written) => (width, height) => {
  const values = bars.map(({ value }) => value);
  const levels = ticks(Math.min(0, ...values), Math.max(...values, 0));
  const y = scale(levels, height);
  const step = (width - LEFT - RIGHT) / bars.length;
  const x = at => LEFT + (at + 0.5) * step;
  return [...frame({ width, height, levels, written, y, x, below: bars.map(({ text }, at) => ({ at, text })) }),
    ...bars.flatMap(({ parts, value, told, pale }, at) => (parts ?? [{ value }]).map(part => svg("rect", {
      class: `chart-bar ${pale ? "pale" : ""} ${part.name ?? ""}`, x: x(at) - step * 0.4, width: Math.max(step * 0.8, 1),
      y: Math.min(y(0), y(part.value)), height: Math.abs(y(part.value) - y(0)) }, svg("title", {}, told))))];
};

/** Two bars at each place, one up and one down: [{ text, up, down, told }]. */
rfm.upAndDown = (bars, written) => (width, height) => {
  const levels = ticks(-Math.max(...bars.map(({ down }) => down), 0), Math.max(...bars.map(({ up }) => up), 1));
  const y = scale(levels, height);
  const step = (width - LEFT - RIGHT) / bars.length;
  const x = at => LEFT + (at + 0.5) * step;
  const bar = (at, name, value, told) => svg("rect", { class: `chart-bar ${name}`, x: x(at) - step * 0.4, width: Math.max(step * 0.8, 1),
    y: Math.min(y(0), y(value)), height: Math.abs(y(value) - y(0)) }, svg("title", {}, told));
  return [...frame({ width, height, levels, written: level => written(Math.abs(level)), y, x, below: bars.map(({ text }, at) => ({ at, text })) }),
    ...bars.flatMap(({ up, down, told }, at) => [bar(at, "up", up, told), bar(at, "down", -down, told)])];
};

/** Lines over a common bottom: series [{ name, colour, points: [[x, y]] }], `below` [{ at, text }]. */
rfm.lines = ({ series, written, below, high, marks = [] }) => (width, height) => {
  const points = series.flatMap(each => each.points);
  const [first, last] = [Math.min(...points.map(([at]) => at)), Math.max(...points.map(([at]) => at))];
  const levels = high ? ticks(0, high, 4, 0) : ticks(0, Math.max(...points.map(([, value]) => value), 1));
  const y = scale(levels, height);
  const x = at => LEFT + (at - first) / (last - first || 1) * (width - LEFT - RIGHT);
  return [...frame({ width, height, levels, written, y, x, below }),
    ...marks.flatMap(mark => [
      svg("line", { class: "chart-mark", x1: x(mark.x), x2: x(mark.x), y1: y(levels[0]), y2: y(mark.y) }),
      svg("line", { class: "chart-mark", x1: x(first), x2: x(mark.x), y1: y(mark.y), y2: y(mark.y) })]),
    ...series.map(({ name, colour, points: spots, area }) => svg(area ? "polygon" : "polyline", {
      class: area ? "chart-filled" : "chart-line", style: colour ? { "--line": colour } : {},
      points: [...(area ? [[first, levels[0]]] : []), ...spots, ...(area ? [[last, levels[0]]] : [])].map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ") },
    name ? svg("title", {}, name) : "")),
    ...series.filter(({ area, points: spots }) => !area && spots.length).map(({ colour, points: spots }) => svg("circle", {
      class: "chart-end", style: colour ? { "--line": colour } : {}, cx: x(spots.at(-1)[0]), cy: y(spots.at(-1)[1]), r: 3 }))];
};

/** Bars of different widths side by side, with lines across: bins [{ low, high, value, told }]. */
rfm.histogram = ({ bins, written, places, cuts, lines, logarithmic }) => (width, height) => {
  const levels = ticks(0, Math.max(...bins.map(({ value }) => value), 1), 3);
  const y = scale(levels, height);
  const along = logarithmic ? value => Math.log10(Math.max(value, 1)) : value => value;
  const [first, last] = [along(bins[0].low), along(bins.at(-1).high)];
  const x = value => LEFT + (along(value) - first) / (last - first || 1) * (width - LEFT - RIGHT);
  const inside = value => along(value) >= first && along(value) <= last;
  const across = (name, values) => values.filter(inside).map(value => svg("line", { class: name, x1: x(value), x2: x(value), y1: TOP, y2: y(0) }));
  return [...frame({ width, height, levels, written: level => rfm.format.number(level), y, x, below: places.filter(inside).map(at => ({ at, text: written(at) })) }),
    ...bins.map(({ low, high, value, told }) => svg("rect", { class: "chart-bar calm", x: x(low), width: Math.max(x(high) - x(low) - 0.7, 0.5),
      y: y(value), height: y(0) - y(value) }, svg("title", {}, told))),
    ...across("chart-rule", lines), ...across("chart-cut", cuts)];
};

/** Bars that lie, with their names over them: [{ text, value, told, colour, open }]. */
rfm.lying = bars => {
  const most = Math.max(...bars.map(({ value }) => value), 1);
  return el("ol", { class: "lying" }, bars.map(({ text, value, told }) => el("li", {},
    el("div", { class: "lying-name" }, el("span", {}, text), el("span", { class: "number" }, told)),
    el("div", { class: "lying-bar", "aria-hidden": "true", style: { "--length": `${Math.max(value, 0) / most * 100}%` } }))));
};

/** The meaning of colours: [[name, colour or class]]. */
rfm.chartKey = entries => el("ul", { class: "chart-key" }, entries.map(([name, colour, mark]) => el("li", {},
  el("span", { class: `chart-swatch ${mark ?? ""}`, "aria-hidden": "true", style: colour ? { background: colour } : {} }), name)));

rfm.chartTicks = ticks;
