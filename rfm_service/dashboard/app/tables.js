// What is filtered, as a file for a spreadsheet and on paper.
const RISKY = /^[=+\-@＝＋－＠\t\r]/;
const COMMA_LANGUAGES = ["ru", "tr"];
const EXPECTED = ["spend30", "spend90"];
const MOST_PRINTED = 2000;

/** An amount in 1/10 000 as digits, exact. */
function exact(value) {
  const digits = String(Math.abs(value)).padStart(5, "0");
  const cents = digits.slice(-4).replace(/00$/, "");
  return `${value < 0 ? "-" : ""}${digits.slice(0, -4)}.${cents}`;
}

/** A text that no spreadsheet takes for a formula. */
rfm.guarded = text => {
  const safe = RISKY.test(text) ? `'${text}` : text;
  return /[;"\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** A value of a customer as a file for people has it. */
function csvCell(column, row) {
  const values = rfm.columns("customers")[column.id];
  if (column.empty?.(row)) return "";
  if (EXPECTED.includes(column.id)) return String(Math.round(values.numbers[row] / MONEY_SCALE));
  if (column.kind === "money") return decimal(exact(values.numbers[row]));
  if (column.kind === "percent") return decimal(String(values.numbers[row] / CHANCE_SCALE));
  if (column.kind === "number") return String(values.numbers[row]);
  if (column.kind === "day") return rfm.format.iso(values.numbers[row]);
  return rfm.guarded(column.text(row));
}

const decimal = written => (COMMA_LANGUAGES.includes(rfm.language) ? written.replace(".", ",") : written);

/** Lines as a file that spreadsheets read in every language. */
rfm.csvFile = lines => `\ufeff${lines.join("\r\n")}\r\n`;

/** Rows of customers as a CSV for people: BOM, semicolons, no live formula. */
rfm.csv = rows => {
  const shown = [...new Set([...rfm.shownColumns(), rfm.column("customer_id")])];
  const lines = [shown.map(column => rfm.guarded(column.heading())).join(";")];
  for (const row of rows) lines.push(shown.map(column => csvCell(column, row)).join(";"));
  return rfm.csvFile(lines);
};

rfm.customerTools.push(() => el("button", { type: "button", class: "button", id: "save-table", onclick: () => {
  rfm.save(`customers-${rfm.format.iso(rfm.facts.as_of)}.csv`, rfm.csv(rfm.shownRows), "text/csv;charset=utf-8");
  rfm.announce(plural("{count} row saved", "{count} rows saved", rfm.shownRows.length));
} }, t("Save as CSV")));

function printed() {
  const shown = rfm.shownColumns();
  const rows = [...rfm.shownRows.subarray(0, MOST_PRINTED)];
  const more = rfm.shownRows.length - rows.length;
  return el("div", { id: "printed" }, el("table", {},
    el("thead", {}, el("tr", {}, shown.map(column => el("th", {}, column.heading())))),
    el("tbody", {}, rows.map(row => el("tr", {}, shown.map(column => el("td", { class: column.numeric ? "number" : "" }, column.text(row))))))),
  more ? el("p", {}, plural("and {count} more row", "and {count} more rows", more)) : null);
}

window.addEventListener("beforeprint", () => {
  if (rfm.shownTab() === "customers" && !dialog.open) document.getElementById("panel-customers").append(printed());
});
window.addEventListener("afterprint", () => document.getElementById("printed")?.remove());
