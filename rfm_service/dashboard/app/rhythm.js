// The days of a customer's orders on a line, with the usual pause, the silence that is unusual, and today.
const WIDEST = 640, NARROWEST = 260, HIGH = 84, MARGIN = 12, AXIS = 46, FURTHEST = 120, YEAR = 365, LETTER_WIDTH = 7.5;

/** A drawing of the orders of the window. */
rfm.rhythm = row => {
  const { last_purchase: last, order_interval_days: pause, churn_threshold: silence } = rfm.columns("customers");
  const wide = Math.max(NARROWEST, Math.min(WIDEST, document.documentElement.clientWidth - 2 * 16));
  const { first, as_of: today } = rfm.facts;
  const usual = pause.numbers[row] ? last.numbers[row] + pause.numbers[row] : null;
  const unusual = last.numbers[row] + silence.numbers[row];
  const end = Math.min(Math.max(today, unusual, usual ?? 0) + 5, today + FURTHEST);
  const place = day => MARGIN + (day - first) / (end - first) * (wide - 2 * MARGIN);
  const orders = rfm.ordersOf(row).filter(order => order.counts);
  return el("figure", { class: "rhythm" },
    rfm.svg("svg", { viewBox: `0 0 ${wide} ${HIGH}`, role: "img", "aria-label": rhythmText(row, orders.length) },
      months(first, end, place, wide),
      rfm.svg("line", { class: "axis", x1: MARGIN, x2: wide - MARGIN, y1: AXIS, y2: AXIS }),
      unusual <= end ? line("unusual", place(unusual)) : null, usual && usual <= end ? line("usual", place(usual)) : null, line("today", place(today)),
      orders.map(order => rfm.svg("circle", { class: order.returned ? "order returned" : "order", cx: place(order.day), cy: AXIS, r: 5 },
        rfm.svg("title", {}, `${rfm.format.day(order.day)}: ${rfm.format.money(order.amount)}`)))),
    el("figcaption", {}, el("ul", { class: "legend" },
      key("order", t("an order")), key("today", t("today, {day}", { day: rfm.format.date(today) })),
      usual ? key("usual", t("an order by the usual rhythm, {day}", { day: rfm.format.date(usual) })) : null,
      key("unusual", unusual > end && silence.numbers[row] > YEAR ? t("only a silence of more than a year would be unusual")
        : t("from {day} on the silence is unusual", { day: rfm.format.date(unusual) })))));
};

const line = (name, x) => rfm.svg("line", { class: `at ${name}`, x1: x, x2: x, y1: 14, y2: AXIS + 14 });
const key = (name, text) => el("li", {}, el("span", { class: `key ${name}`, "aria-hidden": "true" }), text);

/** Beginnings of months, named where there is room. */
function months(first, end, place, wide) {
  const found = [];
  const start = utc(first);
  let free = 0;
  for (let month = start.getUTCMonth() + 1; ; month++) {
    const day = Date.UTC(start.getUTCFullYear(), month) / DAY_MS;
    if (day > end) return found;
    found.push(rfm.svg("line", { class: "tick", x1: place(day), x2: place(day), y1: AXIS - 5, y2: AXIS + 5 }));
    const text = rfm.format.month(utc(day).getUTCFullYear() * 12 + utc(day).getUTCMonth());
    const right = place(day) + 2 + text.length * LETTER_WIDTH;
    if (month % 3 || place(day) < free || right > wide) continue;
    found.push(rfm.svg("text", { x: place(day) + 2, y: HIGH - 6 }, text));
    free = right + 8;
  }
}

function rhythmText(row, count) {
  const { order_interval_days: pause, churn_threshold: silence, recency_days: recency } = rfm.columns("customers");
  return [
    plural("{count} order in the window", "{count} orders in the window", count),
    pause.numbers[row] ? plural("usually every {count} day", "usually every {count} days", pause.numbers[row]) : "",
    plural("the last one {count} day ago", "the last one {count} days ago", recency.numbers[row]),
    plural("silence is unusual from {count} day on", "silence is unusual from {count} days on", silence.numbers[row]),
  ].filter(Boolean).join(", ");
}
