// Texts as they are compared: in small letters, ё = е, one i for the four of Turkish.
/** A text in small letters; lines stay lines. */
function folded(text) {
  return text.toLowerCase().replaceAll("\u0307", "").replaceAll("ı", "i").replaceAll("ё", "е");
}

const CYRILLIC = 0x400;
const ALIKE = new Uint16Array(0x60);
for (const [one, other] of ["аa", "вb", "еe", "іi", "кk", "мm", "нh", "оo", "рp", "сc", "тt", "уy", "хx"]) ALIKE[one.charCodeAt(0) - CYRILLIC] = other.charCodeAt(0);
const letters = new TextDecoder("utf-16le", { ignoreBOM: true });

/** A text as it is searched: letters of two alphabets that look the same are the same. */
function sought(text) {
  const small = folded(text);
  const codes = new Uint16Array(small.length);
  for (let at = 0; at < codes.length; at++) {
    const code = small.charCodeAt(at);
    codes[at] = ALIKE[code - CYRILLIC] || code;
  }
  return letters.decode(codes);
}

/** The words of what was typed. */
function wordsOf(query) {
  return sought(query.normalize()).split(/\s+/).filter(Boolean);
}
