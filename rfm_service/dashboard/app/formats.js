// Numbers, money and dates as the chosen language writes them.
const MONEY_SCALE = 10_000;
const CHANCE_SCALE = 10_000;
const MINUS = "\u2212";
const DAY_MS = 86_400_000;
const made = new Map();

/** A formatter of the chosen language, made once. */
function formatter(name, options, kind = Intl.NumberFormat) {
  const key = `${rfm.language} ${name}`;
  if (!made.has(key)) made.set(key, new kind(rfm.language, { roundingMode: "halfEven", ...options }));
  return made.get(key);
}

/** Money with the currency's own sign, wherever the language puts it. */
function signed(name, options, units) {
  const parts = formatter(name, { style: "currency", currency: rfm.facts.currency, currencyDisplay: "narrowSymbol", ...options }).formatToParts(units);
  const own = { currency: () => rfm.sign(), minusSign: () => MINUS, compact: unit => (unit === "B" ? "bin" : unit) };
  return parts.map(({ type, value }) => own[type]?.(value) ?? value).join("");
}

const utc = day => new Date(day * DAY_MS);
const fixed = digits => ({ minimumFractionDigits: digits, maximumFractionDigits: digits });

rfm.format = {
  /** A number with `digits` decimals. */
  number: (value, digits = 0) => formatter(`number${digits}`, fixed(digits)).format(value).replace("-", MINUS),
  /** 1/10 000 as money. */
  money: (value, digits = 0) => signed(`money${digits}`, fixed(digits), value / MONEY_SCALE),
  /** 1/10 000 as a number of currency units, for columns whose heading names the currency. */
  units: (value, digits = 0) => rfm.format.number(value / MONEY_SCALE, digits),
  /** 1/10 000 as short money: 12.3 M; as the morning page writes it, 亿 with two places and a Turkish thousand as bin. */
  compact: value => {
    const units = Math.round(value / MONEY_SCALE);
    const digits = rfm.language === "zh" && Math.abs(units) >= 1e8 ? 2 : 1;
    return signed(`compact${digits}`, { notation: "compact", maximumFractionDigits: digits, minimumFractionDigits: 0 }, units);
  },
  /** A share 0..1. */
  percent: (share, digits = 0) => formatter(`percent${digits}`, { style: "percent", ...fixed(digits) }).format(share),
  /** A day number, written out. */
  day: day => formatter("day", { dateStyle: "long", timeZone: "UTC" }, Intl.DateTimeFormat).format(utc(day)),
  /** A day number, short, for tables. */
  date: day => shortDate(day),
  /** year * 12 + month - 1, short. */
  month: month => formatter("month", { month: "short", year: "numeric", timeZone: "UTC" }, Intl.DateTimeFormat)
    .format(new Date(Date.UTC(Math.floor(month / 12), month % 12))),
  /** A day number as 2026-11-20. */
  iso: day => utc(day).toISOString().slice(0, 10),
};

const dates = new Map();

function shortDate(day) {
  const key = `${rfm.language} ${day}`;
  if (!dates.has(key)) {
    const options = rfm.language === "en" ? { dateStyle: "medium" } : { day: "2-digit", month: "2-digit", year: "numeric" };
    dates.set(key, formatter("date", { ...options, timeZone: "UTC" }, Intl.DateTimeFormat).format(utc(day)));
  }
  return dates.get(key);
}
