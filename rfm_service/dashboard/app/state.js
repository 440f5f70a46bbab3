// What is shown, as the part of the address after `#`: a link can be sent, back and forward work.
const LISTS = ["segment", "tier", "value", "risk", "abc", "xyz", "manager", "category", "mark", "from", "to"];
const RANGES = ["recency_days", "frequency", "monetary"];
const SINGLE = ["tab", "q", "sort", "lang", "customer", "moved", "silent", "way", "cause", "by", "all", "product", "order",
  "day_q", "day_sort"];
/** Filters of today's list. */
const DAY_LISTS = ["day_band", "day_tier", "day_tag", "day_channel", "day_growth", "day_manager", "day_mark"];
const LISTED = [...LISTS, "cols", ...DAY_LISTS, "day_cols"];
const EMPTY = "~";

/** SINGLE keys: texts; `cols` and `day_cols`: column ids; filters: lists of ids, or [low, high]. */
rfm.state = {};

const watchers = [];
rfm.watch = watcher => watchers.push(watcher);

function written(state) {
  const parts = SINGLE.filter(key => state[key]).map(key => `${key}=${encodeURIComponent(state[key])}`);
  for (const key of LISTED)
    if (state[key]?.length) parts.push(`${key}=${state[key].map(id => encodeURIComponent(id || EMPTY)).join(",")}`);
  for (const key of RANGES)
    if (state[key]) parts.push(`${key}=${state[key].map(end => end ?? "").join("..")}`);
  return parts.join("&");
}

function read(hash) {
  const state = {};
  for (const part of hash.replace(/^#/, "").split("&")) {
    const [key, ...rest] = part.split("=");
    const value = rest.join("=");
    if (SINGLE.includes(key)) state[key] = decoded(value);
    else if (LISTED.includes(key))
      state[key] = value.split(",").map(id => (id === EMPTY ? "" : decoded(id)));
    else if (RANGES.includes(key)) state[key] = ends(value);
  }
  return state;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function ends(text) {
  const [low, high] = text.split("..").map(end => (end === "" || Number.isNaN(Number(end)) ? null : Number(end)));
  return low === null && high === null ? undefined : [low ?? null, high ?? null];
}

/** Merge a change into the state; `undefined` takes a key away. `quietly` leaves no step for the back button. */
rfm.change = (change, { quietly = false } = {}) => {
  const before = rfm.state;
  rfm.state = { ...before, ...change };
  const hash = written(rfm.state);
  if (hash !== written(before)) history[quietly ? "replaceState" : "pushState"](null, "", `#${hash}`);
  for (const watcher of watchers) watcher(rfm.state, before);
};

/** Filter the customers, and go to them. Without a change: of everybody. */
rfm.filter = change => rfm.change({ ...rfm.noFilters(), ...change, tab: "customers" });

/** A change that takes all filters and the search away. */
rfm.noFilters = () => Object.fromEntries([...LISTS, ...RANGES, "q", "moved", "silent"].map(key => [key, undefined]));

rfm.link = change => `#${written({ ...rfm.state, ...change })}`;

rfm.readAddress = () => {
  rfm.state = read(location.hash);
};

window.addEventListener("popstate", () => {
  const before = rfm.state;
  rfm.readAddress();
  for (const watcher of watchers) watcher(rfm.state, before);
});
