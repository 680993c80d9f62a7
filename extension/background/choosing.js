// Which of several people on a page is meant: the person says so by pointing.

/**
 * Lets the person point at somebody on the page of a tab.
 * @param {number} tabId
 * @param {import("../messages").Report | null} report what was said of the page: there are several people on it
 * @returns {Promise<number | null>} which one; null: none
 */
export async function choose(tabId, report) {
  const people = report?.page.people;
  if (!people) return null;
  const words = { says: "choose_person", stop: "choose_stop", one: "choose_one" };
  const texts = Object.entries(words).map(([name, key]) => [name, chrome.i18n.getMessage(key)]);
  const message = JSON.stringify({ ...people, ...Object.fromEntries(texts) });
  const target = { tabId };
  await chrome.scripting.executeScript({ target, files: ["content/picker.js"] });
  const [answer] = await chrome.scripting.executeScript({ target, func: callPicker, args: [message] });
  return typeof answer?.result === "number" ? answer.result : null;
}

/**
 * Runs in the page's isolated world, where the injected picker waits.
 * @param {string} message
 */
function callPicker(message) {
  const { scruplePicker } = /** @type {{ scruplePicker?: { choose: (message: string) => Promise<number | null> } }} */ (globalThis);
  return scruplePicker?.choose(message) ?? null;
}
