// The safe of the vault. Every captured text is encrypted with a key of its own, and is erased by destroying that key: IndexedDB and extension
// storage keep old bytes in their files long after something was deleted, so a key must never be stored as a value there.
//
// What a browser really lets go of are whole files. So keys lie in buckets, and each bucket lies in two files of its own:
// - a file of the origin's private file system (WHATWG File System), which all reading is from. Replacing or removing it takes the old file away at once.
//   But the browser does not wait for the disk, so a power failure within about half a minute can leave an empty file;
// - a `Blob` in IndexedDB, which is a file too, waited for by a strict transaction and taken away when it is replaced. But not while a page or worker
//   still holds it: so it is read only where the other is lost.
// The head of a bucket, in the same transaction, says which file is the latest: the names of its keys, and its SHA-256. It tells nothing of a key.
//
// More keys are written to the file first, fewer to the copy first. So a browser that ends in between leaves a file with keys too many, which is
// mended by the head alone.
//
// The order in which a caller has to work, so that a browser may end everything at any moment:
// - to keep a text: `seal`, then store the row with what it gave, then `settle`. Where the row cannot be stored: `destroy`;
// - to replace one: the same with the new text, then `destroy` the old key;
// - to erase one: delete the row, then `destroy`;
// - at each start: `sweep`, which destroys whatever key no row names.

import { hex } from "./bytes.js";
import { ScrupleError } from "./errors.js";
import { done } from "./request.js";

/** Of the folder, the database and the locks. */
const NAME = "scruple-safe";

/** The parts of the database: what is known of each bucket, and each bucket once more. Both by its number. */
const HEADS = "heads", COPIES = "copies";

/** How a bucket begins: a name, and the version of what follows. Then its entries, then the SHA-256 of everything before. */
const BEGIN = Uint8Array.of(0x73, 0x63, 0x72, 0x73, 0x61, 0x66, 0x65, 1);

/** An entry: the random name of a key, and the key (AES-256). In bytes, like the sum at the end. */
const NAME_BYTES = 16, KEY_BYTES = 32, SUM_BYTES = 32, ENTRY_BYTES = NAME_BYTES + KEY_BYTES;

/** How many keys a bucket takes: 12 KB. Larger ones cost more to replace, smaller ones make more files. */
const ROOM = 256;

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

/**
 * What is known of a bucket: by which sum its latest file is known (null: it was damaged, and what was left of it is gone), and the names of its keys,
 * one behind the other.
 * @typedef {{ sum: Uint8Array<ArrayBuffer> | null, names: Uint8Array<ArrayBuffer> }} Head
 */

/** The keys of a bucket by their names. @typedef {Map<string, Uint8Array<ArrayBuffer>>} Keys */

/** Keys whose rows may still be on their way into the store, by bucket, and how a sweep is told that nothing is on its way any more. */
const unsettled = /** @type {Map<number, { names: Set<string>, release: () => void }>} */ (new Map());

/** The bucket that had room the last time. Only a hint: others may have filled it. */
let roomy = 0;

/** Whether what a browser left when it broke down was cleared away since this context began. */
let tidied = false;

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

/** An open safe. Everything but `head`, `heads` and `file` needs the exclusive lock. */
class Safe {
  #folder;
  #database;

  /** @param {FileSystemDirectoryHandle} folder @param {IDBDatabase} database */
  constructor(folder, database) {
    this.#folder = folder;
    this.#database = database;
  }

  close() {
    this.#database.close();
  }

  /** @param {number} bucket @returns {Promise<Head | undefined>} */
  head(bucket) {
    return done(this.#database.transaction(HEADS).objectStore(HEADS).get(bucket));
  }

  /** What is known of some buckets, as of one moment. @param {number[]} buckets @returns {Promise<[bucket: number, head: Head | undefined][]>} */
  heads(buckets) {
    const heads = this.#database.transaction(HEADS).objectStore(HEADS);
    return Promise.all(buckets.map(async (bucket) => [bucket, await done(heads.get(bucket))]));
  }

  /** The numbers of all buckets. */
  async buckets() {
    const numbers = await done(this.#database.transaction(HEADS).objectStore(HEADS).getAllKeys());
    return numbers.map(Number);
  }

  /** A bucket with room, or a new one, and its keys. */
  async withRoom() {
    const hint = await this.head(roomy);
    const likely = hint && hasRoom(hint) ? await this.#usable(roomy) : null;
    if (likely) return { bucket: roomy, keys: likely };
    const heads = this.#database.transaction(HEADS).objectStore(HEADS);
    /** @type {[IDBValidKey[], Head[]]} */
    const [numbers, all] = await Promise.all([done(heads.getAllKeys()), done(heads.getAll())]);
    for (const [at, head] of all.entries()) {
      const bucket = Number(numbers[at]), keys = hasRoom(head) ? await this.#usable(bucket) : null;
      if (keys) return { bucket: roomy = bucket, keys };
    }
    return { bucket: roomy = 1 + Math.max(-1, ...numbers.map(Number)), keys: /** @type {Keys} */ (new Map()) };
  }

  /** The keys of a bucket that more can be put into: a damaged one, or one of a newer version, is left as it is. @param {number} bucket */
  async #usable(bucket) {
    const keys = await told(() => this.mended(bucket));
    return keys instanceof ScrupleError ? null : keys;
  }

  /** The bytes of a bucket, as they can be read; none where there is no file. @param {number} bucket */
  async file(bucket) {
    const handle = await ifFound(this.#folder.getFileHandle(String(bucket)));
    const file = handle && await ifFound(handle.getFile());
    return file ? new Uint8Array(await file.arrayBuffer()) : null;
  }

  /**
   * The keys of a bucket, after which its file is the latest.
   * @param {number} bucket
   * @returns {Promise<Keys | null>} null: there is no such bucket
   * @throws {ScrupleError} `safe_damaged` where neither file can be read
   */
  async mended(bucket) {
    const head = await this.head(bucket);
    if (!head) {
      await this.#remove(bucket);
      return null;
    }
    const file = await this.file(bucket), latest = await latestOf(file, head);
    if (latest) return latest;
    // The browser ended before it was replaced.
    const before = await keysIn(file), named = before && new Map(namesOf(head).flatMap((name) => {
      const key = before.get(name);
      return key ? [[name, key]] : [];
    }));
    const made = named && await fileOf(named);
    if (made && head.sum && isSame(made.sum, head.sum)) {
      await this.#replace(bucket, made.bytes);
      return named;
    }
    // It was lost in a power failure, or damaged.
    const copy = await done(this.#database.transaction(COPIES).objectStore(COPIES).get(bucket));
    const saved = copy instanceof Blob ? await latestOf(await readable(copy), head) : null;
    if (!saved) throw failed("safe_damaged");
    // The copy is made anew too: the old one was read, so it stays until this page or worker ends.
    await this.put(bucket, saved);
    return saved;
  }

  /** Replaces a bucket by one with more keys, or with the same. @param {number} bucket @param {Keys} keys */
  async put(bucket, keys) {
    const made = await fileOf(keys);
    await this.#replace(bucket, made.bytes);
    await this.#copy(bucket, made);
  }

  /** Takes keys out of a bucket. @param {number} bucket @param {Keys} keys all it has @param {Set<string>} names of those that go */
  async without(bucket, keys, names) {
    const before = keys.size;
    for (const name of names) keys.delete(name);
    if (keys.size === 0) await this.drop(bucket);
    else if (keys.size < before) {
      const made = await fileOf(keys);
      await this.#copy(bucket, made);
      await this.#replace(bucket, made.bytes);
    }
  }

  /** Removes a bucket. @param {number} bucket */
  async drop(bucket) {
    await this.#change((heads, copies) => {
      heads.delete(bucket);
      copies.delete(bucket);
    });
    await this.#remove(bucket);
  }

  /** Removes what is left of a damaged bucket. That its keys are lost, and not destroyed, stays known. @param {number} bucket */
  async lose(bucket) {
    /** @type {Head} */
    const head = { sum: null, names: new Uint8Array() };
    await this.#change((heads, copies) => {
      heads.put(head, bucket);
      copies.delete(bucket);
    });
    await this.#remove(bucket);
  }

  /**
   * Removes what a browser leaves when it breaks down: half-written files, and copies that were replaced a moment before. Of those Chromium has a list,
   * but goes through it only on some occasions; one is that a database is deleted, whichever (`BackingStore::DeleteDatabase`).
   */
  async tidy() {
    const buckets = new Set((await this.buckets()).map(String));
    const names = /** @type {FileSystemDirectoryHandle & { keys(): AsyncIterable<string> }} */ (this.#folder).keys();
    /** @type {string[]} */
    const stray = [];
    for await (const name of names) if (!buckets.has(name)) stray.push(name);
    for (const name of stray) await this.#remove(name);
    const passing = `${NAME} tidy`, request = indexedDB.open(passing, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(COPIES);
    (await done(request)).close();
    await done(indexedDB.deleteDatabase(passing));
    tidied = true;
  }

  /** @param {number | string} name */
  async #remove(name) {
    await ifFound(this.#folder.removeEntry(String(name)));
  }

  /** Replaces a file: all of it or, if the browser ends before, nothing. @param {number} bucket @param {Uint8Array<ArrayBuffer>} bytes */
  async #replace(bucket, bytes) {
    const handle = await this.#folder.getFileHandle(String(bucket), { create: true });
    const stream = await handle.createWritable({ keepExistingData: false });
    try {
      await stream.write(bytes);
      await stream.close();
    } catch (error) {
      await stream.abort().catch(() => {});
      throw error;
    }
  }

  /** Replaces a copy, and its head with it. @param {number} bucket @param {{ bytes: Uint8Array<ArrayBuffer> } & Head} made */
  async #copy(bucket, { bytes, sum, names }) {
    /** @type {Head} */
    const head = { sum, names };
    await this.#change((heads, copies) => {
      heads.put(head, bucket);
      copies.put(new Blob([bytes]), bucket);
    });
  }

  /**
   * Changes heads and copies at once. Waits until both are on the disk.
   * @param {(heads: IDBObjectStore, copies: IDBObjectStore) => void} change
   */
  async #change(change) {
    const transaction = this.#database.transaction([HEADS, COPIES], "readwrite", { durability: "strict" });
    const end = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    change(transaction.objectStore(HEADS), transaction.objectStore(COPIES));
    await end;
  }
}

/**
 * Works with the safe while no other page or worker does, or with others that only read.
 * @template T
 * @param {LockMode} mode
 * @param {(safe: Safe) => Promise<T>} work
 * @returns {Promise<T>}
 * @throws {ScrupleError} always this, whatever went wrong
 */
async function locked(mode, work) {
  const { locks, storage } = globalThis.navigator ?? {};
  const needed = [locks, storage?.getDirectory, globalThis.FileSystemFileHandle?.prototype.createWritable, globalThis.indexedDB, globalThis.crypto?.subtle];
  if (!needed.every(Boolean)) throw failed("no_safe");
  try {
    return await locks.request(NAME, { mode }, async () => {
      const safe = await unlocked(storage);
      try {
        if (mode === "exclusive" && !tidied) await safe.tidy();
        return await work(safe);
      } finally {
        safe.close();
      }
    });
  } catch (error) {
    if (error instanceof ScrupleError) throw error;
    throw failed(error instanceof DOMException && error.name === "QuotaExceededError" ? "storage_full" : "safe_failed");
  }
}

/** @param {StorageManager} storage */
async function unlocked(storage) {
  let root;
  try {
    root = await storage.getDirectory();
  } catch {
    // Some browsers have the call, and refuse it where nothing may be kept.
    throw failed("no_safe");
  }
  const folder = await root.getDirectoryHandle(NAME, { create: true });
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    for (const part of [HEADS, COPIES]) request.result.createObjectStore(part);
  };
  return new Safe(folder, await done(request));
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

/** Whether more keys fit into a bucket. @param {Head} head */
const hasRoom = ({ names }) => names.length < ROOM * NAME_BYTES;

/** The names of the keys in a bucket. @param {Head} head */
const namesOf = ({ names }) => Array.from({ length: names.length / NAME_BYTES }, (_, i) => hex(names.subarray(i * NAME_BYTES, (i + 1) * NAME_BYTES)));

/** A bucket as a file, and what its head is made of. @param {Keys} keys */
async function fileOf(keys) {
  const bytes = new Uint8Array(BEGIN.length + keys.size * ENTRY_BYTES + SUM_BYTES), end = bytes.length - SUM_BYTES;
  const names = Uint8Array.from([...keys.keys()].join("").match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  bytes.set(BEGIN);
  for (const [i, key] of [...keys.values()].entries()) {
    const at = BEGIN.length + i * ENTRY_BYTES;
    bytes.set(names.subarray(i * NAME_BYTES, (i + 1) * NAME_BYTES), at);
    bytes.set(key, at + NAME_BYTES);
  }
  const sum = await sumOf(bytes.subarray(0, end));
  bytes.set(sum, end);
  return { bytes, sum, names };
}

/**
 * The keys in a file, if it is the latest of its bucket and nothing in it was changed.
 * @param {Uint8Array<ArrayBuffer> | null} bytes
 * @param {Head} head
 * @returns {Promise<Keys | null>}
 * @throws {ScrupleError} `safe_version`
 */
async function latestOf(bytes, { sum }) {
  return bytes && sum && isSame(bytes.subarray(-SUM_BYTES), sum) ? keysIn(bytes) : null;
}

/**
 * The keys in a file, if nothing in it was changed.
 * @param {Uint8Array<ArrayBuffer> | null} bytes
 * @returns {Promise<Keys | null>}
 * @throws {ScrupleError} `safe_version`
 */
async function keysIn(bytes) {
  if (bytes === null || bytes.length < BEGIN.length + SUM_BYTES) return null;
  const end = bytes.length - SUM_BYTES, sum = await sumOf(bytes.subarray(0, end));
  if (!isSame(bytes.subarray(end), sum)) return null;
  // It is what was written. So if it cannot be read here, the code that wrote it was newer, and must not be undone.
  if (!isSame(bytes.subarray(0, BEGIN.length), BEGIN) || (end - BEGIN.length) % ENTRY_BYTES !== 0) throw failed("safe_version");
  /** @type {Keys} */
  const keys = new Map();
  for (let at = BEGIN.length; at < end; at += ENTRY_BYTES) {
    keys.set(hex(bytes.subarray(at, at + NAME_BYTES)), bytes.slice(at + NAME_BYTES, at + ENTRY_BYTES));
  }
  return keys;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
const sumOf = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** @param {unknown} value @returns {boolean} */
const isBytes = (value) => value instanceof Uint8Array;

/** @param {Uint8Array} one @param {Uint8Array} other */
const isSame = (one, other) => one.length === other.length && one.every((byte, i) => byte === other[i]);

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

/** The bytes of a copy; none where its file is gone or cannot be read. @param {Blob} copy */
async function readable(copy) {
  try {
    return new Uint8Array(await copy.arrayBuffer());
  } catch {
    return null;
  }
}

/**
 * What a call gives, or the guard's own error in its place.
 * @template T
 * @param {() => Promise<T>} call
 * @returns {Promise<T | ScrupleError>}
 */
async function told(call) {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ScrupleError) return error;
    throw error;
  }
}

/** @template T @param {Promise<T>} entry @returns {Promise<T | null>} null: it is not there */
async function ifFound(entry) {
  try {
    return await entry;
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return null;
    throw error;
  }
}

/** @param {string} detail */
const failed = (detail) => new ScrupleError("guard_failed", detail);

/** @param {string} name @param {string} what */
const unfit = (name, what) => new ScrupleError("invalid_argument", `\`${name}\` is not ${what}`);
