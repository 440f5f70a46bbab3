// The orders and the segments of one customer.
const indexes = new Map();

/** Where each customer's rows of a section lie in `rows`, which holds them customer by customer. */
function byCustomer(section) {
  if (!indexes.has(section)) {
    const owners = rfm.columns(section).row.numbers;
    const starts = new Uint32Array(rfm.columns("customers").size + 1);
    for (const owner of owners) if (owner >= 0) starts[owner + 1]++;
    for (let row = 0; row + 1 < starts.length; row++) starts[row + 1] += starts[row];
    const rows = new Uint32Array(owners.length);
    const next = starts.slice();
    owners.forEach((owner, at) => { if (owner >= 0) rows[next[owner]++] = at; });
    indexes.set(section, { starts, rows });
  }
  return indexes.get(section);
}

/** The rows of a section that are a customer's, in the order of the section. */
rfm.rowsOfCustomer = (section, customer) => {
  const { starts, rows } = byCustomer(section);
  return [...rows.subarray(starts[customer], starts[customer + 1])];
};

let firstDocuments;

function documentsOf(order) {
  const { documents } = rfm.columns("orders");
  if (!firstDocuments) {
    firstDocuments = new Uint32Array(documents.rows + 1);
    documents.numbers.forEach((count, at) => { firstDocuments[at + 1] = firstDocuments[at] + count; });
  }
  const { document } = rfm.columns("documents");
  return Array.from({ length: documents.numbers[order] }, (_, each) => document.text(firstDocuments[order] + each))
    .filter(Boolean);
}

/** The orders of a customer, the newest first. */
rfm.ordersOf = customer => {
  const { day, amount, items, returned, counts, order } = rfm.columns("orders");
  return rfm.rowsOfCustomer("orders", customer).map(at => ({
    day: day.numbers[at], amount: amount.numbers[at], items: items.numbers[at], returned: Boolean(returned.numbers[at]),
    counts: Boolean(counts.numbers[at]), number: order.text(at), documents: documentsOf(at),
  })).sort((one, other) => other.day - one.day);
};

/** The moves of a customer between segments in the last half year, the newest first. */
rfm.historyOf = customer => {
  const { as_of: day, from_segment: from, to_segment: to, cause } = rfm.columns("history");
  return rfm.rowsOfCustomer("history", customer).reverse().map(at => ({
    day: day.numbers[at], from: from.text(at), to: to.text(at), cause: cause.text(at) }));
};

/** The sentence of a customer's move of this night, "" where there is none. */
rfm.moveOf = customer => {
  const [at] = rfm.rowsOfCustomer("moves", customer);
  return at === undefined ? "" : rfm.columns("moves")[`detail_${rfm.language}`].text(at);
};
