// Elements of the page: their texts go in as texts, never as markup.
const SVG = "http://www.w3.org/2000/svg";

function adorned(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [rule, set] of Object.entries(value)) element.style.setProperty(rule, set);
    else if (name === "value" || name === "checked" || name === "hidden" || name === "disabled") element[name] = value;
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element; `on...` attributes are listeners, `style` an object; children are elements or texts. */
rfm.el = (tag, attributes, ...children) => adorned(document.createElement(tag), attributes, children);

/** An element of a drawing. */
rfm.svg = (tag, attributes, ...children) => adorned(document.createElementNS(SVG, tag), attributes, children);

const { el } = rfm;

/** Resolves when what was changed is on the screen. */
rfm.painted = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())));

const live = el("p", { class: "unseen", role: "status", "aria-live": "polite" });
document.body.append(live);

/** Tell those who listen instead of looking. */
rfm.announce = text => {
  live.textContent = text;
};

/** Run when the page has nothing better to do. */
rfm.later = task => (window.requestIdleCallback ? requestIdleCallback(task, { timeout: 500 }) : setTimeout(task, 200));

/** A segment's name with its colour beside it. */
rfm.segmentMark = segment => [
  el("span", { class: "swatch", style: { background: segment ? rfm.colour(segment) : "transparent" }, "aria-hidden": "true" }),
  rfm.label("segment", segment)];

/** What to do with the customers of a segment, where anybody has said it. */
rfm.advice = segment => {
  const text = rfm.labels("advice")[segment];
  return text ? el("small", { class: "advice" }, text) : null;
};

/** Have the browser save a file. */
rfm.save = (name, text, type) => {
  const url = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};

/** A tool in the line over the table of customers: called for its element whenever that line is drawn. */
rfm.customerTools = [];

/** A phone that a click calls. */
rfm.phoneLink = phone => el("a", { href: `tel:${phone.replace(/[^+\d]/g, "")}` }, phone);
