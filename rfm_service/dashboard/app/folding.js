// Texts as they are compared: in small letters, ё = е, one i for the four of Turkish.
/** A text in small letters; lines stay lines. */
function folded(text) {
  return text.toLowerCase().replaceAll("\u0307", "").replaceAll("ı", "i").replaceAll("ё", "е");
}

/** The words of what was typed. */
function wordsOf(query) {
  return folded(query.normalize()).split(/\s+/).filter(Boolean);
}
