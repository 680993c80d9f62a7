// Bytes as texts.

/** @typedef {import("./safe.js").Sealed} Sealed */

/** How many bytes become a text at once: a call takes no more than some ten thousand arguments. */
const CHUNK = 8192;

/** In Base64 (RFC 4648, 4). @param {Uint8Array} bytes */
export function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

/** @param {string} text in Base64 @throws {DOMException} where it is none */
export function fromBase64(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return bytes;
}

/** What was sealed as a store has it: `KEY IV DATA`. @param {Sealed} sealed */
export const sealedText = ({ key, iv, data }) => `${key} ${base64(iv)} ${base64(data)}`;

/** The name of the key that something is sealed with. @param {string} text as `sealedText` made it */
export const keyOf = (text) => text.split(" ", 1)[0] ?? "";

/** What `sealedText` made a text of; null, if that was something else. @param {string} text @returns {Sealed | null} */
export function fromSealedText(text) {
  const [key = "", iv = "", data = ""] = text.split(" ");
  try {
    return { key, iv: fromBase64(iv), data: fromBase64(data) };
  } catch {
    return null;
  }
}

/** Each byte in hexadecimal. */
const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** In hexadecimal. @param {Uint8Array} bytes */
export function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}
