// Looking after what is kept: cards whose time is over are deleted, and keys that no card needs are destroyed. When the browser starts, and every hour.
// Where that fails it is tried again soon, and the panel and the settings say so until it was done (`pages/untended.js`).

import { logKeeper, rules } from "./rules.js";

/** The alarms: every hour, and again after it failed, in minutes. */
const HOURLY = "purge", HOUR = 60, AGAIN = "purge again", SOON = 5;

/** Where it is kept that it failed: as long as the browser runs. */
const UNTENDED = "untended";

/** What is under way. @type {Promise<void> | null} */
let tending = null;

/** Has it done from now on. Chrome may forget alarms when it starts. */
export function keepTending() {
  chrome.alarms.create(HOURLY, { periodInMinutes: HOUR });
}

/** Whether it is to be done when this alarm rings. @param {string} alarm */
export const isTime = (alarm) => alarm === HOURLY || alarm === AGAIN;

/** Does it once; whoever asks meanwhile waits for the same. Fails never. */
export function tend() {
  return tending ??= once().catch(() => {}).finally(() => { tending = null; });
}

async function once() {
  // By what is in force now; where that cannot be known, by what was in force at each capture.
  const keeper = rules().then(({ guard }) => guard, logKeeper), failed = await keeper.then((guard) => guard.purge()).then(() => false, () => true);
  if (failed) await chrome.alarms.create(AGAIN, { delayInMinutes: SOON });
  else await chrome.alarms.clear(AGAIN);
  await chrome.storage.session.set({ [UNTENDED]: failed });
}
