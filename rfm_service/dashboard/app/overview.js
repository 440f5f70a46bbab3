// The tab of the whole: what happened, key figures, segments, moves, the forecast, charts.
function warnings(said) {
  return said.warnings.map(text => el("p", { class: "warning-line", role: "alert" }, `⚠ ${text}`));
}

function happened(said) {
  const worse = rfm.flows().some(({ rise }) => rise < 0);
  const silent = rfm.facts.unseen.silent > 0;
  return rfm.piece(t("What happened"), el("ul", { class: "news" }, said.news.map(text => el("li", {}, text))),
    worse || silent ? el("div", { class: "tools" }, worse ? el("button", { type: "button", class: "button", onclick: () => rfm.change({ ...rfm.noFilters(), cause: undefined, way: "worse", tab: "moves" }) },
      t("Who got worse last night")) : null,
    silent ? el("button", { type: "button", class: "button", id: "silent", onclick: () => rfm.filter({ abc: ["A"], silent: "1" }) },
      t("Class A, silent for too long")) : null) : null);
}

/** The line of a key figure, which Python drew. */
function spark(markup, words) {
  if (!markup) return null;
  const drawing = document.importNode(new DOMParser().parseFromString(markup, "image/svg+xml").documentElement, true);
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", words);
  return drawing;
}

function figure({ caption, value, mark, changes, spark_words: words }, at) {
  return el("div", { class: "key-figure" }, el("dt", {}, caption),
    el("dd", { class: "value" }, value, mark ? el("span", { class: "not-final" }, ` ${mark}`) : null),
    el("dd", {}, spark(rfm.facts.sparks[at], words)),
    changes.map(change => el("dd", { class: "change" }, el("b", { class: `way-${change.way === "same" ? "level" : change.way}` }, change.words), ` ${change.caption}`)));
}

function figures(said) {
  const below = [said.legend, said.comparison].filter(Boolean).join(" ");
  return el("section", { "aria-label": t("Key figures") }, el("dl", { class: "key-figures" }, said.figures.map(figure)),
    below ? el("p", { class: "note" }, below) : null);
}

function settings(said) {
  if (!said.settings.length) return null;
  return rfm.piece(t("Settings changed since the night before"), el("dl", { class: "changed-settings" }, said.settings.map(([name, before, after]) => el(
    "div", {}, el("dt", {}, name), el("dd", {}, before ? `${before} → ${after}` : after)))),
  said.more_settings ? el("p", { class: "note" }, said.more_settings) : null);
}

rfm.tab("overview", {
  title: () => t("Overview"),
  show(element) {
    const said = rfm.said();
    element.classList.add("told");
    element.append(el("p", { class: "fresh-lines" }, said.freshness.map(text => el("span", {}, text))), ...warnings(said), happened(said),
      figures(said));
    if (rfm.facts.map) element.append(el("div", { class: "beside" }, rfm.segmentTable(), rfm.segmentMap()));
    element.append(rfm.migration());
    element.append(el("div", { class: "beside" }, rfm.foretold(), settings(said)));
    if (rfm.facts.map) element.append(rfm.piece(t("Charts"), el("div", { class: "charted" }, rfm.overviewCharts())), rfm.levelTable());
    if (said.left_out.length) element.append(el("p", { class: "note" }, `${t("Left out of the figures")}: ${said.left_out.join(" · ")}`));
  },
});
