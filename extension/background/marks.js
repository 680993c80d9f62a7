// What the person marked as restricted, on top of every rule.

import { mark } from "../guard/index.js";
import { managedSettings } from "./managed.js";
import { localTexts, rules } from "./rules.js";

/** @typedef {import("../messages").Marks} Marks */
/** @typedef {Extract<import("../messages").Request, { type: "marks.add" | "marks.remove" }>} ChangeRequest */

/** Changes are made one after the other: each begins with what the one before kept. @type {Promise<unknown>} */
let last = Promise.resolve();

/** @returns {Promise<{ ok: true, marks: Marks }>} */
export async function getMarks() {
  const { marks: text } = await localTexts();
  return { ok: true, marks: await told(text) };
}

/**
 * Sets a mark or takes it back.
 * @param {ChangeRequest} request
 * @returns {Promise<{ ok: true, marks: Marks }>}
 */
export function changeMarks(request) {
  const change = last.then(() => changed(request));
  last = change.catch(() => {});
  return change;
}

/** @param {ChangeRequest} request @returns {Promise<{ ok: true, marks: Marks }>} */
async function changed({ type, ...what }) {
  if (what.what === "all") {
    await chrome.storage.local.remove("marks");
  } else {
    const { marks } = await localTexts();
    const change = /** @type {any} */ ({ do: type.slice("marks.".length), ...await named(what) });
    const { adapters } = await managedSettings();
    await chrome.storage.local.set({ marks: await mark(marks, change, { adapters }) });
  }
  return getMarks();
}

/**
 * A mark as the guard knows it: its place named by an address.
 * @param {Omit<ChangeRequest, "type">} what
 */
async function named({ what, ...rest }) {
  const { field, url, tabId } = /** @type {{ field?: string, url?: string, tabId?: number }} */ (rest);
  if (tabId === undefined) return { what, field, url };
  return { what, field, url: (await chrome.tabs.get(tabId)).url };
}

/** @param {string | null} text @returns {Promise<Marks>} */
async function told(text) {
  if (text === null || (await rules()).marksBroken) return { everywhere: [], sites: {}, people: 0, broken: text !== null };
  const { everywhere = [], sites = {}, people = [] } = JSON.parse(text);
  return { everywhere, sites, people: people.length, broken: false };
}
