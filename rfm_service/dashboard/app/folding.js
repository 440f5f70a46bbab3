// Texts as they are compared: без заглавных, ё = е, and one i for the four of Turkish.
/** A text in small letters; lines stay lines. */
function folded(text) {
  return text.replace(/[Iİı]/g, "i").toLowerCase().replace(/\u0307/g, "").replace(/ё/g, "е");
}

/** The words of what was typed. */
function wordsOf(query) {
  return folded(query).split(/\s+/).filter(Boolean);
}
