// What the organisation set for this browser (`chrome.storage.managed`), and whether it is known by now.

/**
 * How long managed settings that read as empty may still be on their way, in milliseconds, from the first look in a browser
 * session. Chrome does not say whether there are none or they are not loaded yet. In Chromium 156 an extension that was installed
 * while the browser started saw none for up to 3.1 seconds, whatever the machine had to do; this is twice as much.
 */
const SETTLE = 6_000;

/** How often to look meanwhile. Chrome need not tell of a change. */
const STEP = 100;

/** A worker that starts anew needs a moment to remember that everything is known. Nobody is told to wait for so little. */
const MOMENT = 300;

/** Where the time of the first look is kept: as long as the browser runs, but not the worker. */
const FIRST_LOOK = "firstLook";

/** Not JSON, so the guard denies everything. */
export const UNREADABLE = "";

/** @type {Promise<void> | null} */
let settling = null;

/**
 * What an organisation set: the settings as the text that the guard judges by (null if there are none), and adapters that come before
 * those of Scruple.
 * @typedef {{ managed: string | null, adapters: string[] }} Managed
 */

/**
 * The managed settings.
 *
 * Chrome drops a setting whose form is not that of the schema, and says nothing. So an organisation may name in `expects` what it
 * set; what is missing then is handed on as something that is never right, for the guard to refuse.
 * @returns {Promise<Managed>}
 */
export async function managedSettings() {
  let all;
  try {
    all = await chrome.storage.managed.get(null);
  } catch {
    return { managed: UNREADABLE, adapters: [] };
  }
  const { expects, adapters = [], ...set } = all;
  for (const key of Array.isArray(expects) ? expects : []) {
    if (!Object.hasOwn(all, key)) Object.defineProperty(set, key, { value: false, enumerable: true });
  }
  // Adapters that Chrome hands on in another form would be lost, and with them what they hold back.
  if (!Array.isArray(adapters) || !adapters.every((one) => typeof one === "string")) return { managed: UNREADABLE, adapters: [] };
  return { managed: Object.keys(set).length === 0 ? null : JSON.stringify(set, null, 2), adapters };
}

/** Waits until it is known whether there are managed settings. */
export function settled() {
  settling ??= settle().catch((/** @type {unknown} */ error) => {
    settling = null;
    throw error;
  });
  return settling;
}

/** Whether that is known by now, or as good as. */
export function isSettled() {
  return Promise.race([settled().then(() => true), pause(MOMENT).then(() => false)]);
}

async function settle() {
  const now = Date.now();
  const { [FIRST_LOOK]: kept } = await chrome.storage.session.get(FIRST_LOOK);
  // A clock that was set back must not make for a longer wait.
  const first = typeof kept === "number" && kept <= now ? kept : now;
  if (first !== kept) await chrome.storage.session.set({ [FIRST_LOOK]: first });
  for (;;) {
    const { managed, adapters } = await managedSettings();
    if (managed !== null || adapters.length > 0) return;
    const left = first + SETTLE - Date.now();
    if (left <= 0) return;
    await pause(Math.min(left, STEP));
  }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((done) => { setTimeout(done, milliseconds); });
}
