// A bucket of keys as the bytes of a file, and what is known of it beside that.

import { hex } from "./bytes.js";
import { failed } from "./errors.js";

/** How a bucket begins: a name, and the version of what follows. Then its entries, then the SHA-256 of everything before. */
const BEGIN = Uint8Array.of(0x73, 0x63, 0x72, 0x73, 0x61, 0x66, 0x65, 1);

/** An entry: the random name of a key, and the key (AES-256). In bytes, like the sum at the end. */
export const NAME_BYTES = 16, KEY_BYTES = 32;
const SUM_BYTES = 32, ENTRY_BYTES = NAME_BYTES + KEY_BYTES;

/** How many keys a bucket takes: 12 KB. Larger ones cost more to replace, smaller ones make more files. */
export const ROOM = 256;

/**
 * What is known of a bucket: by which sum its latest file is known (null: it was damaged, and what was left of it is gone), and the names of its keys,
 * one behind the other.
 * @typedef {{ sum: Uint8Array<ArrayBuffer> | null, names: Uint8Array<ArrayBuffer> }} Head
 */

/** The keys of a bucket by their names. @typedef {Map<string, Uint8Array<ArrayBuffer>>} Keys */

/** Whether more keys fit into a bucket. @param {Head} head */
export const hasRoom = ({ names }) => names.length < ROOM * NAME_BYTES;

/** The names of the keys in a bucket. @param {Head} head */
export const namesOf = ({ names }) => Array.from({ length: names.length / NAME_BYTES }, (_, i) => hex(names.subarray(i * NAME_BYTES, (i + 1) * NAME_BYTES)));

/** A bucket as a file, and what its head is made of. @param {Keys} keys */
export async function fileOf(keys) {
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
export async function latestOf(bytes, { sum }) {
  return bytes && sum && isSame(bytes.subarray(-SUM_BYTES), sum) ? keysIn(bytes) : null;
}

/**
 * The keys in a file, if nothing in it was changed.
 * @param {Uint8Array<ArrayBuffer> | null} bytes
 * @returns {Promise<Keys | null>}
 * @throws {ScrupleError} `safe_version`
 */
export async function keysIn(bytes) {
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

/** @param {Uint8Array} one @param {Uint8Array} other */
export const isSame = (one, other) => one.length === other.length && one.every((byte, i) => byte === other[i]);
