// Texts as they are compared: in small letters, ё = е, one i for the four of Turkish.
/** A text in small letters; lines stay lines. */
function folded(text) {
  return text.toLowerCase().replaceAll("\u0307", "").replaceAll("ı", "i").replaceAll("ё", "е");
}

const ALIKE = Object.entries({ а: "a", в: "b", е: "e", і: "i", к: "k", м: "m", н: "h", о: "o", р: "p", с: "c", т: "t", у: "y", х: "x" });

/** A text as it is searched: letters of two alphabets that look the same are the same. */
function sought(text) {
  return ALIKE.reduce((so, [one, other]) => so.replaceAll(one, other), folded(text));
}

/** The words of what was typed. */
function wordsOf(query) {
  return sought(query.normalize()).split(/\s+/).filter(Boolean);
}
