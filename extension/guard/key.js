// The key that signs the log. It is made in this browser and cannot be taken out of it: a page, a copy of the profile's documents, or this
// very script can have something signed, but never the key.

/** Where it is kept, apart from the log: whoever clears one still has the other. */
const DATABASE = "scruple-key", STORE = "keys", CURRENT = "current";

/** Ed25519 (RFC 8032), as the signed notes of the log have it. */
const ALGORITHM = "Ed25519";

/**
 * What signs the log.
 * @typedef {object} Signer
 * @property {Uint8Array} key the public key, 32 bytes
 * @property {Uint8Array} before the public key it took the place of on purpose; empty if there was none
 * @property {(text: string) => Promise<string>} sign signs a text in UTF-8, and promises the 64 bytes of the signature in Base64
 */

/** @typedef {{ pair: CryptoKeyPair, before: Uint8Array }} Kept */

/**
 * What signs the log of this browser, made on first use.
 * @param {{ anew?: boolean }} [options] `anew`: with another key from now on
 * @returns {Promise<Signer>}
 */
export async function signer({ anew = false } = {}) {
  const held = await read();
  const { pair, before } = held && !anew ? held : await make(held);
  return {
    key: await publicKey(pair),
    before,
    sign: async (text) => base64(new Uint8Array(await crypto.subtle.sign(ALGORITHM, pair.privateKey, new TextEncoder().encode(text)))),
  };
}

/**
 * Makes a key in the place of another, or of none. Of two that are made at once the first stays.
 * @param {Kept | undefined} held
 * @returns {Promise<Kept>}
 */
async function make(held) {
  const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]));
  const before = held ? await publicKey(held.pair) : new Uint8Array();
  const database = await open();
  try {
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
    const store = transaction.objectStore(STORE);
    /** @type {Kept} */
    let kept = { pair, before };
    await new Promise((resolve, reject) => {
      const inPlace = store.get(CURRENT);
      inPlace.onsuccess = () => {
        if (held || !inPlace.result) store.put(kept, CURRENT);
        else kept = inPlace.result;
      };
      transaction.oncomplete = resolve;
      transaction.onabort = reject;
    });
    return kept;
  } finally {
    database.close();
  }
}

/** @returns {Promise<Kept | undefined>} */
async function read() {
  const database = await open();
  try {
    return await done(database.transaction(STORE).objectStore(STORE).get(CURRENT));
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

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {CryptoKeyPair} pair */
const publicKey = async ({ publicKey }) => new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));

/** @param {Uint8Array} bytes */
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
