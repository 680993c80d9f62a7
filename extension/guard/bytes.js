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

/** @param {string} text in Base64 */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

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

/** In hexadecimal. @param {Uint8Array} bytes */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
