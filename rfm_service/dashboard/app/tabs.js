// The frame of the page: title, language, light or dark, and the tabs.
const THEMES = ["auto", "light", "dark"];
const tabs = new Map();

/**
 * A tab of the page. `title()` is its name, `show(element)` fills it when it is first looked at, and again after the
 * language changed; `changed(state, before)`, where there is one, is told of changes while it is shown.
 */
rfm.tab = (id, tab) => tabs.set(id, { ...tab, drawn: null });

const kept = {
  get: name => { try { return localStorage.getItem(name); } catch { return null; } },
  set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* the choice lasts until the page is closed */ } },
};

/** The tab of the address; where it names none, that of the customers if it filters them, else the first. */
function current() {
  if (tabs.has(rfm.state.tab)) return rfm.state.tab;
  const filtered = [...Object.keys(rfm.noFilters()), "sort", "cols"].some(key => rfm.state[key]);
  return filtered ? "customers" : tabs.keys().next().value;
}

rfm.shownTab = current;

function languageSwitch() {
  return el("label", { class: "choice" }, el("span", { class: "unseen" }, t("Language")),
    el("select", { id: "language", onchange: event => rfm.change({ lang: event.target.value }) },
      rfm.languages().map(({ id, name }) => el("option", { value: id, lang: id, selected: id === rfm.language }, name))));
}

function themeSwitch() {
  const names = { auto: t("As the computer"), light: t("Light"), dark: t("Dark") };
  const chosen = document.documentElement.dataset.theme ?? "auto";
  return el("label", { class: "choice" }, el("span", { class: "unseen" }, t("Colours")),
    el("select", { id: "theme", onchange: event => dress(event.target.value) },
      THEMES.map(theme => el("option", { value: theme, selected: theme === chosen }, names[theme]))));
}

function dress(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  kept.set("rfm:theme", theme);
}

function tabButton(id, tab) {
  const chosen = id === current();
  return el("button", {
    id: `tab-${id}`, role: "tab", type: "button", "aria-selected": String(chosen), "aria-controls": `panel-${id}`,
    tabindex: chosen ? 0 : -1, onclick: () => rfm.change({ tab: id }), onkeydown: walk }, tab.title());
}

function walk(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const ids = [...tabs.keys()];
  const next = ids[(ids.indexOf(current()) + step + ids.length) % ids.length];
  rfm.change({ tab: next });
  document.getElementById(`tab-${next}`).focus();
}

/** Draw the frame anew, in the chosen language. */
function drawFrame() {
  const { company, as_of: day } = rfm.facts;
  document.documentElement.lang = rfm.language;
  document.title = [t("Customers and segments"), company].filter(Boolean).join(" · ");
  for (const tab of tabs.values()) tab.drawn = null;
  document.getElementById("app").replaceChildren(
    el("header", { class: "top" },
      el("div", { class: "name" }, el("h1", {}, t("Customers and segments")),
        el("p", { class: "muted" }, [company, rfm.format.day(day)].filter(Boolean).join(" · "))),
      el("div", { class: "choices" }, languageSwitch(), themeSwitch())),
    el("nav", { class: "tabs", role: "tablist", "aria-label": t("Parts of the report") },
      [...tabs].map(([id, tab]) => tabButton(id, tab))),
    el("main", {}, [...tabs.keys()].map(id => el("section", {
      id: `panel-${id}`, role: "tabpanel", "aria-labelledby": `tab-${id}`, hidden: true }))));
}

/** Show the chosen tab, drawn if it is not yet. */
function showTab() {
  const chosen = current();
  for (const [id, tab] of tabs) {
    const panel = document.getElementById(`panel-${id}`);
    const button = document.getElementById(`tab-${id}`);
    panel.hidden = id !== chosen;
    button.setAttribute("aria-selected", String(id === chosen));
    button.tabIndex = id === chosen ? 0 : -1;
    if (id === chosen) button.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (id === chosen && !tab.drawn) {
      tab.drawn = panel;
      panel.replaceChildren();
      tab.show(panel);
    }
  }
}

rfm.watch((state, before) => {
  const language = rfm.languages().some(({ id }) => id === state.lang) ? state.lang : rfm.ownLanguage();
  if (language !== rfm.language) {
    rfm.language = language;
    drawFrame();
    document.getElementById("language").focus();
  }
  showTab();
  tabs.get(current()).changed?.(state, before);
});
