// The words of the page: texts by their English, in the language that was chosen.
let spoken;

/** Fill `{places}`. */
function filled(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? values[name] : place));
}

rfm.languages = () => Object.entries(spoken.words).map(([id, { name }]) => ({ id, name }));
rfm.ownLanguage = () => spoken.language;
rfm.colour = segment => spoken.colours[segment] || "#66727e";

rfm.speak = words => {
  spoken = words;
  rfm.language = words.language;
};

/** The text in the chosen language. */
rfm.t = (text, values) => filled(spoken.words[rfm.language].texts[text] ?? text, values);

/** The form of the text for `n`; `{count}` is filled with the number as it is written. */
rfm.plural = (one, many, n, values) => {
  const forms = spoken.words[rfm.language].plurals[one] ?? [one, many];
  return filled(forms[formOf(n, forms.length)], { count: rfm.format.number(n), ...values });
};

function formOf(n, forms) {
  if (forms === 1) return 0;
  const category = new Intl.PluralRules(rfm.language).select(Math.abs(n));
  return forms === 2 ? Number(category !== "one") : { one: 0, few: 1 }[category] ?? 2;
}

/** What an id is called: kinds are segment, advice, tier, value, risk, class, cause, method. */
rfm.label = (kind, id) => spoken.words[rfm.language][kind][id] ?? id;
rfm.labels = kind => spoken.words[rfm.language][kind];
rfm.heading = column => spoken.words[rfm.language].headings[column] ?? column;
rfm.sign = () => spoken.words[rfm.language].sign;

const { t, plural } = { t: (...given) => rfm.t(...given), plural: (...given) => rfm.plural(...given) };
