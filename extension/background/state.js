// What each tab's panel shows. An inspection outlives the worker (in memory that Chrome keeps for the session); a card does not.

/** @typedef {import("../messages").PanelState} PanelState */
/** @typedef {{ state: PanelState, inspection: string | null }} Held */

/** @type {Map<number, Held>} */
const tabs = new Map();

/** @param {number} tabId */
const key = (tabId) => `tab:${tabId}`;

/** @param {number} tabId @param {string} host @returns {PanelState} */
export function idle(tabId, host = "") {
  return { phase: "idle", tabId, host, report: null, problem: null, entries: [] };
}

/**
 * What is known of a tab.
 * @param {number} tabId
 * @returns {Promise<Held>}
 */
export async function held(tabId) {
  const here = tabs.get(tabId);
  if (here) return here;
  const stored = await chrome.storage.session.get(key(tabId));
  return /** @type {Held | undefined} */ (stored[key(tabId)]) ?? { state: idle(tabId), inspection: null };
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
  const before = tabs.get(tabId);
  const { state } = await held(tabId);
  // Whoever has begun something new in the meantime knows of the new page.
  if (state.phase !== "idle" && tabs.get(tabId) === before) await hold(idle(tabId));
}

/** @param {number} tabId */
export async function forget(tabId) {
  tabs.delete(tabId);
  await chrome.storage.session.remove(key(tabId));
}
