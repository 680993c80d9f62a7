// A long file, written part by part, so that it never lies in memory as a whole.

import { el } from "./dom.js";

/** How many letters are put together before they are handed on: one write for each part of a log would be slow. */
const CHUNK = 1 << 22;

/**
 * A file that is being written. What is not closed is not there.
 * @typedef {object} Saving
 * @property {(text: string) => Promise<void>} write
 * @property {() => Promise<void>} close
 * @property {() => Promise<void>} abort
 */

/** @typedef {{ suggestedName: string }} Suggestion */
/** @typedef {(options: Suggestion) => Promise<FileSystemFileHandle>} Picker */

/**
 * Asks the person where the file shall be; where the browser has no such question, it goes where downloads go. To be called while a press of a button counts.
 * @param {string} name
 * @param {string} type
 * @returns {Promise<{ name: string, saving: Saving } | null>} null: they want none after all
 */
export async function newFile(name, type) {
  const { showSaveFilePicker } = /** @type {{ showSaveFilePicker?: Picker }} */ (/** @type {unknown} */ (window));
  if (!showSaveFilePicker) return { name, saving: inParts(download(name, type)) };
  try {
    const handle = await showSaveFilePicker({ suggestedName: name });
    return { name: handle.name, saving: inParts(await handle.createWritable()) };
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    throw error;
  }
}

/**
 * Blobs, which the browser keeps on the disk once they are many.
 * @param {string} name
 * @param {string} type
 * @returns {Saving}
 */
function download(name, type) {
  /** @type {Blob[]} */
  let blobs = [];
  return {
    write: async (text) => { blobs.push(new Blob([text])); },
    close: async () => {
      const address = URL.createObjectURL(new Blob(blobs, { type }));
      el("a", { href: address, download: name }).click();
      URL.revokeObjectURL(address);
    },
    abort: async () => { blobs = []; },
  };
}

/** @param {Saving} saving @returns {Saving} */
function inParts(saving) {
  let waiting = "";
  return {
    async write(text) {
      waiting += text;
      if (waiting.length < CHUNK) return;
      await saving.write(waiting);
      waiting = "";
    },
    async close() {
      await saving.write(waiting);
      await saving.close();
    },
    abort: () => saving.abort(),
  };
}
