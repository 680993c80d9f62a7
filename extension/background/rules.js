// The rules in force: what the person set, what their organisation set, what is marked as restricted. One guard is made of them,
// and made anew when any of it changes. The documents are kept as the very texts that were checked, since their hash is part of
// every entry.

import { checkPolicy, createGuard, isScrupleError } from "../guard/index.js";
import { UNREADABLE, isSettled, managedSettings, settled } from "./managed.js";

/** @typedef {import("../guard/index.js").Guard} Guard */
/** @typedef {import("../messages").Summary} Summary */
/** @typedef {{ policy: string | null, managed: string | null, marks: string | null, adapters: string[] }} Texts */
/** @typedef {Texts & { guard: Guard, summary: Summary, marksBroken: boolean }} InForce */

/** The keys of the local store that are rules. */
const KEYS = ["policy", "marks"];

/** The guard of the rules that were last in force. @type {{ name: string, making: Promise<InForce> } | null} */
let made = null;

/** A guard without rules, which is all it takes to look after the log. @type {Promise<Guard> | null} */
let keeper = null;

/** The texts in the store of this extension. @returns {Promise<{ policy: string | null, marks: string | null }>} */
export async function localTexts() {
  const { policy, marks } = await chrome.storage.local.get(KEYS);
  // What is kept in another form was not kept by us, and denies everything.
  return { policy: policy === undefined ? null : String(policy), marks: marks === undefined ? null : String(marks) };
}

/**
 * The rules in force, as soon as they are known. They are read anew every time: nothing rests on having been told of a change.
 * @returns {Promise<InForce>}
 */
export async function rules() {
  await settled();
  const texts = { ...await localTexts(), ...await managedSettings() };
  const name = JSON.stringify(texts);
  if (made?.name !== name) {
    const making = make(texts);
    const mine = made = { name, making };
    making.catch(() => {
      if (made === mine) made = null;
    });
  }
  return made.making;
}

/** @param {Texts} texts @returns {Promise<InForce>} */
async function make(texts) {
  const guard = await createGuard(texts).catch((/** @type {unknown} */ error) => {
    // Without what an organisation says of a site, nothing may be judged by what Scruple says of it.
    if (isScrupleError(error) && error.code === "adapter_invalid") return createGuard({ ...texts, managed: UNREADABLE, adapters: [] });
    throw error;
  });
  const summary = guard.summary();
  // Settings that come to uses are in force. What keeps them from being used then can only be the marks.
  const marksUnused = !summary.usable && summary.uses.length > 0;
  return { ...texts, guard, summary, marksBroken: texts.marks !== null && (marksUnused || !isJson(texts.marks)) };
}

/** @param {string} text */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A guard for the log alone: the log does not wait for anybody's rules. */
export function logKeeper() {
  keeper ??= createGuard().catch((/** @type {unknown} */ error) => {
    keeper = null;
    throw error;
  });
  return keeper;
}

/**
 * Calls back whenever the rules may have changed.
 * @param {() => void} changed
 */
export function onRulesChanged(changed) {
  chrome.storage.onChanged.addListener((changes, area) => {
    if (area === "managed" || (area === "local" && KEYS.some((key) => key in changes))) changed();
  });
}

/** The rules as the settings show them. @returns {Promise<{ ok: true } & import("../messages").Rules>} */
export async function getPolicy() {
  const { policy: text } = await localTexts();
  if (!await isSettled()) return { ok: true, settled: false, text, managed: null, marksBroken: false, summary: null, problems: { local: [], managed: [] } };
  const { policy, managed, marksBroken, guard, summary } = await rules();
  const problems = summary.unusable.length > 0 ? await guard.problems() : { local: [], managed: [] };
  return { ok: true, settled: true, text: policy, managed, marksBroken, summary, problems };
}

/**
 * Keeps a policy, if it can be used.
 * @param {string} text
 */
export async function setPolicy(text) {
  const { kind, hash, problems } = await checkPolicy(text);
  if (kind !== "valid") return { ok: false, problems };
  await chrome.storage.local.set({ policy: text });
  return { ok: true, hash };
}
