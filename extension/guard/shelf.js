// The cards as people look through them: lists, and a search. What is searched lies in parts, sealed like cards and made anew from them where they are missing
// (see `src/vault/parts.rs`). A page keeps the parts it opened for as long as it lives, and drops those that changed.

import { CardIndex, logState, partRoom, rowsAt, rowsBefore, rowsFrom, sealedParts } from "./wasm/desk.js";
import { fromSealedText, keyOf, sealedText } from "./bytes.js";
import { ScrupleError, failed } from "./errors.js";
import { desk } from "./instance.js";
import { destroy, openAll, sealAll, settle } from "./safe.js";
import { FORM } from "./vault.js";

/** @typedef {import("./wasm/desk.js").Rows} Rows */
/** @typedef {import("./safe.js").Sealed} Sealed */
/** @typedef {import("./index.js").Card} Card */
/** @typedef {import("./index.js").CardQuery} CardQuery */
/** @typedef {import("./index.js").CardPage} CardPage */
/** @typedef {import("./index.js").FoundCard} FoundCard */

/**
 * Told now and then while parts are made: how far that is, from 0 to 1.
 * @typedef {(done: number) => void} Progress
 */

const { call, current, wait } = desk;

/** What a part is sealed as, with its number behind. It can be opened as nothing else. */
const PART = "scruple part 1 ";

/** How many parts are read, or made, at once. */
const READ = 64, MAKE = 16;

/** How many cards a page of a list or an answer has. */
const PAGE = 50;

/** How often parts are made anew when cards change meanwhile. */
const TRIES = 5;

/**
 * The parts that this page or worker opened, by the names of their keys; parts of which it is known that no card is in them; how many places a part is about;
 * how long the log was when they were opened (whatever happens to cards is noted there), how old it was, and what the clock said; and whether it is longer by now.
 * @typedef {{ serial: number, index: CardIndex, parts: Map<number, string>, empty: Set<number>, room: number, size: number, age: number, at: number, isStale: boolean }} Shelf
 */

/** @type {Shelf | null} */
let shelf = null;

/** The search before: one at a time, so that nothing is opened twice. @type {Promise<unknown>} */
let before = Promise.resolve();

/**
 * The newest cards, without a search.
 * @param {number | null} cursor where the page before ended
 * @param {number | undefined} days how long the settings in force keep anything
 * @returns {Promise<CardPage>}
 */
export async function list(cursor, days) {
  const rows = await wait(() => rowsBefore(cursor ?? Number.MAX_SAFE_INTEGER, PAGE));
  try {
    const seqs = call(() => rows.seqs()), { cards, unreadable } = await opened(rows, days);
    return { cards, unreadable, cursor: seqs.length < PAGE ? null : seqs.at(-1) ?? null };
  } finally {
    rows.free();
  }
}

/**
 * The newest cards that a query finds.
 * @param {CardQuery} query
 * @param {number | undefined} days
 * @param {Progress} progress
 * @returns {Promise<CardPage>}
 */
export function search(query, days, progress) {
  const searched = before.then(() => searching(query, days, progress));
  before = searched.catch(() => {});
  return searched;
}

/** @param {CardQuery} query @param {number | undefined} days @param {Progress} progress @returns {Promise<CardPage>} */
async function searching(query, days, progress) {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    // What was opened before is taken as it is. Reading the rows of the answer tells whether it still was so.
    const opened = shelf?.serial === current() && !shelf.isStale ? shelf : await ready(progress), found = await answered(opened, query, days);
    if (found) return found;
    opened.isStale = true;
  }
  throw changing();
}

/**
 * The answer of what is opened.
 * @param {Shelf} shelf
 * @param {CardQuery} query
 * @param {number | undefined} days
 * @returns {Promise<CardPage | null>} null: the log grew since, so something else may be there
 */
async function answered({ index, size, age, at }, { cursor = null, ...rest }, days) {
  /** @type {FoundCard[]} */
  const cards = [];
  let unreadable = 0, last = cursor;
  for (;;) {
    const limit = PAGE - cards.length;
    const asked = JSON.stringify({ ...asWritten(rest), limit, ...last === null ? {} : { before: last } });
    const seqs = call(() => index.search(asked, days, age + Math.max(0, Date.now() - at)));
    last = seqs.at(-1) ?? last;
    const rows = await wait(() => rowsAt(seqs));
    try {
      if (call(() => rows.size) !== size) return null;
      const found = await opened(rows, days);
      cards.push(...found.cards);
      unreadable += found.unreadable;
    } finally {
      rows.free();
    }
    if (seqs.length < limit) return { cards, unreadable, cursor: null };
    if (cards.length >= PAGE) return { cards, unreadable, cursor: last };
  }
}

/** A query as the wasm reads it. @param {Omit<CardQuery, "cursor">} query */
function asWritten({ text = "", site, expiresBefore, capturedSince, flagged = false }) {
  return { text, site: site || null, expires_before: expiresBefore ?? null, captured_since: capturedSince ?? null, flagged };
}

/**
 * The cards of rows, as far as their time is not over, and how many of them cannot be opened.
 * @param {Rows} rows
 * @param {number | undefined} days
 */
async function opened(rows, days) {
  const known = call(() => rows.known(days)), texts = await unsealed(call(() => rows.sealed()).map((sealed) => [FORM, sealed]));
  /** @type {FoundCard[]} */
  const cards = [];
  let unreadable = 0;
  for (const [at, text] of texts.entries()) {
    const [id = "", first_captured_at = "", expires_at = "", review = ""] = known.slice(4 * at);
    if (id === "") continue;
    if (typeof text !== "string") unreadable += 1;
    else cards.push({ ...JSON.parse(text), id, first_captured_at, expires_at, review: review === "" ? [] : review.split(" ") });
  }
  return { cards, unreadable };
}

/**
 * Opens what was stored as `KEY IV DATA`.
 * @param {[id: string, sealed: string][]} all
 * @returns {Promise<(string | null)[]>} null: it was erased, or can never be opened
 * @throws {ScrupleError} `safe_failed` where one cannot be opened now: it must not be taken for one that is lost
 */
export async function unsealed(all) {
  const readable = all.map(([id, text]) => {
    const sealed = fromSealedText(text);
    return sealed && { id, ...sealed };
  });
  const texts = await openAll(readable.filter((one) => one !== null)), answers = texts.values();
  return readable.map((one) => {
    const text = one && answers.next().value;
    if (text instanceof ScrupleError && text.detail === "safe_failed") throw text;
    return typeof text === "string" ? text : null;
  });
}

/**
 * Opens every part, after making those that are missing.
 * @param {Progress} progress
 * @returns {Promise<Shelf>}
 */
async function ready(progress) {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const serial = current();
    // After a trap nothing of the instance before is left.
    if (shelf?.serial !== serial) {
      shelf = { serial, index: call(() => new CardIndex()), parts: new Map(), empty: new Set(), room: call(partRoom), size: 0, age: 0, at: 0, isStale: true };
    }
    const at = Date.now(), [size = 0, age = 0] = await wait(logState);
    // New cards come at the end of the log.
    for (const number of shelf.empty) if (number >= Math.floor(shelf.size / shelf.room)) shelf.empty.delete(number);
    await read(shelf, size, progress);
    if (await make(shelf, size, progress)) return Object.assign(shelf, { size, age, at, isStale: false });
  }
  throw changing();
}

/** Opens the parts that are new, and drops those that are gone. @param {Shelf} shelf @param {number} size how long the log is @param {Progress} progress */
async function read({ index, parts, room }, size, progress) {
  /** @type {Set<number>} */
  const there = new Set();
  for (let from = 0, more = true; more;) {
    const texts = await wait(() => sealedParts(from, READ)), fresh = [];
    more = texts.length === 2 * READ;
    for (let at = 0; at < texts.length; at += 2) {
      const number = Number(texts[at]), sealed = texts[at + 1] ?? "", key = keyOf(sealed);
      if (parts.get(number) === key) there.add(number);
      else fresh.push({ number, key, sealed });
      from = number + 1;
    }
    const opened = await unsealed(fresh.map(({ number, sealed }) => [PART + number, sealed]));
    for (const [at, { number, key }] of fresh.entries()) {
      const text = opened[at];
      // One that is damaged is not believed, but made anew.
      if (typeof text !== "string" || !call(() => index.put(number, text))) continue;
      parts.set(number, key);
      there.add(number);
    }
    if (more) progress(Math.min(from * room / size, 1));
  }
  for (const number of parts.keys()) {
    if (there.has(number)) continue;
    call(() => index.remove(number));
    parts.delete(number);
  }
}

/**
 * Makes the parts that are missing.
 * @param {Shelf} shelf
 * @param {number} size how long the log is
 * @param {Progress} progress
 * @returns {Promise<boolean>} false: cards changed meanwhile, so that some are still missing
 */
async function make({ index, parts, empty, room }, size, progress) {
  let whole = true;
  for (let number = 0; number * room < size;) {
    /** @type {{ number: number, rows: Rows, text: string }[]} */
    const made = [];
    /** @type {Sealed[]} */
    let sealed = [];
    try {
      while (made.length < MAKE && number * room < size) {
        if (parts.has(number) || empty.has(number)) {
          number += 1;
          continue;
        }
        const rows = await wait(() => rowsFrom(number * room, room)), [first = size] = call(() => rows.seqs()), next = Math.floor(first / room);
        if (next > number || first >= size) {
          rows.free();
          for (const end = Math.max(next, number + 1); number < end; number += 1) if (!parts.has(number)) empty.add(number);
          continue;
        }
        const texts = await unsealed(call(() => rows.sealed()).map((sealed) => [FORM, sealed])), at = number;
        made.push({ number, rows, text: call(() => rows.pack(at, texts)) });
        number += 1;
      }
      if (made.length === 0) break;
      sealed = await sealAll(made.map(({ number, text }) => ({ id: PART + number, text })));
      for (const [at, part] of sealed.entries()) {
        const one = made[at], { key } = part;
        if (!one) continue;
        let released;
        try {
          released = await wait(() => one.rows.keepPart(one.number, sealedText(part)));
        } catch (error) {
          // If it was stored all the same, the next search finds that it cannot be opened, and makes it anew.
          await destroy([key]);
          if (!(error instanceof ScrupleError) || error.detail === "storage_full") throw error;
          whole = false;
          continue;
        }
        await destroy(released);
        if (call(() => index.put(one.number, one.text))) parts.set(one.number, key);
        else whole = false;
      }
    } finally {
      // What was not stored is destroyed by the next sweep, if it was not yet.
      settle(sealed.map(({ key }) => key));
      for (const { rows } of made) rows.free();
    }
    progress(Math.min(number * room / size, 1));
  }
  return whole;
}

const changing = () => failed("cards change all the time");
