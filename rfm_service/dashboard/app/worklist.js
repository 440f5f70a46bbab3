// Today's list: its rows, why a customer is on it or is not, what to do, and what a contact brings.
const listed = name => rfm.columns("worklist")[name];
const PRODUCT = "{product}";

/** The day of the list. */
rfm.listDay = () => rfm.facts.worklist.day;

/** The row of a listed customer among all customers, by its place on the list. */
const ownerOf = at => listed("row").numbers[at];

let places;

/** The place of a customer on the list, undefined where it is not on it. */
rfm.placeOnList = row => {
  places ??= new Map(Array.from(listed("row").numbers, (owner, at) => [owner, at]));
  return places.get(row);
};

/** The parts of a reason, as Python says them in analysis/outreach/reasons.py. */
const REASONS = {
  planned: at => t("a contact was agreed for {day}", { day: rfm.format.day(listed("planned").numbers[at]) }),
  long_silent: at => plural("{count} day without buying, past the warning line ({line})",
    "{count} days without buying, past the warning line ({line})", silence(at), lineOf("warning_line", at)),
  out_of_rhythm: at => plural("{count} day without buying, mostly not longer than {line}",
    "{count} days without buying, mostly not longer than {line}", silence(at), lineOf("rhythm_line", at)),
  out_of_habit: at => plural("{count} day without buying, longer than usual for such goods",
    "{count} days without buying, longer than usual for such goods", silence(at)),
  spend_drop: () => t("buys for less than half of what it was half a year ago"),
  active_high: () => t("a large customer who buys now"),
  likely: () => t("a word now is likely to work"),
  promising_new: () => t("a large first order"),
  new: () => t("has ordered once"),
  growing: () => t("buys more than half a year ago"),
  declining: () => t("buys less than half a year ago"),
  total: at => t("bought for {money} in total", { money: rfm.format.money(spent(at) - spent(at) % MONEY_SCALE) }),
  times: at => plural("bought {count} time", "bought {count} times", rfm.columns("customers").frequency.numbers[ownerOf(at)]),
  rarely_returns: () => t("almost never returns anything"),
  often_returns: at => t("much comes back: {share}", { share: rfm.format.percent(listed("observed_returns").numbers[at] / CHANCE_SCALE) }),
};

const silence = at => rfm.columns("customers").recency_days.numbers[ownerOf(at)];
const spent = at => rfm.columns("customers").monetary.numbers[ownerOf(at)];
const lineOf = (name, at) => ({ line: rfm.format.number(listed(name).numbers[at]) });

/** Why a customer is on the list, by its place on it. */
rfm.reasonText = at => {
  const sentence = listed("why").text(at).split(" ").map(part => REASONS[part](at)).join("; ");
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
};

/** What to do with it. */
rfm.actionText = at => rfm.facts.worklist.actions[rfm.language][listed("action").numbers[at]]
  .split(PRODUCT).join(listed("favourite").text(at) || t("what they usually buy"));

/** Why a customer is not on the list. */
rfm.offListText = row => {
  const { state, last_contact: contact } = rfm.columns("customers");
  const { capacity, cooldown } = rfm.facts.worklist;
  const last = contact.numbers[row];
  const day = rfm.format.day(last);
  return {
    held: () => t("Left without a contact on purpose: such customers are compared with those who were contacted, so that it is known what contacts bring."),
    full: () => plural("There is a reason for a contact, but others come first: the list has {count} customer a sales manager.",
      "There is a reason for a contact, but others come first: the list has {count} customers a sales manager.", capacity),
    waits: () => (last && rfm.listDay() - last < cooldown
      ? t("Contacted on {day}: not before {next}.", { day, next: rfm.format.day(last + cooldown) })
      : t("The next contact is agreed for a later day.")),
    often: () => t("Contacted on {day}, and as often in 30 days as customers of this value may be.", { day }),
    refused: () => t("Asked on {day} not to be contacted.", { day }),
    do_not_contact: () => t("1C says that this customer is not to be contacted."),
    single_order: () => t("Ordered only once, and is not new any more."),
    long_gone: () => t("Silent for more than twice as long as the warning line: a contact would hardly help."),
    all_returned: () => t("Returned everything that was bought."),
    no_reason: () => t("No reason for a contact: buys as usual."),
    listed: () => t("On the list, but after those that this page holds."),
  }[state.text(row)]();
};

/** What a contact is expected to bring, as names and figures; the last one is the result. */
rfm.gainFacts = at => (rfm.facts.worklist.mode === "seed" ? gainOfRule(at) : gainOfForecast(at));

const share = (name, at) => rfm.format.percent(listed(name).numbers[at] / CHANCE_SCALE);
const amount = (name, at) => rfm.format.money(listed(name).numbers[at]);
const lessening = at => [[rfm.heading("return_rate"), `− ${share("return_rate", at)}`], [rfm.heading("touch_cost"), `− ${amount("touch_cost", at)}`]];

function gainOfForecast(at) {
  const { lift, measured } = rfm.facts.worklist;
  const { p30, spend30 } = rfm.columns("customers");
  const foretold = spend30.numbers[ownerOf(at)];
  return [
    [rfm.heading("p30"), rfm.format.percent(p30.numbers[ownerOf(at)] / CHANCE_SCALE)],
    [rfm.heading("spend30"), rfm.format.money(foretold)],
    [measured ? t("A contact adds, as was measured") : t("A contact adds, as is assumed until it is measured"),
      `+${rfm.format.percent(lift)} = ${rfm.format.money(foretold * lift)}`],
    [t("Of this, margin"), share("rate", at)], ...lessening(at), [rfm.heading("expected"), amount("expected", at)]];
}

function gainOfRule(at) {
  const orders = rfm.columns("customers").frequency.numbers[ownerOf(at)];
  const { weights } = rfm.facts.worklist;
  return [
    [rfm.heading("uplift"), rfm.format.number(listed("uplift").numbers[at] / 100, 2)], [rfm.heading("margin"), amount("margin", at)],
    ...lessening(at), [t("Weight of so many orders"), rfm.format.number(weights[Math.min(Math.max(orders, 1), weights.length) - 1], 1)],
    [rfm.heading("expected"), amount("expected", at)]];
}
