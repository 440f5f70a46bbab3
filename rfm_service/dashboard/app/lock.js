// A page with a password: the form that asks for it, and the opening of what it locks (sealing.py).
const SALT_BYTES = 16, NONCE_BYTES = 12;

async function unsealed(bytes, password, rounds) {
  const typed = new TextEncoder().encode(password.normalize("NFC"));
  const secret = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt: bytes.subarray(0, SALT_BYTES), iterations: rounds },
    secret, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  const iv = bytes.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, bytes.subarray(SALT_BYTES + NONCE_BYTES)));
}

/** The bytes under the right password, once somebody has typed it. */
function asked(bytes, rounds) {
  return new Promise(done => {
    const said = el("p", { role: "alert" });
    const word = el("input", { type: "password", id: "password", autocomplete: "current-password", required: true });
    const opened = async event => {
      event.preventDefault();
      said.textContent = t("Opening the report …");
      try {
        done(await unsealed(bytes, word.value, rounds));
      } catch {
        said.textContent = t("This is not the password of this report.");
        word.select();
      }
    };
    document.getElementById("app").replaceChildren(el("main", { class: "locked" }, el("h1", {}, t("Customers and segments")),
      el("form", { onsubmit: opened }, el("label", {}, t("Password"), word),
        el("button", { class: "button", type: "submit" }, t("Open")), said)));
    word.focus();
  });
}

/** The findings' bytes, asked for where they are locked. */
rfm.unlocked = async () => {
  const { sealed } = document.getElementById("findings").dataset;
  const bytes = bytesOf("findings");
  return sealed ? asked(bytes, Number(sealed)) : bytes;
};
