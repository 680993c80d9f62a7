// The vault: cards, each sealed with a key of its own. What the guard says of a card and of its row is passed on here; what is done with keys is done here,
// in an order in which a browser may end everything at any moment (see `safe.js`).

import { fromSealedText, hex, keyOf, sealedText } from "./bytes.js";
import { ScrupleError, failed } from "./errors.js";
import { contacted, mend, reviewed } from "./wasm/desk.js";
import { erase, keysInUse, purge, sealedCard } from "./wasm/scruple.js";
import { desk, guard } from "./instance.js";
import { named } from "./key.js";
import { destroy, open, seal, settle, sweep } from "./safe.js";

/** @typedef {import("./index.js").Card} Card */
/** @typedef {import("./index.js").Field} Field */

const { wait } = guard;

/** What is sealed: the first version of a card. It can be opened as nothing else. */
export const FORM = "scruple card 1";

/**
 * Makes a capture, and does with keys what it came to. Nobody waits for that longer than for any call; it is done all the same. Until it is known what became
 * of the row no sweep takes its key. Where that never will be, because the guard broke, this worker has to end first.
 * @template {{ kind?: string, released?: string[], problem?: import("./index.js").Problem | null }} A
 * @param {(seal: (text: string) => Promise<string>) => Promise<A>} capture as the wasm does, with what seals a card for it
 * @returns {Promise<A>}
 */
export function keeping(capture) {
  /** @type {string[]} */
  const made = [];
  let isOver = false;
  /** Why it could not be sealed. @type {unknown} */
  let trouble = null;
  return wait(async () => {
    try {
      const answer = await capture(async (text) => {
        const sealed = await sealing(text).catch((/** @type {unknown} */ error) => { throw trouble = error; });
        made.push(sealed.key);
        // The guard did not wait for it.
        if (isOver) settle([sealed.key]);
        return sealed.text;
      });
      const isKept = answer.kind === "captured";
      if (isKept) settle(made);
      // What cannot be destroyed now is destroyed by the next sweep.
      await destroy(isKept ? answer.released ?? [] : made).catch(() => {});
      // The wasm knows only that there is nothing to store; a person has to be told, for one, that the disk is full.
      if (trouble instanceof ScrupleError) answer.problem = { code: "deny.guard.error", detail: trouble.detail };
      return answer;
    } finally {
      isOver = true;
      settle(made);
    }
  });
}

/** A card, sealed with a key of its own, as a row has it. @param {string} text */
async function sealing(text) {
  const sealed = await seal(FORM, text);
  return { key: sealed.key, text: sealedText(sealed) };
}

/**
 * What is kept of a page, if its time is not over: what is known of it without reading it, and the text of the rest.
 * @param {string} source
 * @param {number | undefined} days how long anything may be kept, where settings can be used
 */
async function opened(source, days) {
  const [id, first, expires, sealed, ...review] = await wait(() => sealedCard(source, days));
  if (id === undefined || first === undefined || expires === undefined || sealed === undefined) return null;
  const text = await unsealed(sealed);
  return text === null ? null : { id, first, expires, key: keyOf(sealed), review: /** @type {Field[]} */ (review), text };
}

/**
 * What the guard asks before it captures a page: what stands for it in the store, and the text of the card that is kept of it. One that cannot be opened is
 * as good as none: its place is taken.
 * @param {number | undefined} days
 */
export const lookup = (days) => async (/** @type {string} */ url) => {
  const source = await named(url), kept = await opened(source, days).catch(() => null);
  return kept ? `${source} ${kept.text}` : source;
};

/** What stands for a page in the store. @param {string} url */
export const look = (url) => named(url);

/**
 * Erases a card of which the owner restricted something after it was captured.
 * @param {string} url
 * @param {number | undefined} days
 * @returns {Promise<boolean>} whether anybody had to look at it
 */
export async function eraseReviewed(url, days) {
  const [, , , , ...review] = await wait(async () => sealedCard(await named(url), days));
  return review.length > 0 && forget(url, false);
}

/**
 * The card of a page, unless its time is over.
 * @param {string} url
 * @param {number | undefined} days
 * @returns {Promise<Card & { review: Field[] } | null>}
 */
export async function card(url, days) {
  const kept = await opened(await wait(() => named(url)), days);
  if (kept === null) return null;
  const { id, first, expires, review, text } = kept;
  return { ...JSON.parse(text), id, first_captured_at: first, expires_at: expires, review };
}

/**
 * Notes that the person got in touch, and gives back until when their card is kept now.
 * @param {string} url
 * @param {string} how
 * @param {Date} at
 * @param {number | undefined} days
 * @returns {Promise<string | null>} null: there is no card of them, or its time is over
 */
export async function contact(url, how, at, days) {
  const [until] = await desk.wait(async () => contacted(await named(url), how, at.getTime(), days));
  return until ?? null;
}

/** The way to contact somebody that a field is. @type {Record<string, string>} */
const CHANNELS = { email: "email", telephone: "phone", streetAddress: "post" };

/**
 * Keeps a card without what its owner restricted after it was captured: those values are gone for good then. If nothing else is left, it is erased.
 * @param {string} url
 * @param {number | undefined} days
 * @returns {Promise<boolean>} whether anybody had to look at it
 */
export async function keepWithout(url, days) {
  const source = await wait(() => named(url)), kept = await opened(source, days);
  if (kept === null || kept.review.length === 0) return false;
  const left = JSON.parse(kept.text);
  for (const field of kept.review) {
    delete left.fields[field];
    delete left.channels?.[CHANNELS[field] ?? ""];
  }
  if (left.former) left.former = left.former.filter((/** @type {string} */ field) => field in left.fields);
  if (Object.keys(left.fields).length === 0) return forget(url, false);
  left.salt = hex(crypto.getRandomValues(new Uint8Array(16)));
  // Its members keep their order, so it is canonical as it was.
  const text = JSON.stringify(left), sealed = await sealing(text);
  try {
    await destroy(await desk.wait(() => reviewed(source, kept.key, text, sealed.text, days)));
  } finally {
    // If it was not stored, the next sweep destroys the key.
    settle([sealed.key]);
  }
  await sweepUp();
  return true;
}

/** @param {string} text @throws {ScrupleError} as `open`: `sealed_changed` too where it never was something sealed */
async function unsealed(text) {
  const sealed = fromSealedText(text);
  if (sealed === null) throw failed("sealed_changed");
  try {
    return await open(FORM, sealed);
  } catch (error) {
    throw error instanceof ScrupleError && error.code === "guard_failed" ? error : failed("sealed_changed");
  }
}

/**
 * Erases the card of a page. When the promise is fulfilled, nothing of it can be read any more.
 * @param {string} url
 * @param {boolean} requested because the person asked for it
 * @returns {Promise<boolean>} whether there was one
 */
export async function forget(url, requested) {
  const isGone = await wait(async () => {
    const keys = await erase(await named(url), requested);
    await destroy(keys);
    return keys.length > 0;
  });
  if (isGone) await sweepUp();
  return isGone;
}

/**
 * Destroys every key that no row needs. A part of what is searched goes as soon as anything in it is not so any more, and its key is left to a sweep: after an
 * erasure there may be none that opens a name.
 */
export const sweepUp = () => sweep(() => wait(keysInUse));

/**
 * Deletes every card whose time is over or that cannot be read any more, and destroys every key that no card needs.
 * @param {number | undefined} days how long anything may be kept, where settings can be used: what is kept for longer gets an earlier deadline
 * @param {() => Promise<unknown>} startDesk
 * @returns {Promise<number>} how many cards there were
 */
export async function tend(days, startDesk) {
  let count = 0, more;
  do count += more = await wait(() => deleted(purge(days))); while (more > 0);
  try {
    // What cannot be read keeps nothing of the other cards, nor does a desk that cannot be started.
    await startDesk();
    do count += more = await desk.wait(() => deleted(mend(days))); while (more > 0);
  } finally {
    await sweepUp();
  }
  return count;
}

/**
 * Destroys the keys of cards that were deleted, also where nobody waits for it any more.
 * @param {Promise<string[]>} deleting gives how many cards there were, and then the names of the keys
 * @returns {Promise<number>} how many cards there were
 */
async function deleted(deleting) {
  const [count, ...keys] = await deleting;
  await destroy(keys);
  return Number(count);
}
