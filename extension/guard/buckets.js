// Where the keys of the safe lie on the disk, and how they are got rid of.
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

import { fileOf, hasRoom, isSame, keysIn, latestOf, namesOf } from "./bucket.js";
import { ScrupleError, failed } from "./errors.js";
import { done } from "./request.js";

/** @typedef {import("./bucket.js").Head} Head */
/** @typedef {import("./bucket.js").Keys} Keys */

/** Of the folder, the database and the locks. */
export const NAME = "scruple-safe";

/** The parts of the database: what is known of each bucket, and each bucket once more. Both by its number. */
const HEADS = "heads", COPIES = "copies";

/** The bucket that had room the last time. Only a hint: others may have filled it. */
let roomy = 0;

/** Whether what a browser left when it broke down was cleared away since this context began. */
let tidied = false;

/** The buckets, open. Everything but `head`, `heads` and `file` needs the exclusive lock. */
class Buckets {
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
 * Works with the buckets while no other page or worker does, or with others that only read.
 * @template T
 * @param {LockMode} mode
 * @param {(buckets: Buckets) => Promise<T>} work
 * @returns {Promise<T>}
 * @throws {ScrupleError} always this, whatever went wrong
 */
export async function locked(mode, work) {
  const { locks, storage } = globalThis.navigator ?? {};
  const needed = [locks, storage?.getDirectory, globalThis.FileSystemFileHandle?.prototype.createWritable, globalThis.indexedDB, globalThis.crypto?.subtle];
  if (!needed.every(Boolean)) throw failed("no_safe");
  try {
    return await locks.request(NAME, { mode }, async () => {
      const buckets = await unlocked(storage);
      try {
        if (mode === "exclusive" && !tidied) await buckets.tidy();
        return await work(buckets);
      } finally {
        buckets.close();
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
  return new Buckets(folder, await done(request));
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
export async function told(call) {
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
