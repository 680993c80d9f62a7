// A backup of the whole state for a new machine, sealed with a passphrase: the log, the settings it names, the cards, and what the shell keeps beside. How a file
// looks, and what comes back of it, says `src/vault/backup.rs`; here it is sealed and opened, piece by piece, so that none of it lies in memory as a whole.

import { Restore, backupCards, backupEnd, backupEntries, backupHead, discardRestore, entries, isHalfRestored, newBackup, openBackup, rowsFrom } from "./wasm/desk.js";
import { sealedText } from "./bytes.js";
import { ScrupleError, failed } from "./errors.js";
import { desk } from "./instance.js";
import { named } from "./key.js";
import { sealAll, settle } from "./safe.js";
import { unsealed } from "./shelf.js";
import { FORM, sweepUp } from "./vault.js";

const { call, wait, told } = desk;

/** Bytes of a key, and of the length before a chunk, whose highest bit says that it is the last. */
const KEY = 32, LENGTH = 4, LAST = 0x8000_0000;

/** How much text goes into a chunk at least, in UTF-16 units; and how long a chunk may be that is read, and a header, in bytes. */
const CHUNK = 1 << 18, LONGEST = 1 << 26, HEADER = 4096;

/** How many entries, and how many cards, are read at once. */
const ENTRIES = 1024, CARDS = 256;

/** How often a backup is begun anew when cards change meanwhile. */
const TRIES = 5;

const encoder = new TextEncoder(), decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @typedef {(done: number) => void} Progress how far it is, from 0 to 1 */

/**
 * The file, part by part: how everything stood when it was begun. No part is given out before the last is made, as it is begun anew where a card changed
 * meanwhile: whoever was erased by then must not be in it, and what came since has its entry behind its end. Until then the parts lie sealed in blobs, which the
 * browser may put on the disk.
 * @param {string} passphrase
 * @param {string} more what the shell keeps beside
 * @param {Progress} progress
 * @returns {AsyncGenerator<Uint8Array<ArrayBuffer>, void>}
 */
export async function* save(passphrase, more, progress) {
  for (let attempt = 1; ; attempt += 1) {
    /** @type {Blob[]} */
    const parts = [];
    try {
      for await (const part of once(passphrase, more, progress)) parts.push(new Blob([part]));
    } catch (error) {
      if (attempt < TRIES && error instanceof ScrupleError && error.detail === OVERTAKEN) continue;
      throw told(error);
    }
    for (const part of parts) yield new Uint8Array(await part.arrayBuffer());
    return;
  }
}

/** Why an attempt came to nothing. */
const OVERTAKEN = "backup_overtaken";

/**
 * One attempt. Each has a salt of its own, so a key: no two texts are ever sealed with the same key and nonce.
 * @param {string} passphrase
 * @param {string} more
 * @param {Progress} progress
 * @returns {AsyncGenerator<Uint8Array<ArrayBuffer>, void>}
 */
async function* once(passphrase, more, progress) {
  progress(0);
  const made = call(() => newBackup(passphrase)), header = made.slice(KEY);
  const key = await crypto.subtle.importKey("raw", made.slice(0, KEY), "AES-GCM", false, ["encrypt"]);
  yield header;
  let text = "", number = 0;
  for await (const lines of everything(more, progress)) {
    // Not the last, since something follows.
    if (text.length >= CHUNK) {
      yield await sealed(key, header, number, false, text);
      number += 1;
      text = "";
    }
    text += lines;
  }
  yield await sealed(key, header, number, true, text);
}

/** The lines of a backup. @param {string} more @param {Progress} progress */
async function* everything(more, progress) {
  const [size, head] = await wait(backupHead);
  yield head;
  for (let from = 0; from < size; from += ENTRIES) {
    const at = from;
    yield await wait(() => backupEntries(at, Math.min(ENTRIES, size - at)));
    progress(Math.min(from + ENTRIES, size) / size / 2);
  }
  let cards = 0, lost = 0, seen = size;
  for (let from = 0, left = true; left;) {
    const at = from, rows = await wait(() => rowsFrom(at, CARDS));
    try {
      const seqs = call(() => rows.seqs()), texts = await unsealed(call(() => rows.sealed()).map((card) => [FORM, card]));
      const there = texts.filter((text) => text !== null).length;
      cards += there;
      lost += texts.length - there;
      yield call(() => backupCards(rows, texts));
      left = seqs.length === CARDS;
      from = (seqs.at(-1) ?? 0) + 1;
    } finally {
      rows.free();
    }
    seen = await unchanged(seen);
    progress(0.5 + Math.min(from / size, 1) / 2);
  }
  yield call(() => backupEnd(more, cards, lost));
}

/**
 * Makes sure that since a moment nothing came into the log that is about a card, so that all cards are still as they were. What else came does no harm: it is
 * no part of the backup. To be asked after the cards were opened, as a key is destroyed only after the entry that says so.
 * @param {number} from how many entries there were
 * @returns {Promise<number>} how many there are now
 * @throws {ScrupleError} `backup_overtaken`
 */
async function unchanged(from) {
  for (let seen = from; ;) {
    const texts = await wait(() => entries(seen, ENTRIES));
    for (const text of texts) {
      const { card, cards } = JSON.parse(text);
      if (card || cards) throw failed(OVERTAKEN);
    }
    seen += texts.length;
    if (texts.length < ENTRIES) return seen;
  }
}

/**
 * A chunk as it lies in the file.
 * @param {CryptoKey} key
 * @param {Uint8Array<ArrayBuffer>} header
 * @param {number} number
 * @param {boolean} isLast
 * @param {string} text
 */
async function sealed(key, header, number, isLast, text) {
  const data = new Uint8Array(await crypto.subtle.encrypt(parameters(header, number, isLast), key, encoder.encode(text)));
  const chunk = new Uint8Array(LENGTH + data.length);
  new DataView(chunk.buffer).setUint32(0, data.length + (isLast ? LAST : 0));
  chunk.set(data, LENGTH);
  return chunk;
}

/** Of AES-GCM: the nonce is the number of the chunk and whether it is the last. @param {Uint8Array<ArrayBuffer>} header @param {number} number @param {boolean} isLast */
function parameters(header, number, isLast) {
  const iv = new Uint8Array(12), view = new DataView(iv.buffer);
  view.setUint32(7, number);
  view.setUint8(11, Number(isLast));
  return { name: "AES-GCM", iv, additionalData: header };
}

/** Whether restoring a backup was broken off, or goes on at this moment: until it is done or thrown away, nothing can be captured or read. */
export const isHalf = () => wait(isHalfRestored);

/** Throws away what is left of a restore that was broken off, keys and all. */
export async function discard() {
  await wait(discardRestore);
  await sweepUp();
}

/**
 * Puts a backup into a store that has nothing in it: all of it, or nothing.
 * @param {Blob} file
 * @param {string} passphrase
 * @param {Progress} progress
 * @returns {Promise<{ more: string, lost: number }>} what the shell kept beside, and how many cards could not be opened when the backup was made
 */
export async function restore(file, passphrase, progress) {
  try {
    return await restored(file, passphrase, progress);
  } catch (error) {
    // A file that cannot be read any more, for one.
    throw told(error);
  }
}

/** @param {Blob} file @param {string} passphrase @param {Progress} progress */
async function restored(file, passphrase, progress) {
  const start = new Uint8Array(await file.slice(0, HEADER).arrayBuffer()), end = start.indexOf(0x0a) + 1, header = start.slice(0, end);
  const line = text(header.subarray(0, -1)) ?? "";
  const key = await crypto.subtle.importKey("raw", new Uint8Array(call(() => openBackup(line, passphrase))), "AES-GCM", false, ["decrypt"]);
  const restoring = call(() => new Restore());
  let begun = false;
  try {
    for await (const { lines, done } of chunks(file, key, header)) {
      if (!begun) await wait(() => restoring.begin());
      begun = true;
      await write(restoring, lines);
      progress(done);
    }
    await wait(() => restoring.end());
    // What an attempt before left; it can wait for the next sweep.
    await sweepUp().catch(() => {});
    const [lost, more = ""] = call(() => restoring.said());
    return { more, lost: Number(lost) };
  } catch (error) {
    // A browser that ends before leaves a store that nothing can be read from or written to; the next attempt clears it away, or `discard`. So it is where this fails.
    if (begun) await discard().catch(() => {});
    throw error;
  } finally {
    restoring.free();
  }
}

/** Seals the cards in some lines for this browser, and writes all of it. @param {Restore} restoring @param {string} lines */
async function write(restoring, lines) {
  const cards = call(() => restoring.take(lines)), urls = cards.filter((_, at) => at % 2 === 0), texts = cards.filter((_, at) => at % 2 === 1);
  const all = await sealAll(texts.map((text) => ({ id: FORM, text })));
  try {
    /** @type {string[]} */
    const pairs = [];
    for (const [at, sealed] of all.entries()) pairs.push(await named(urls[at] ?? ""), sealedText(sealed));
    await wait(() => restoring.write(pairs));
  } finally {
    // If they were not written, the next sweep destroys their keys.
    settle(all.map(({ key }) => key));
  }
}

/** The chunks of a file, opened, with how far each is. @param {Blob} file @param {CryptoKey} key @param {Uint8Array<ArrayBuffer>} header */
async function* chunks(file, key, header) {
  for (let at = header.length, number = 0, isLast = false; !isLast; number += 1) {
    const word = new DataView(await file.slice(at, at + LENGTH).arrayBuffer());
    if (word.byteLength < LENGTH) throw failed("backup_cut");
    isLast = word.getUint32(0) >= LAST;
    const length = word.getUint32(0) % LAST, from = at + LENGTH;
    if (length > LONGEST) throw failed("backup_damaged");
    at = from + length;
    if (at > file.size) throw failed("backup_cut");
    // Whatever stands behind the last was not written by us.
    if (isLast && at < file.size) throw failed("backup_damaged");
    const lines = text(await opened(key, parameters(header, number, isLast), await file.slice(from, at).arrayBuffer()));
    if (lines === null) throw failed("backup_damaged");
    yield { lines, done: at / file.size };
  }
}

/** @param {CryptoKey} key @param {AesGcmParams} parameters @param {ArrayBuffer} data */
async function opened(key, parameters, data) {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, data));
  } catch {
    throw failed("backup_damaged");
  }
}

/** @param {Uint8Array} bytes @returns {string | null} */
function text(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
