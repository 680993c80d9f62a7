// What is handed to the guard, held to what the documentation of each call asks for.

import { unfit } from "./errors.js";

/** @typedef {import("./index.js").CardQuery} CardQuery */
/** @typedef {import("./index.js").WasmSource} WasmSource */

/** @param {CardQuery} query @returns {CardQuery} */
export function cardQuery({ text: words, site, expiresBefore, capturedSince, flagged = false, cursor = null }) {
  for (const [name, number] of Object.entries({ expiresBefore, capturedSince, cursor: cursor ?? undefined })) {
    if (number !== undefined && !(Number.isSafeInteger(number) && number >= 0)) throw unfit(name, "a whole number");
  }
  if (typeof flagged !== "boolean") throw unfit("flagged", "true or false");
  return { text: optionalText(words, "text"), site: optionalText(site, "site"), expiresBefore, capturedSince, flagged, cursor };
}

/** @param {unknown} value @param {string} name @returns {string | undefined} */
export const optional = (value, name) => value === undefined || value === null ? undefined : document(value, name);

/** What the wasm takes as a number. @param {unknown} value @returns {value is number} */
export const isCount = (value) => typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;

/** A document as a text. @param {unknown} value @param {string} name @returns {string} */
export function document(value, name) {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null) {
    try {
      return JSON.stringify(value);
    } catch {
      // Told below, like anything else that is not a document.
    }
  }
  throw unfit(name, "JSON, as a text or an object");
}

/** @param {unknown} value @param {string} name @returns {string | undefined} */
export function optionalText(value, name) {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw unfit(name, "a text");
  return value;
}

/** @param {unknown} value @param {string} name @returns {string} */
export function text(value, name) {
  if (typeof value !== "string") throw unfit(name, "a text");
  return value;
}

/** @param {unknown} wasm @param {string} [name] @returns {WasmSource | undefined} */
export function source(wasm, name = "wasm") {
  if (wasm === undefined || wasm instanceof URL || wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) return wasm;
  if (typeof WebAssembly === "object" && wasm instanceof WebAssembly.Module) return wasm;
  throw unfit(name, "an address (URL), bytes or a module");
}
