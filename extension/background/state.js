// What each tab's panel shows. An inspection outlives the worker (in memory that Chrome keeps for the session); a card does not.

/** @typedef {import("../messages").PanelState} PanelState */
/** @typedef {{ state: PanelState, inspection: string | null }} Held */

/** @type {Map<number, Held>} */
const tabs = new Map();

const PREFIX = "tab:";

/** @param {number} tabId */
const key = (tabId) => `${PREFIX}${tabId}`;

/** @param {number} tabId @param {string} host @returns {PanelState} */
export function idle(tabId, host = "") {
  return { phase: "idle", tabId, host, report: null, problem: null, use: null, person: null, told: null, outdated: false, entries: [] };
}

/**
 * What is known of a tab: the same object, until something else is held.
 * @param {number} tabId
 * @returns {Promise<Held>}
 */
export async function held(tabId) {
  if (!tabs.has(tabId)) {
    const stored = await chrome.storage.session.get(key(tabId));
    const found = /** @type {Held | undefined} */ (stored[key(tabId)]) ?? { state: idle(tabId), inspection: null };
    // Something may have been held meanwhile.
    if (!tabs.has(tabId)) tabs.set(tabId, found);
  }
  return /** @type {Held} */ (tabs.get(tabId));
}

/** Whether this is still what is known of its tab. @param {Held} one */
export function isHeld(one) {
  return tabs.get(one.state.tabId) === one;
}

/** The tabs of which something is known. @returns {Promise<number[]>} */
export async function heldTabs() {
  const stored = Object.keys(await chrome.storage.session.get(null)).filter((name) => name.startsWith(PREFIX));
  return [...new Set([...tabs.keys(), ...stored.map((name) => Number(name.slice(PREFIX.length)))])];
}

/**
 * Keeps what is known of a tab and tells open panels.
 * @param {PanelState} state
 * @param {string | null} inspection
 */
export async function hold(state, inspection = null) {
  const { tabId } = state;
  tabs.set(tabId, { state, inspection });
  // Nobody listens when no panel is open.
  chrome.runtime.sendMessage({ type: "state", tabId, state }).catch(() => {});
  // Only what a person may still act on is worth keeping, and only an inspection holds no value.
  if (state.phase === "judged") await chrome.storage.session.set({ [key(tabId)]: { state, inspection } });
  else await chrome.storage.session.remove(key(tabId));
}

/**
 * The page of a tab was left: what was said of it is over.
 * @param {number} tabId
 */
export async function leave(tabId) {
  const before = await held(tabId);
  // Whoever has begun something new in the meantime knows of the new page.
  if (before.state.phase !== "idle" && isHeld(before)) await hold(idle(tabId));
}

/** @param {number} tabId */
export async function forget(tabId) {
  tabs.delete(tabId);
  await chrome.storage.session.remove(key(tabId));
}
