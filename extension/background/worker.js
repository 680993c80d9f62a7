// The service worker: listeners only, all of them here at the top level, so that Chrome finds them whenever it wakes the worker.

import { choose } from "./choosing.js";
import { abandon, capture, inspect, judgeAgain, newestEntries } from "./inspection.js";
import { settled } from "./managed.js";
import { changeMarks, getMarks } from "./marks.js";
import { getPolicy, onRulesChanged, setPolicy } from "./rules.js";
import { forget, held } from "./state.js";
import { isTime, keepTending, tend } from "./tending.js";

/** @typedef {import("../messages").Request} Request */

// The press of the toolbar button: the one gesture that lets the guard look at a page.
chrome.action.onClicked.addListener((tab) => {
  if (tab.id === undefined) return;
  // Chrome opens a panel only while the gesture lasts, that is before the first `await`.
  chrome.sidePanel.open({ tabId: tab.id }).catch(() => {});
  inspect({ id: tab.id, url: tab.url ?? "" });
});

chrome.runtime.onMessage.addListener((request, sender, respond) => {
  // Only pages of this extension have something to ask. A script in a page would have a tab as its sender and another address.
  if (sender.id !== chrome.runtime.id || !sender.url?.startsWith(chrome.runtime.getURL(""))) return false;
  answer(request).then(respond, () => respond({ ok: false }));
  return true;
});

onRulesChanged(() => {
  judgeAgain();
  // Nobody listens when no settings are open.
  chrome.runtime.sendMessage({ type: "rules" }).catch(() => {});
});

chrome.runtime.onInstalled.addListener(({ reason }) => {
  keepTending();
  if (reason === "install") chrome.runtime.openOptionsPage();
});
chrome.runtime.onStartup.addListener(() => {
  keepTending();
  tend();
});
chrome.alarms.onAlarm.addListener(({ name }) => isTime(name) && tend());
chrome.tabs.onUpdated.addListener((tabId, { status }) => {
  if (status === "loading") abandon(tabId);
});
chrome.tabs.onRemoved.addListener(forget);

// The first look at what the organisation set is taken when the browser starts, not when the button is pressed: so hardly anybody
// waits for it.
settled().catch(() => {});

/**
 * @param {Request} request
 * @returns {Promise<object>}
 */
async function answer(request) {
  switch (request.type) {
    case "state": {
      // The state is looked up last: while the store is asked, an inspection may end, and an older state must not follow a newer one.
      const entries = await newestEntries();
      const { state } = await held(request.tabId);
      return { ok: true, state: { ...state, entries } };
    }
    case "inspect": {
      const tab = await chrome.tabs.get(request.tabId);
      return { ok: true, state: await inspect({ id: request.tabId, url: tab.url ?? "" }, request) };
    }
    case "choose": {
      const { state } = await held(request.tabId);
      const person = await choose(request.tabId, state.report);
      if (person === null) return { ok: true, state };
      const tab = await chrome.tabs.get(request.tabId);
      return { ok: true, state: await inspect({ id: request.tabId, url: tab.url ?? "" }, { person }) };
    }
    case "capture":
      return { ok: true, state: await capture(request.tabId) };
    case "policy.get":
      return getPolicy();
    case "policy.set":
      return setPolicy(request.text);
    case "marks.get":
      return getMarks();
    case "marks.add":
    case "marks.remove":
      return changeMarks(request);
    default:
      return { ok: false };
  }
}
