// Panels over a table, one open at a time, and what they hold: boxes of a filter, boxes of the columns.

/** `drawn`: name -> { text, draw(panel) }; gives the buttons and the panels. `prefix` keeps the ids of two tabs apart. */
rfm.panels = (prefix, drawn) => {
  const panels = Object.keys(drawn).map(name => el("div", { id: `${prefix}${name}-panel`, class: "panel", hidden: true }));
  const buttons = Object.entries(drawn).map(([name, { text, draw }], at) => el("button", {
    type: "button", class: "button", "aria-expanded": "false", "aria-controls": `${prefix}${name}-panel`,
    onclick: () => {
      const open = panels[at].hidden;
      panels.forEach((panel, each) => {
        panel.hidden = !(open && each === at);
        buttons[each].setAttribute("aria-expanded", String(!panel.hidden));
      });
      if (open) draw(panels[at]);
    } }, text));
  return { buttons, panels };
};

/** A list with a value or without it; nothing where it would be empty. */
rfm.toggled = (list = [], value, on) => {
  const without = list.filter(each => each !== value);
  return on ? [...without, value] : without.length ? without : undefined;
};

/** Boxes of one filter: `choices` are { value, count }, `content(value)` is what a value looks like. */
rfm.choiceBoxes = (key, choices, content) => el("fieldset", {}, el("legend", {}, rfm.filterHeading(key)),
  el("div", { class: "checks" }, choices.map(({ value, count }) => el("label", { class: "check" },
    el("input", { type: "checkbox", "data-filter": key, value, checked: Boolean(rfm.state[key]?.includes(value)),
      onchange: event => rfm.change({ [key]: rfm.toggled(rfm.state[key], value, event.target.checked) }) }),
    el("span", {}, content(value)), el("span", { class: "muted" }, rfm.format.number(count))))));

/** Boxes of the columns that can be shown: `all()`, `shown()`, and under which key of the address they stand. */
rfm.drawColumnBoxes = (panel, { all, shown, key }) => {
  const ids = new Set(shown().map(({ id }) => id));
  const choose = () => {
    const chosen = [...panel.querySelectorAll("input:checked")].map(input => input.value);
    rfm.change({ [key]: ["customer", ...chosen] }, { quietly: true });
  };
  panel.replaceChildren(
    el("div", { class: "checks wide" }, all().filter(({ id }) => id !== "customer").map(({ id, heading }) => el(
      "label", { class: "check" }, el("input", { type: "checkbox", value: id, checked: ids.has(id), onchange: choose }),
      el("span", {}, heading())))),
    el("button", { type: "button", class: "button", onclick: () => {
      rfm.change({ [key]: undefined }, { quietly: true });
      rfm.drawColumnBoxes(panel, { all, shown, key });
    } }, t("The usual columns")));
};

/** What a filter is called that stands above its boxes. */
rfm.filterHeading = key => ({
  from: t("From segment"), to: t("To segment"), mark: t("Mark"), day_mark: t("Mark"), day_band: rfm.heading("priority"),
  day_tier: rfm.heading("value_tier"), day_tag: rfm.heading("risk_tag"), day_channel: rfm.heading("channel"),
  day_growth: rfm.heading("growth"), day_manager: rfm.heading("manager") }[key] ?? rfm.heading(key));

/** A filter that is on, which a click takes away. */
rfm.chip = (text, change) => el("li", {}, el("button", { type: "button", class: "chip", onclick: () => rfm.change(change) }, text,
  el("span", { "aria-hidden": "true" }, "×"), rfm.unseen(t("take this filter away"))));
