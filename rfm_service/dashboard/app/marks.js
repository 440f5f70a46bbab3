// What came of a contact, kept in this browser by customer, saved to a file for the inbox folder.
const OUTCOMES = ["called", "wrote", "refused", "bought"];
const FILE_KIND = "marks";
const SAVED = "rfm:saved";
const MINUTE_MS = 60_000;
const WRONG_IN_NAMES = /[\\/:*?"<>|\s\u0000-\u001f]+/g;
let marks = new Map();
let user = "";
let keeps = true;

const outcomeNames = () => ({ called: t("A call"), wrote: t("A letter"), refused: t("A refusal"), bought: t("A purchase"),
  noted: t("Note only"), none: t("No mark") });
const place = () => `rfm:${[rfm.facts.company || "rfm", user].map(encodeURIComponent).join(":")}`;
const blank = mark => !mark || !(mark.outcome || mark.note || mark.next);
const kindOf = mark => (blank(mark) ? "none" : mark.outcome || "noted");
const isDay = text => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

/** A mark from outside as one of ours; undefined where it cannot be one. */
function sound(told) {
  const at = Date.parse(told?.at);
  if (Number.isNaN(at)) return undefined;
  return { outcome: OUTCOMES.includes(told.outcome) ? told.outcome : "", note: String(told.note ?? "").slice(0, 500),
    next: isDay(told.next) ? told.next : "", at: new Date(at).toISOString() };
}

/** Whether a file's marks stay with that one file: Firefox gives each file a store of its own. */
const apart = () => location.protocol === "file:" && navigator.userAgent.includes("Firefox");

function recall() {
  user = kept.get("rfm:user") ?? "";
  try {
    const stored = Object.entries(JSON.parse(localStorage.getItem(place()) ?? "{}"));
    marks = new Map(stored.map(([id, told]) => [id, sound(told)]).filter(([, each]) => each));
  } catch {
    marks = new Map();
    keeps = false;
  }
}

function keep() {
  try {
    localStorage.setItem(place(), JSON.stringify(Object.fromEntries(marks)));
    keeps = true;
  } catch {
    keeps = false;
  }
  rfm.forgetOrder("mark");
  codes = null;
  for (const note of document.querySelectorAll(".marks-note")) note.textContent = keptNote();
}

function keptNote() {
  const count = plural("{count} customer is marked.", "{count} customers are marked.", [...marks.values()].filter(each => !blank(each)).length);
  const trouble = !keeps ? t("This browser keeps no marks: save them to a file before you close the page.")
    : apart() ? t("This browser keeps marks for this one file: save them to a file before you open the next report.") : "";
  return [count, trouble].filter(Boolean).join(" ");
}

const localDay = at => Math.floor((at - new Date(at).getTimezoneOffset() * MINUTE_MS) / DAY_MS);

/** What of a mark stays beside an outcome of today: no note on an older contact, no next time that is past. */
function still(before) {
  const today = localDay(Date.now());
  return { note: localDay(Date.parse(before.at)) === today ? before.note : "",
    next: Date.parse(before.next) / DAY_MS >= today ? before.next : "" };
}

function setMark(id, now) {
  marks.set(id, now);
  keep();
  rfm.change({}, { quietly: true });
}

/** The mark of a customer changed; one that was taken away stays as a blank one, so that older files do not bring it back. */
function mark(id, change) {
  const before = marks.get(id) ?? { outcome: "", note: "", next: "" };
  setMark(id, { ...before, ...(change.outcome ? still(before) : {}), at: new Date().toISOString(), ...change });
}

let codes = null;

/** The kind of each row's mark, by its place in OUTCOMES, then "noted", then "none". */
function markCodes() {
  if (!codes) {
    codes = new Uint8Array(rfm.columns("customers").size).fill(OUTCOMES.length + 1);
    const kinds = [...OUTCOMES, "noted", "none"];
    for (const [id, row] of rfm.columns("customers").customer_id.rowsOf([...marks.keys()])) codes[row] = kinds.indexOf(kindOf(marks.get(id)));
  }
  return codes;
}

function markText(row) {
  if (markCodes()[row] > OUTCOMES.length) return "";
  const { outcome, note, next } = marks.get(rfm.columns("customers").customer_id.text(row));
  const day = next ? rfm.format.date(Date.parse(next) / DAY_MS) : "";
  return [outcome ? outcomeNames()[outcome] : "", day, note].filter(Boolean).join(" · ");
}

/**
 * What came of a contact since a day, "none" where there was none: an older mark tells of a contact before that day's
 * list was made. A day that is still to come is today.
 */
rfm.outcomeSince = (row, day) => {
  const code = markCodes()[row];
  if (code >= OUTCOMES.length) return "none";
  const { at } = marks.get(rfm.columns("customers").customer_id.text(row));
  return localDay(Date.parse(at)) >= Math.min(day, localDay(Date.now())) ? OUTCOMES[code] : "none";
};

/** Ticks that no file tells of yet, with what was there before: only these can be undone without a trace. */
const untold = new Map();

/**
 * A contact was made now; asked again, it was not: then an older mark is what it was, unless a file may have told of
 * the tick, which only a mark of today without an outcome takes back.
 */
rfm.tick = (row, day) => {
  const id = rfm.columns("customers").customer_id.text(row);
  if (rfm.outcomeSince(row, day) === "none") {
    const was = marks.get(id);
    mark(id, { outcome: "called" });
    return untold.set(id, { was, ticked: marks.get(id) });
  }
  const { was, ticked } = untold.get(id) ?? {};
  untold.delete(id);
  return was && ticked === marks.get(id) ? setMark(id, was) : mark(id, { outcome: "" });
};

/** The outcomes by id, as they are called. */
rfm.outcomeNames = () => outcomeNames();

rfm.openMarks = () => {
  recall();
  rfm.addColumn({ id: "mark", kind: "text", width: 110, heading: () => t("Mark"), numeric: false, text: markText,
    order: () => ({ keys: Float64Array.from(markCodes()), none: OUTCOMES.length + 1 }) }, "tier");
  rfm.ownFilter("mark", { codes: markCodes, values: () => [...OUTCOMES, "noted", "none"], label: kind => outcomeNames()[kind] });
  window.addEventListener("storage", event => {
    if (event.key === SAVED) untold.clear();
    if (event.key !== place()) return;
    recall();
    codes = null;
    rfm.change({}, { quietly: true });
  });
};

rfm.cardPart(row => {
  const id = rfm.columns("customers").customer_id.text(row);
  const now = marks.get(id) ?? {};
  const choose = outcome => {
    mark(id, { outcome });
    for (const field of ["note", "next"]) document.getElementById(`mark-${field}`).value = marks.get(id)[field];
  };
  const radio = (outcome, text) => el("label", { class: "check" }, el("input", {
    type: "radio", name: "outcome", value: outcome, checked: (now.outcome ?? "") === outcome, onchange: () => choose(outcome) }), text);
  return el("section", { class: "mark" }, el("h3", {}, t("Mark")),
    el("fieldset", { class: "outcomes" }, el("legend", { class: "unseen" }, t("What came of it")),
      OUTCOMES.map(outcome => radio(outcome, outcomeNames()[outcome])), radio("", t("Nothing yet"))),
    el("div", { class: "ranges" },
      el("label", { class: "long" }, t("Note"), el("input", { type: "text", id: "mark-note", value: now.note ?? "", maxlength: 500,
        oninput: event => mark(id, { note: event.target.value.trim() }) })),
      el("label", {}, t("Next time"), el("input", { type: "date", id: "mark-next", value: now.next ?? "",
        onchange: event => mark(id, { next: event.target.value }) }))));
});

/** All marks as the file that the inbox folder takes; other tabs learn that their ticks may be in it. */
function file(saved) {
  untold.clear();
  kept.set(SAVED, saved.toISOString());
  return JSON.stringify({ format: 1, kind: FILE_KIND, user, as_of: rfm.format.iso(rfm.facts.as_of), saved: saved.toISOString(),
    marks: [...marks].map(([id, each]) => ({ customer_id: id, outcome: each.outcome, note: each.note, next: each.next, at: each.at })) }, null, 1);
}

async function saveMarks() {
  const now = new Date();
  const day = `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
  const name = `marks-${user.replace(WRONG_IN_NAMES, "_")}-${day}.json`;
  if (!window.showSaveFilePicker) return rfm.save(name, file(now), "application/json");
  try {
    const picked = await window.showSaveFilePicker({ suggestedName: name, types: [{ accept: { "application/json": [".json"] } }] });
    const stream = await picked.createWritable();
    await stream.write(file(now));
    await stream.close();
    return rfm.announce(t("Saved."));
  } catch (error) {
    return error.name === "AbortError" ? undefined : rfm.save(name, file(now), "application/json");
  }
}

/** Marks of a file beside those that are here; of two of one customer the newer one stays. */
function loadMarks(text) {
  const told = JSON.parse(text);
  if (told.kind !== FILE_KIND || told.format !== 1 || !Array.isArray(told.marks)) throw new Error("no marks");
  for (const each of told.marks) {
    const id = each?.customer_id;
    const read = sound(each);
    const here = marks.get(id);
    if (typeof id === "string" && read && (!here || here.at < read.at)) marks.set(id, read);
  }
  keep();
  rfm.change({}, { quietly: true });
}

function loader(prefix, say) {
  return el("label", { class: "button" }, t("Load marks"), el("input", { type: "file", class: "unseen", id: `${prefix}load-marks`, accept: ".json",
    onchange: async event => {
      try {
        loadMarks(await event.target.files[0].text());
        say(t("Loaded."));
      } catch {
        say(t("This file holds no marks."));
      }
    } }));
}

/** Go on under a name, with the marks that are kept under it and those made before there was any name. */
function rename(name) {
  const nameless = user ? new Map() : marks;
  if (!user) kept.set(place(), "{}");
  kept.set("rfm:user", name);
  recall();
  user = name;
  for (const [id, each] of nameless) if (!marks.has(id)) marks.set(id, each);
  keep();
  rfm.change({}, { quietly: true });
}

/** The panel of marks: whose they are, to a file, and back. `prefix` keeps the ids of two tabs apart. */
rfm.drawMarks = (panel, prefix = "") => {
  const said = el("p", { class: "note", role: "status" });
  const say = text => { said.textContent = text; };
  const name = el("input", { type: "text", id: `${prefix}mark-user`, value: user, maxlength: 60, autocomplete: "name",
    onchange: event => rename(event.target.value.trim()) });
  panel.replaceChildren(
    el("p", { class: "marks-note" }, keptNote()),
    el("div", { class: "ranges" }, el("label", {}, t("Your name"), name),
      el("button", { type: "button", class: "button", id: `${prefix}save-marks`, onclick: () => {
        if (user) return saveMarks();
        say(t("Type your name first: it tells whose marks they are."));
        return name.focus();
      } }, t("Save marks to a file")), loader(prefix, say)),
    el("p", { class: "note" }, t("The file is for the folder inbox, and for moving marks to another computer (Load marks).")), said);
};
