// What happens when the page is opened.
async function start() {
  rfm.speak(JSON.parse(decoder.decode(await gunzipped(bytesOf("words")))));
  dress(kept.get("rfm:theme"));
  rfm.open(await gunzipped(await rfm.unlocked()));
  rfm.openColumns();
  rfm.openMarks();
  rfm.readAddress();
  if (rfm.languages().some(({ id }) => id === rfm.state.lang)) rfm.language = rfm.state.lang;
  drawFrame();
  showTab();
  rfm.change({}, { quietly: true });
  await rfm.painted();
  performance.mark("rows");
  rfm.warmSearch();
  rfm.warmRanks();
}

/** For those who drive the page by a script. */
window.rfm = {
  search: text => { rfm.change({ q: text || undefined, tab: "customers" }, { quietly: true }); return rfm.painted(); },
  sort: (column, descending) => {
    rfm.change({ sort: (descending ? "-" : "") + column, tab: "customers" }, { quietly: true });
    return rfm.painted();
  },
  rows: () => (rfm.shownTab() === "customers" ? rfm.shownRows : rfm.matchingRows(rfm.state)).length,
};

start();
