// The side panel: asks the worker about the active tab of its window, shows the answer, and passes on what the person presses.

import { ask } from "../pages/ask.js";
import { byId, el, icon, saveFile } from "../pages/dom.js";
import { localise, t } from "../pages/i18n.js";
import { actionOf, bodyOf, headOf, noticeOf, noticeOfSilence } from "./view.js";

/** @typedef {import("../messages").PanelState} PanelState */
/** @typedef {import("../messages").StatePush} StatePush */
/** @typedef {import("./view.js").Notice} Notice */

const page = {
  host: byId("host", HTMLHeadingElement),
  kind: byId("kind", HTMLParagraphElement),
  noticeBox: byId("notice-box", HTMLElement),
  notice: byId("notice", HTMLDivElement),
  noticeMore: byId("notice-more", HTMLDivElement),
  content: byId("content", HTMLDivElement),
  bar: byId("bar", HTMLElement),
  hint: byId("hint", HTMLParagraphElement),
  capture: byId("capture", HTMLButtonElement),
  inspect: byId("inspect", HTMLButtonElement),
  saved: byId("saved", HTMLParagraphElement),
  export: byId("export", HTMLButtonElement),
  settings: byId("settings", HTMLButtonElement),
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
page.export.append(icon("save"), t("log_export"));
page.settings.append(icon("gear"), t("open_settings"));

page.capture.addEventListener("click", () => {
  if (page.capture.ariaDisabled !== "true") void request("capture");
});
page.inspect.addEventListener("click", () => void request("inspect"));
page.settings.addEventListener("click", () => void chrome.runtime.openOptionsPage());
page.export.addEventListener("click", () => void exportLog());
chrome.tabs.onActivated.addListener(() => void follow());
chrome.runtime.onMessage.addListener((/** @type {StatePush} */ message) => {
  if (message?.type === "state" && message.tabId === now.tabId && message.state) show(message.state);
});
void follow();

/** Turns to the tab the person is looking at. */
async function follow() {
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  const tabId = tab?.id ?? null;
  if (tabId === now.tabId) return;
  now.tabId = tabId;
  now.state = null;
  await request("state");
}

/**
 * Asks the worker about the tab. An answer that comes when the person has turned to another tab is dropped.
 * @param {"state" | "inspect" | "capture"} type
 */
async function request(type) {
  const { tabId } = now;
  if (tabId === null) return;
  if (type !== "state" && now.state) show({ ...now.state, phase: type === "capture" ? "capturing" : "inspecting" });
  const answer = await ask({ type, tabId });
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
  const button = el("button", { type: "button" }, t(way === "settings" ? "complete_settings" : "try_again"));
  button.addEventListener("click", () => void (way === "settings" ? chrome.runtime.openOptionsPage() : request("state")));
  page.noticeMore.append(button);
}

/**
 * Replaces the body, and leaves open what was open and the focus where it was.
 * @param {Node[]} parts
 */
function showBody(parts) {
  const open = [...page.content.querySelectorAll("details[open]")].map(({ id }) => id);
  const focused = document.activeElement?.closest("details")?.id;
  page.content.replaceChildren(...parts);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.querySelector("summary")?.focus();
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
}

async function exportLog() {
  const answer = await ask({ type: "log.export" });
  if (answer?.ok) saveFile(answer.text, answer.name, "application/jsonl");
  page.saved.textContent = answer?.ok ? t("log_saved", answer.name) : t("log_not_saved");
}
