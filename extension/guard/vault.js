// The vault: cards, each sealed with a key of its own. What the guard says of a card and of its row is passed on here; what is done with keys is done here,
// in an order in which a browser may end everything at any moment (see `safe.js`).

import { base64, fromBase64 } from "./bytes.js";
import { erase, keysInUse, purge, sealedCard } from "./wasm/scruple.js";
import { wait } from "./instance.js";
import { named } from "./key.js";
import { destroy, open, seal, settle, sweep } from "./safe.js";

/** @typedef {import("./index.js").Card} Card */

/** What is sealed: the first version of a card. It can be opened as nothing else. */
const FORM = "scruple card 1";

/**
 * What becomes of the card of one capture.
 * @typedef {object} Keeping
 * @property {(url: string, text: string) => Promise<string>} seal as the wasm asks for it
 * @property {(kept: boolean | null, released: string[]) => Promise<void>} end says whether the card was kept (null: nobody knows), and which keys no
 *   row names any more
 */

/** @returns {Keeping} */
export function keeping() {
  /** @type {string[]} */
  const made = [];
  return {
    async seal(url, text) {
      const { key, iv, data } = await seal(FORM, text);
      made.push(key);
      return `${await named(url)} ${key} ${base64(iv)} ${base64(data)}`;
    },
    async end(kept, released) {
      // Where nobody knows, a row may need the key. If none does, the next sweep destroys it, as it does whatever cannot be destroyed now.
      if (kept !== false) settle(made);
      await destroy(kept === false ? made : released).catch(() => {});
    },
  };
}

/**
 * The card of a page, unless its time is over.
 * @param {string} url
 * @returns {Promise<Card | null>}
 */
export async function card(url) {
  const [id, first, expires, sealed] = await wait(async () => sealedCard(await named(url)));
  if (id === undefined || first === undefined || expires === undefined || sealed === undefined) return null;
  const [key = "", iv = "", data = ""] = sealed.split(" ");
  const text = await open(FORM, { key, iv: fromBase64(iv), data: fromBase64(data) });
  return text === null ? null : { ...JSON.parse(text), id, first_captured_at: first, expires_at: expires };
}

/**
 * Erases the card of a page. When the promise is fulfilled, nothing of it can be read any more.
 * @param {string} url
 * @param {boolean} requested because the person asked for it
 * @returns {Promise<boolean>} whether there was one
 */
export async function forget(url, requested) {
  const keys = await wait(async () => erase(await named(url), requested));
  await destroy(keys);
  return keys.length > 0;
}

/**
 * Deletes every card whose time is over, and destroys every key that no card needs.
 * @returns {Promise<number>} how many cards there were
 */
export async function tend() {
  let count = 0;
  for (let keys = await wait(purge); keys.length > 0; keys = await wait(purge)) {
    count += keys.length;
    await destroy(keys);
  }
  await sweep(() => wait(keysInUse));
  return count;
}
