// The safe of the vault. Every captured text is encrypted with a key of its own, and is erased by destroying that key: IndexedDB and extension
// storage keep old bytes in their files long after something was deleted, so a key must never be stored as a value there.
//
// Keys lie in buckets (`buckets.js`).
//
// The order in which a caller has to work, so that a browser may end everything at any moment:
// - to keep a text: `seal`, then store the row with what it gave, then `settle`. Where the row cannot be stored: `destroy`;
// - to replace one: the same with the new text, then `destroy` the old key;
// - to erase one: delete the row, then `destroy`;
// - at each start: `sweep`, which destroys whatever key no row names.

import { KEY_BYTES, NAME_BYTES, ROOM, latestOf } from "./bucket.js";
import { NAME, locked, told } from "./buckets.js";
import { hex } from "./bytes.js";
import { ScrupleError, failed, unfit } from "./errors.js";

/** @typedef {import("./bucket.js").Keys} Keys */

/** Of the initialisation vector, in bytes (NIST SP 800-38D, 5.2.1.1). */
const IV_BYTES = 12;

/** A key: the number of its bucket, and its name. */
const KEY = /^(0|[1-9][0-9]{0,8})\.([0-9a-f]{32})$/;

const encoder = new TextEncoder(), decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A sealed text, to be stored as it is: the key it needs, which says nothing by itself, and what was made of the text with it (AES-256-GCM).
 * @typedef {{ key: string, iv: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer> }} Sealed
 */

/**
 * What a sweep found: how many keys no row named, which are destroyed; keys that rows name and that are not there, so they were destroyed; and keys
 * that rows name and that are lost, because their bucket is damaged. Nobody erased those.
 * @typedef {{ destroyed: number, missing: string[], lost: string[] }} Swept
 */

/** Keys whose rows may still be on their way into the store, by bucket, and how a sweep is told that nothing is on its way any more. */
const unsettled = /** @type {Map<number, { names: Set<string>, release: () => void }>} */ (new Map());

/**
 * Seals a text. When the promise is fulfilled, the key is on the disk; store the row then, and say so with `settle`.
 * @param {string} id whose text it is. It can be opened only under the same id
 * @param {string} text
 * @returns {Promise<Sealed>}
 * @throws {ScrupleError} `guard_failed` with `no_safe` where the browser has no place for keys, `storage_full`, `safe_failed`
 */
export async function seal(id, text) {
  const [sealed] = await sealAll([{ id, text }]);
  if (!sealed) throw failed("safe_failed");
  return sealed;
}

/**
 * Seals several texts, each with a key of its own, at much less cost for each. Either all are sealed or the promise fails.
 * @param {readonly { id: string, text: string }[]} texts
 * @returns {Promise<Sealed[]>} in the same order
 * @throws {ScrupleError} as `seal`
 */
export async function sealAll(texts) {
  if (!Array.isArray(texts)) throw unfit("texts", "a list");
  const plain = texts.map(({ id, text }) => ({ id: bytesOf(id, "id"), text: bytesOf(text, "text") }));
  return locked("exclusive", async (safe) => {
    /** @type {Sealed[]} */
    const all = [];
    try {
      while (all.length < plain.length) {
        const { bucket, keys } = await safe.withRoom();
        /** @type {Sealed[]} */
        const sealed = [];
        for (const { id, text } of plain.slice(all.length, all.length + ROOM - keys.size)) {
          const key = random(KEY_BYTES), name = hex(random(NAME_BYTES)), iv = random(IV_BYTES);
          const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: id }, await imported(key), text);
          keys.set(name, key);
          sealed.push({ key: `${bucket}.${name}`, iv, data: new Uint8Array(data) });
        }
        // From before they can be found until their rows can.
        await hold(bucket, sealed.map(({ key }) => parse(key).name));
        all.push(...sealed);
        await safe.put(bucket, keys);
      }
    } catch (error) {
      // What was stored of them is destroyed by the next sweep.
      settle(all.map(({ key }) => key));
      throw error;
    }
    return all;
  });
}

/**
 * Says that the rows with these keys are stored, or that there will be none. A key that is not settled is spared by sweeps as long as this page or
 * worker lives.
 * @param {readonly string[]} keys
 */
export function settle(keys) {
  for (const key of keys) {
    const { bucket, name } = parse(key), held = unsettled.get(bucket);
    if (held?.names.delete(name) && held.names.size === 0) {
      unsettled.delete(bucket);
      held.release();
    }
  }
}

/**
 * Opens a sealed text.
 * @param {string} id under which it was sealed
 * @param {Sealed} sealed
 * @returns {Promise<string | null>} null: its key was destroyed, so it is erased
 * @throws {ScrupleError} `guard_failed` with `sealed_changed` where it was sealed under another id, with another key, or changed since;
 *   `safe_damaged` where its key is lost; `safe_version` where a newer version of this code made the bucket; and as `seal`
 */
export async function open(id, sealed) {
  const [opened] = await openAll([{ id, ...sealed }]);
  if (opened instanceof ScrupleError) throw opened;
  return opened ?? null;
}

/**
 * Opens several sealed texts, each bucket once. What is wrong with one does not keep the others closed.
 * @param {readonly ({ id: string } & Sealed)[]} all
 * @returns {Promise<(string | null | ScrupleError)[]>} in the same order; each as from `open`, an error in its place
 * @throws {ScrupleError} as `seal`
 */
export async function openAll(all) {
  if (!Array.isArray(all)) throw unfit("all", "a list");
  const wanted = all.map(({ id, key, iv, data }) => {
    if (!isBytes(iv) || iv.length !== IV_BYTES) throw unfit("iv", `${IV_BYTES} bytes`);
    if (!isBytes(data)) throw unfit("data", "bytes");
    return { id: bytesOf(id, "id"), iv, data, ...parse(key) };
  });
  const keys = await read(new Set(wanted.map(({ bucket }) => bucket)));
  return Promise.all(wanted.map(async ({ id, iv, data, bucket, name }) => {
    const found = keys.get(bucket);
    if (found instanceof ScrupleError) return found;
    const key = found?.get(name);
    if (!key) return null;
    try {
      return decoder.decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: id }, await imported(key), data));
    } catch (error) {
      // Or else the browser cannot do it now, which says nothing of what is sealed.
      const isChanged = error instanceof TypeError || (error instanceof DOMException && error.name === "OperationError");
      return failed(isChanged ? "sealed_changed" : "safe_failed");
    }
  }));
}

/**
 * The keys of some buckets.
 * @param {Set<number>} buckets
 * @returns {Promise<Map<number, Keys | ScrupleError | null>>} null: there is no such bucket (any more)
 */
async function read(buckets) {
  /** @type {Map<number, Keys | ScrupleError | null>} */
  const found = new Map();
  if (buckets.size === 0) return found;
  await locked("shared", async (safe) => {
    const heads = await safe.heads([...buckets]);
    // Side by side: each file takes the browser several turns, in which nothing is computed.
    await Promise.all(heads.map(async ([bucket, head]) => {
      const keys = head ? await told(async () => latestOf(await safe.file(bucket), head)) : null;
      if (keys || !head) found.set(bucket, keys);
    }));
  });
  // What could not be read there is mended first, which nobody else may do at the same time.
  for (const bucket of buckets) {
    if (!found.has(bucket)) found.set(bucket, await locked("exclusive", (safe) => told(() => safe.mended(bucket))));
  }
  return found;
}

/**
 * Destroys keys. When the promise is fulfilled, no file of the browser's profile holds them any more (see `ARCHITECTURE.md` for the limits of that).
 * Keys that were destroyed before are no error. A damaged bucket is destroyed with all that is left in it; what else was in it stays known as lost.
 * @param {readonly string[]} keys
 * @returns {Promise<void>}
 * @throws {ScrupleError} as `seal`. Some may be destroyed by then, and calling again is safe
 */
export async function destroy(keys) {
  if (!Array.isArray(keys)) throw unfit("keys", "a list");
  const doomed = byBucket(keys);
  if (doomed.size === 0) return;
  await locked("exclusive", async (safe) => {
    for (const [bucket, names] of doomed) {
      const there = await told(() => safe.mended(bucket));
      if (there instanceof ScrupleError) {
        if (there.detail !== "safe_damaged") throw there;
        await safe.lose(bucket);
      } else if (there) await safe.without(bucket, there, names);
    }
  });
  settle(keys);
}

/**
 * Destroys every key that no row names: of rows that could not be stored, and of rows that were deleted when the browser ended. Mends buckets as it
 * goes. Keys that are not settled are spared, with all others in their buckets.
 * @param {() => Promise<Iterable<string>>} listInUse tells the key of every row there is; asked while nobody else can use the safe, so it must not use
 *   it either. If it fails, so does the sweep, and nothing is destroyed
 * @returns {Promise<Swept>}
 * @throws {ScrupleError} as `seal`
 */
export async function sweep(listInUse) {
  if (typeof listInUse !== "function") throw unfit("listInUse", "a function");
  return locked("exclusive", async (safe) => {
    // In this order: what is settled by now has its row, and what is sealed from now on has to wait.
    const { held = [] } = await navigator.locks.query();
    const spared = new Set(held.map(({ name }) => name));
    const inUse = byBucket(await listInUse());
    await safe.tidy();
    /** @type {Swept} */
    const swept = { destroyed: 0, missing: [], lost: [] };
    for (const bucket of new Set([...await safe.buckets(), ...inUse.keys()])) {
      const names = inUse.get(bucket) ?? new Set(), ids = [...names].map((name) => `${bucket}.${name}`);
      if (spared.has(lockOf(bucket))) continue;
      const there = await told(() => safe.mended(bucket));
      if (there instanceof ScrupleError) {
        if (there.detail !== "safe_damaged") throw there;
        if (ids.length > 0) swept.lost.push(...ids);
        else await safe.drop(bucket);
        continue;
      }
      const garbage = [...there?.keys() ?? []].filter((name) => !names.has(name));
      swept.missing.push(...ids.filter((id) => !there?.has(parse(id).name)));
      swept.destroyed += garbage.length;
      if (there) await safe.without(bucket, there, new Set(garbage));
    }
    return swept;
  });
}

/**
 * Lets sweeps know that rows are on their way. The browser forgets it with this page or worker.
 * @param {number} bucket
 * @param {string[]} names
 */
async function hold(bucket, names) {
  const held = unsettled.get(bucket);
  if (held) {
    for (const name of names) held.names.add(name);
    return;
  }
  await new Promise((granted, refused) => {
    navigator.locks.request(lockOf(bucket), { mode: "shared" }, () => new Promise((release) => {
      unsettled.set(bucket, { names: new Set(names), release: () => release(undefined) });
      granted(undefined);
    })).catch(refused);
  });
}

/** @param {number} bucket */
const lockOf = (bucket) => `${NAME} ${bucket}`;

/** @param {unknown} value @returns {boolean} */
const isBytes = (value) => value instanceof Uint8Array;

/** @param {Uint8Array<ArrayBuffer>} key */
const imported = (key) => crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);

/** @param {number} length in bytes */
const random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** @param {unknown} key @returns {{ bucket: number, name: string }} */
function parse(key) {
  const [, bucket, name] = (typeof key === "string" && KEY.exec(key)) || [];
  if (bucket === undefined || name === undefined) throw unfit("key", "a key of the safe");
  return { bucket: Number(bucket), name };
}

/** The names of keys by their buckets. @param {Iterable<string>} keys */
function byBucket(keys) {
  /** @type {Map<number, Set<string>>} */
  const buckets = new Map();
  for (const key of keys) {
    const { bucket, name } = parse(key), names = buckets.get(bucket);
    if (names) names.add(name);
    else buckets.set(bucket, new Set([name]));
  }
  return buckets;
}

/** A text as UTF-8. Half a character would come back as another one, so it is refused. @param {unknown} text @param {string} name */
function bytesOf(text, name) {
  const bytes = encoder.encode(typeof text === "string" ? text : "");
  if (decoder.decode(bytes) !== text) throw unfit(name, "a text");
  return bytes;
}
