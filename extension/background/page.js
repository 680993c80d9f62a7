// Reaching into a tab. The only place that injects anything.

/**
 * Sends one message to the probe in a tab's own page (no frames) and gives back the text of its answer.
 * @param {number} tabId
 * @param {"inspect" | "read"} verb
 * @param {string} message
 * @returns {Promise<unknown>}
 */
export async function askProbe(tabId, verb, message) {
  const target = { tabId };
  if (verb === "inspect") await chrome.scripting.executeScript({ target, files: ["content/probe.js"] });
  const [answer] = await chrome.scripting.executeScript({ target, func: callProbe, args: [verb, message] });
  return answer?.result;
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
