// Reaching into a tab. The only place that injects anything.

/**
 * Puts a message of the guard to the probe in a page, and promises the text of its answer.
 * @typedef {(message: string) => Promise<unknown>} Ask
 */

/**
 * The two ways to ask a page: `inspect` before anything is judged, `read` for what was allowed.
 * @typedef {{ inspect: Ask, read: Ask }} PageDoor
 */

/**
 * The way to the page of a tab: its main frame, in the isolated world of the extension. Needs the permission `scripting`, and
 * `activeTab` or a host permission for the page.
 *
 * `inspect` puts the probe into the page first. Whatever the browser says against it, the guard makes a denial of it.
 * @param {number} tabId
 * @param {{ probe?: string }} [options] `probe`: where in the extension the file of the probe is
 * @returns {PageDoor}
 */
export function pageOf(tabId, { probe = "content/probe.js" } = {}) {
  const target = { tabId };
  /** @param {"inspect" | "read"} verb @param {string} message @returns {Promise<unknown>} */
  const put = async (verb, message) => {
    const [answer] = await chrome.scripting.executeScript({ target, func: callProbe, args: [verb, message] });
    return answer?.result;
  };
  return {
    inspect: async (message) => {
      await chrome.scripting.executeScript({ target, files: [probe] });
      return put("inspect", message);
    },
    read: (message) => put("read", message),
  };
}

/**
 * Runs in the page's isolated world, where the injected probe waits.
 * @param {"inspect" | "read"} verb
 * @param {string} message
 */
function callProbe(verb, message) {
  const { scrupleProbe } = /** @type {{ scrupleProbe?: Record<string, (message: string) => string> }} */ (globalThis);
  return scrupleProbe?.[verb]?.(message);
}
