// The side panel: asks the worker about the active tab of its window, shows the answer, and passes on what the person presses.

import { ask } from "../pages/ask.js";
import { byId, el, icon } from "../pages/dom.js";
import { fieldName, localise, t } from "../pages/i18n.js";
import { followUntended } from "../pages/untended.js";
import { actionOf, bodyOf, driftReport, headOf, noticeOf, noticeOfSilence } from "./view.js";

/** @typedef {import("../messages").PanelState} PanelState */
/** @typedef {import("../messages").StatePush} StatePush */
/** @typedef {import("./view.js").Notice} Notice */
/** @typedef {Extract<import("../messages").Request, { type: "marks.add" | "marks.remove" }>} ChangeRequest */

const page = {
  host: byId("host", HTMLHeadingElement),
  kind: byId("kind", HTMLParagraphElement),
  noticeBox: byId("notice-box", HTMLElement),
  notice: byId("notice", HTMLDivElement),
  noticeMore: byId("notice-more", HTMLDivElement),
  content: byId("content", HTMLDivElement),
  bar: byId("bar", HTMLElement),
  usePart: byId("use-part", HTMLDivElement),
  use: byId("use", HTMLSelectElement),
  hint: byId("hint", HTMLParagraphElement),
  capture: byId("capture", HTMLButtonElement),
  inspect: byId("inspect", HTMLButtonElement),
  saved: byId("saved", HTMLParagraphElement),
  log: byId("log", HTMLButtonElement),
  settings: byId("settings", HTMLButtonElement),
};

/** What the button under a notice says. */
const WAYS = {
  settings: "open_the_settings", complete: "complete_settings", inspect: "inspect_again", again: "try_again", choose: "choose_person", copy: "copy_report",
};

/** The tab the panel is about, and what is shown of it. */
const now = {
  /** @type {number | null} */
  tabId: null,
  /** @type {PanelState | null} */
  state: null,
};

localise();
page.inspect.append(icon("again"), t("inspect_again"));
page.log.append(icon("file"), t("log_open"));
page.settings.append(icon("gear"), t("open_settings"));

page.capture.addEventListener("click", () => {
  if (page.capture.ariaDisabled !== "true") void request("capture");
});
page.inspect.addEventListener("click", () => void request("inspect"));
page.use.addEventListener("change", () => void request("inspect", page.use.value));
page.content.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("[data-mark]") : null;
  if (button instanceof HTMLButtonElement) void mark(button);
});
page.settings.addEventListener("click", () => void chrome.runtime.openOptionsPage());
page.log.addEventListener("click", () => void openLog());
chrome.tabs.onActivated.addListener(() => void follow());
chrome.runtime.onMessage.addListener((/** @type {StatePush} */ message) => {
  if (message?.type !== "state" || !message.state) return;
  if (message.tabId === now.tabId) show(message.state);
  // Something happens in another tab: the person may have turned to it while this panel was on its way in, and nobody told it.
  else void follow();
});
document.addEventListener("visibilitychange", () => void follow());
void follow();
void followUntended();

/** Turns to the tab the person is looking at. */
async function follow() {
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  const tabId = tab?.id ?? null;
  if (tabId === null) showSilence();
  if (tabId === now.tabId) return;
  now.tabId = tabId;
  now.state = null;
  page.saved.textContent = "";
  await request("state");
}

/**
 * Asks the worker about the tab. An answer that comes when the person has turned to another tab is dropped.
 * @param {"state" | "inspect" | "capture" | "choose"} type
 * @param {string} [use] what the details are for
 */
async function request(type, use) {
  const { tabId } = now;
  if (tabId === null) return follow();
  const busy = type === "capture" ? "capturing" : "inspecting";
  // While the person chooses, the page is what they look at.
  if ((type === "capture" || type === "inspect") && now.state) show({ ...now.state, phase: busy });
  const person = now.state?.person ?? null;
  const answer = await ask(type === "inspect" ? { type, tabId, use, person } : { type, tabId });
  if (tabId !== now.tabId) return;
  if (answer?.ok) show(answer.state);
  else showSilence();
}

/** @param {PanelState} state */
function show(state) {
  const finished = now.state?.phase === "capturing" && state.phase === "captured";
  now.state = state;
  const { host, kind } = headOf(state);
  page.host.textContent = host;
  page.kind.textContent = kind;
  page.kind.hidden = kind === null;
  showNotice(noticeOf(state));
  showBody(bodyOf(state));
  showAction(state);
  // The button that had the focus is gone: go on where its result is.
  if (finished) document.getElementById("card")?.focus();
}

/** The worker does not answer: what was shown before may be wrong now, so it goes. */
function showSilence() {
  now.state = null;
  page.host.textContent = t("app_name");
  page.kind.hidden = true;
  showNotice(noticeOfSilence());
  showBody([]);
  page.bar.hidden = true;
}

/** @param {Notice} notice */
function showNotice({ tone, text, way, detail }) {
  page.noticeBox.className = `notice ${tone}`;
  // A live region speaks at every change, so it is changed only when there is something new to say.
  if (page.notice.textContent !== text) {
    page.notice.replaceChildren(...(text === "" ? [] : [icon(tone === "good" ? "check" : tone === "warning" ? "warning" : "info"), el("p", {}, text)]));
  }
  page.noticeMore.replaceChildren();
  if (detail !== null) page.noticeMore.append(el("details", {}, el("summary", {}, t("notice_detail")), el("code", {}, detail)));
  if (way === null) return;
  const button = el("button", { type: "button" }, t(WAYS[way]));
  button.addEventListener("click", () => {
    if (way === "settings" || way === "complete") void chrome.runtime.openOptionsPage();
    else if (way === "copy") void copyReport();
    else if (way === "choose") void request("choose");
    else void request(way === "inspect" ? "inspect" : "state");
  });
  page.noticeMore.append(button);
}

/**
 * Replaces the body, and leaves open what was open and the focus where it was.
 * @param {Node[]} parts
 */
function showBody(parts) {
  const open = [...page.content.querySelectorAll("details[open]")].map(({ id }) => id);
  const focused = page.content.contains(document.activeElement) ? document.activeElement : null;
  page.content.replaceChildren(...parts);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const again = document.getElementById(focused?.id || "-");
  const around = document.getElementById(focused?.closest("details")?.id || "-");
  if (again) again.focus();
  else around?.querySelector("summary")?.focus();
}

/** @param {PanelState} state */
function showAction(state) {
  const action = actionOf(state);
  page.bar.hidden = !action.capture && !action.again;
  page.hint.textContent = action.hint;
  page.hint.hidden = action.hint === "";
  page.capture.hidden = !action.capture;
  page.capture.textContent = action.label;
  page.capture.disabled = action.disabled;
  // While busy the button keeps the focus, so it is not disabled but only says that it is.
  page.capture.ariaDisabled = action.busy ? "true" : null;
  page.capture.ariaBusy = action.busy ? "true" : null;
  page.inspect.hidden = !action.again;
  page.usePart.hidden = action.uses.length === 0;
  page.use.disabled = action.busy;
  showUses(action.uses);
}

/**
 * Rebuilt only when there is something else to choose: a list that is open would close.
 * @param {import("./view.js").Choice[]} uses
 */
function showUses(uses) {
  const shown = [...page.use.options].map(({ value, text }) => `${value} ${text}`).join();
  if (shown !== uses.map(({ id, name }) => `${id} ${name}`).join()) {
    page.use.replaceChildren(...uses.map(({ id, name }) => el("option", { value: id }, name)));
  }
  page.use.value = uses.find(({ chosen }) => chosen)?.id ?? "";
}

/**
 * Holds something back from now on, or no longer. The worker then judges the page again and pushes what came of it.
 * @param {HTMLButtonElement} button
 */
async function mark({ dataset: { mark: what, field = "", do: action } }) {
  const { tabId, state } = now;
  if (tabId === null || !state) return;
  const type = action === "remove" ? "marks.remove" : "marks.add";
  /** @type {import("../messages").Mark} */
  const mark = what === "everywhere" ? { what, field } : what === "site" ? { what, field, tabId } : { what: "person", tabId };
  const answer = await ask(/** @type {ChangeRequest} */ ({ type, ...mark }));
  const key = answer?.ok ? `${type === "marks.add" ? "marked" : "unmarked"}_${mark.what}` : "mark_failed";
  page.saved.textContent = t(key, fieldName(field), state.host);
}

/** For whoever keeps the adapter of the site. */
async function copyReport() {
  const text = driftReport(now.state?.report ?? null);
  const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
  page.saved.textContent = t(copied ? "report_copied" : "report_not_copied");
}

/** Turns to the page of the log where it is open already. */
async function openLog() {
  const url = chrome.runtime.getURL("pages/log.html");
  const [open] = await chrome.runtime.getContexts({ contextTypes: [chrome.runtime.ContextType.TAB], documentUrls: [url] });
  if (open === undefined) return void chrome.tabs.create({ url });
  await chrome.tabs.update(open.tabId, { active: true });
  await chrome.windows.update(open.windowId, { focused: true });
}
