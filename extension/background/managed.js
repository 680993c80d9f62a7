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
const UNREADABLE = "";

/** @type {Promise<void> | null} */
let settling = null;

/**
 * The managed settings as the text that the guard judges by; null if there are none.
 *
 * Chrome drops a setting whose form is not that of the schema, and says nothing. So an organisation may name in `expects` what it
 * set; what is missing then is handed on as something that is never right, for the guard to refuse.
 * @returns {Promise<string | null>}
 */
export async function managedText() {
  let all;
  try {
    all = await chrome.storage.managed.get(null);
  } catch {
    return UNREADABLE;
  }
  const { expects, ...set } = all;
  for (const key of Array.isArray(expects) ? expects : []) {
    if (!Object.hasOwn(set, key)) Object.defineProperty(set, key, { value: false, enumerable: true });
  }
  return Object.keys(set).length === 0 ? null : JSON.stringify(set, null, 2);
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
  while (await managedText() === null) {
    const left = first + SETTLE - Date.now();
    if (left <= 0) return;
    await pause(Math.min(left, STEP));
  }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((done) => { setTimeout(done, milliseconds); });
}
