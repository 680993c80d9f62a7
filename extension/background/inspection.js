// One inspection or capture of a tab, from the press of a button to what the panel shows.

import { withGuard, GuardProblem } from "./guard.js";
import { askProbe } from "./page.js";
import { policyText } from "./policy.js";
import { held, hold, leave } from "./state.js";

/** @typedef {import("../messages").PanelState} PanelState */
/** @typedef {import("../messages").Report} Report */
/** @typedef {import("../messages").Problem} Problem */

/** The last thing asked for in each tab: what was asked before it no longer matters. @type {Map<number, symbol>} */
const latest = new Map();

/** How many log entries a panel shows. */
const ENTRIES = 5;

/**
 * Judges the page of a tab.
 * @param {{ id: number, url: string }} tab
 * @returns {Promise<PanelState>}
 */
export function inspect({ id: tabId, url }) {
  return work(tabId, hostOf(url), "inspecting", async (policy) => {
    const { report, inspection, problem } = await withGuard((guard) =>
      guard.inspect(policy, url, (/** @type {string} */ message) => askProbe(tabId, "inspect", message)));
    return { phase: "judged", report: JSON.parse(report), inspection: inspection ?? null, problem: problem ?? null };
  });
}

/**
 * Captures what the last inspection of a tab allows.
 * @param {number} tabId
 * @returns {Promise<PanelState>}
 */
export async function capture(tabId) {
  const { state, inspection } = await held(tabId);
  if (state.phase !== "judged" || inspection === null) return state;
  return work(tabId, state.host, "capturing", async (policy) => {
    const { report, problem } = await withGuard((guard) =>
      guard.capture(policy, inspection, (/** @type {string} */ message) => askProbe(tabId, "read", message)));
    /** @type {Report} */
    const concluded = JSON.parse(report);
    return { phase: concluded.card ? "captured" : "failed", report: concluded, inspection: null, problem: problem ?? null };
  }, state.report);
}

/**
 * @param {number} tabId
 * @param {string} host
 * @param {PanelState["phase"]} phase while it is under way
 * @param {(policy: string | undefined) => Promise<{ phase: PanelState["phase"], report: Report, inspection: string | null, problem: Problem | null }>} call
 * @param {Report | null} [shown] what the panel shows meanwhile
 * @returns {Promise<PanelState>}
 */
async function work(tabId, host, phase, call, shown = null) {
  const mine = Symbol(phase);
  latest.set(tabId, mine);
  // Told at once, before the store is asked for anything: a press must be felt.
  const { entries } = (await held(tabId)).state;
  const begun = { phase, tabId, host, report: shown, problem: null, entries };
  await hold(begun);
  /** @type {PanelState} */
  let state;
  let inspection = null;
  try {
    const done = await call(await policyText());
    inspection = done.inspection;
    state = { ...begun, phase: done.phase, report: forPeople(done.report), problem: done.problem, entries: await newestEntries() };
  } catch (error) {
    const problem = error instanceof GuardProblem ? error.problem : { code: "deny.guard.error", detail: "the guard failed" };
    state = { ...begun, phase: "failed", report: null, problem };
  }
  if (latest.get(tabId) === mine) await hold(state, inspection);
  return state;
}

/**
 * The page of a tab was left: what is under way there no longer matters.
 * @param {number} tabId
 */
export async function abandon(tabId) {
  latest.delete(tabId);
  await leave(tabId);
}

/** @param {string} url */
export function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return "";
  }
}

/**
 * A report as people read it: every reason with its sentence in the language of the browser, and a card in the order of the fields
 * rather than of the alphabet.
 * @param {Report} report
 */
function forPeople(report) {
  for (const { reasons } of report.verdicts) {
    for (const reason of reasons) reason.message = chrome.i18n.getMessage(`reason_${reason.code.replaceAll(".", "_")}`);
  }
  const { card } = report;
  if (card) {
    const kept = new Map(Object.entries(card.fields));
    card.fields = Object.fromEntries(report.verdicts.flatMap(({ field }) => {
      const value = kept.get(field);
      return value ? [[field, value]] : [];
    }));
  }
  return report;
}

/** The newest entries of the log, as a panel shows them. @returns {Promise<PanelState["entries"]>} */
export async function newestEntries() {
  try {
    const lines = await withGuard((guard) => guard.newestEntries(ENTRIES));
    return lines.map((line) => {
      const { index, at, kind, adapter, decisions } = JSON.parse(line);
      /** @type {{ present: boolean, taken: boolean }[]} */
      const present = decisions.filter((/** @type {{ present: boolean }} */ one) => one.present);
      const allowed = present.filter(({ taken }) => taken).length;
      return { index, at, kind, site: adapter.split("@")[0], allowed, denied: present.length - allowed };
    });
  } catch {
    // The log is told of where it matters: a capture without it fails.
    return [];
  }
}
