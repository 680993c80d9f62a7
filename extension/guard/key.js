// The keys of this browser that stay for good: one signs the log, one makes names for what must not be told. They are made here and cannot be taken out:
// a page, a copy of the profile's documents, or this very script can have them used, but never have them.

import { hex } from "./bytes.js";
import { done } from "./request.js";

/** Where they are kept, apart from the log: whoever clears one still has the other. */
const DATABASE = "scruple-key", STORE = "keys", SIGNS = "signs", NAMES = "names";

/** Ed25519 (RFC 8032), as the signed notes of the log have it; HMAC with SHA-256 (RFC 2104). */
const ED25519 = "Ed25519", HMAC = { name: "HMAC", hash: "SHA-256" };

/**
 * What signs the log.
 * @typedef {object} Signer
 * @property {Uint8Array} key the public key, 32 bytes
 * @property {Uint8Array} before the public key it took the place of on purpose; empty if there was none
 * @property {(text: string) => Promise<string>} sign signs a text in UTF-8, and promises the 64 bytes of the signature in hexadecimal
 */

/** @typedef {{ pair: CryptoKeyPair, before: Uint8Array }} Signing */

const encoder = new TextEncoder();

/**
 * What signs the log of this browser, made on first use.
 * @param {{ anew?: boolean }} [options] `anew`: with another key from now on
 * @returns {Promise<Signer>}
 */
export async function signer({ anew = false } = {}) {
  const { pair, before } = await kept(SIGNS, anew, async (/** @type {Signing | undefined} */ held) => ({
    pair: /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey(ED25519, false, ["sign", "verify"])),
    before: held ? await publicKey(held.pair) : new Uint8Array(),
  }));
  return {
    key: await publicKey(pair),
    before,
    sign: async (text) => hex(new Uint8Array(await crypto.subtle.sign(ED25519, pair.privateKey, encoder.encode(text)))),
  };
}

/**
 * A name for a text that does not tell the text: always the same in this browser, and another in every other.
 * @param {string} text
 * @returns {Promise<string>} 64 hexadecimal digits
 */
export async function named(text) {
  const key = await kept(NAMES, false, async () => /** @type {CryptoKey} */ (await crypto.subtle.generateKey(HMAC, false, ["sign"])));
  return hex(new Uint8Array(await crypto.subtle.sign(HMAC.name, key, encoder.encode(text))));
}

/**
 * What is kept under a name, made if there is nothing yet, or made anew. Of two that are made at once for the first time, the first stays.
 * @template T
 * @param {string} name
 * @param {boolean} anew
 * @param {(held: T | undefined) => Promise<T>} make
 * @returns {Promise<T>}
 */
async function kept(name, anew, make) {
  const database = await open();
  try {
    /** @type {T | undefined} */
    const held = await done(database.transaction(STORE).objectStore(STORE).get(name));
    if (held !== undefined && !anew) return held;
    let made = await make(held);
    // Nothing but the store is waited for in a transaction, so it begins when everything is there.
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" }), store = transaction.objectStore(STORE);
    await new Promise((resolve, reject) => {
      const inPlace = store.get(name);
      inPlace.onsuccess = () => {
        if (inPlace.result === undefined || anew) store.put(made, name);
        else made = inPlace.result;
      };
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    return made;
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  return done(opening);
}

/** @param {CryptoKeyPair} pair */
const publicKey = async ({ publicKey }) => new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
