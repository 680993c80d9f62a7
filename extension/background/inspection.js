// One inspection or capture of a tab, from the press of a button to what the panel shows; and the same page judged again when the
// rules change.

import { isScrupleError } from "../guard/index.js";
import { pageOf } from "../guard/page.js";
import { lineOf } from "../pages/line.js";
import { isSettled } from "./managed.js";
import { logKeeper, rules } from "./rules.js";
import { held, heldTabs, hold, isHeld, leave } from "./state.js";

/** @typedef {import("../messages").PanelState} PanelState */
/** @typedef {import("../messages").Report} Report */
/** @typedef {import("../messages").Problem} Problem */
/** @typedef {import("../messages").Told} Told */
/** @typedef {import("./rules.js").InForce} InForce */
/** @typedef {{ report: Report, inspection: string | null, problem: Problem | null }} Judged what the guard says of a page */

/** The last thing asked for in each tab: what was asked before it no longer matters. @type {Map<number, symbol>} */
const latest = new Map();

/** The rules by which every tab was last judged again. @type {InForce | null} */
let spread = null;

/** How many log entries a panel shows. */
const ENTRIES = 5;

/**
 * Judges the page of a tab.
 * @param {{ id: number, url: string }} tab
 * @param {{ use?: string | null, person?: number | null }} [about] `use`: what for; if nothing is said, for what the same page was judged
 *   before. `person`: which of several people on it is meant
 * @returns {Promise<PanelState>}
 */
export async function inspect({ id: tabId, url }, { use, person = null } = {}) {
  const begun = begin(tabId, "inspecting");
  const { state: before } = await held(tabId);
  const host = hostOf(url);
  const chosen = use === undefined && before.host === host ? before.use : use ?? null;
  return work(begun, { ...before, host, use: chosen, person, report: null }, async (inForce) => {
    const { guard, summary } = inForce;
    // A use that was chosen under other rules is not one that the person was asked about.
    const known = summary.uses.some(({ id }) => id === chosen) ? chosen : null;
    const planned = guard.plan(url, { use: known, person });
    const judged = planned.kind === "planned" ? await guard.inspect(planned, pageOf(tabId).inspect) : planned;
    return { use: known, ...shown(inForce, host, judged) };
  });
}

/**
 * Captures what the last inspection of a tab allows.
 * @param {number} tabId
 * @returns {Promise<PanelState>}
 */
export async function capture(tabId) {
  const { state: before, inspection } = await held(tabId);
  if (before.phase !== "judged" || inspection === null || !allowsSomething(before.report)) return before;
  return work(begin(tabId, "capturing"), before, async (inForce) => {
    const answer = await inForce.guard.capture(inspection, pageOf(tabId).read);
    const phase = answer.kind === "captured" ? "captured" : "failed";
    return { ...shown(inForce, before.host, { ...answer, inspection: null }), phase };
  });
}

/**
 * @typedef {{ mine: symbol, tabId: number, phase: PanelState["phase"] }} Begun
 * @param {number} tabId
 * @param {PanelState["phase"]} phase while it is under way
 * @returns {Begun}
 */
function begin(tabId, phase) {
  const mine = Symbol(phase);
  latest.set(tabId, mine);
  return { mine, tabId, phase };
}

/**
 * @param {Begun} begun
 * @param {PanelState} before what the panel shows meanwhile
 * @param {(inForce: InForce) => Promise<Partial<PanelState> & { inspection: string | null }>} call
 * @returns {Promise<PanelState>}
 */
async function work({ mine, tabId, phase }, before, call) {
  const isLatest = () => latest.get(tabId) === mine;
  // Told at once, before anything is asked for: a press must be felt.
  const begun = { ...before, phase, problem: null, outdated: false };
  if (isLatest()) await hold(begun);
  /** @type {PanelState} */
  let state;
  let inspection = null;
  try {
    if (!await isSettled()) {
      if (isLatest()) await hold({ ...begun, phase: "waiting" });
      await rules();
      if (isLatest()) await hold(begun);
    }
    // Whoever left the page while the rules were waited for does not want it looked at any more.
    if (!isLatest()) return (await held(tabId)).state;
    const inForce = await rules();
    const { inspection: kept, ...done } = await call(inForce);
    inspection = kept;
    state = { ...begun, ...done, entries: await newestEntries() };
    if (state.phase === "judged") {
      const now = await rules();
      if (now !== inForce) ({ state, inspection } = judgedBy(now, { state, inspection }));
    }
  } catch (error) {
    state = { ...begun, phase: "failed", report: null, problem: problemOf(error) };
  }
  if (isLatest()) await hold(state, inspection);
  return state;
}

/**
 * Judges every page again that a panel may show: by the evidence that was kept of it. Where there is none, the person is told to
 * look once more.
 */
export async function judgeAgain() {
  const inForce = await rules().catch(() => null);
  if (inForce !== null && inForce === spread) return;
  // What was asked of a page is no answer to what another adapter asks.
  const sites = JSON.stringify(spread?.adapters ?? []);
  const usable = inForce !== null && JSON.stringify(inForce.adapters) === sites ? inForce : null;
  spread = inForce;
  for (const tabId of await heldTabs()) {
    const before = await held(tabId);
    if (!["judged", "failed"].includes(before.state.phase)) continue;
    const { state, inspection } = judgedBy(usable, before);
    if (isHeld(before)) await hold(state, inspection);
  }
}

/**
 * What is known of a tab, judged by other rules than before.
 * @param {InForce | null} inForce null: there are none that could be judged by
 * @param {import("./state.js").Held} before
 * @returns {import("./state.js").Held}
 */
function judgedBy(inForce, { state, inspection }) {
  const { use } = state;
  // What the page was to be used for may no longer be a use: then the person has to be asked again.
  const known = use === null || inForce?.summary.uses.some(({ id }) => id === use);
  if (inForce === null || inspection === null || !known) {
    return { state: { ...state, use: known ? use : null, outdated: true }, inspection: null };
  }
  try {
    // What comes back is the same evidence under the new rules, which alone can be captured under them.
    const { inspection: again, ...judged } = shown(inForce, state.host, inForce.guard.evaluate(inspection));
    return { state: { ...state, ...judged, outdated: false }, inspection: again };
  } catch (error) {
    return { state: { ...state, phase: "failed", report: null, problem: problemOf(error) }, inspection: null };
  }
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
function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return "";
  }
}

/** @param {Report | null} report */
function allowsSomething(report) {
  return report?.verdicts.some(({ decision }) => decision === "allow") ?? false;
}

/**
 * What the guard says of a page, as a panel shows it.
 * @param {InForce} inForce
 * @param {string} host
 * @param {Judged} judged
 * @returns {{ phase: PanelState["phase"], report: Report, inspection: string | null, problem: Problem | null, told: Told }}
 */
function shown(inForce, host, { report, inspection, problem }) {
  const told = toldOf(inForce, host, report);
  return { phase: "judged", report: forPeople(report), inspection, problem: brokenRules(inForce) ?? problem, told };
}

/**
 * Whose rules cannot be used: the report says it too, but not to whom to turn.
 * @param {InForce} inForce
 * @returns {Problem | null}
 */
function brokenRules({ summary: { unusable }, marksBroken }) {
  const detail = unusable.includes("managed") ? "managed_broken" : unusable.includes("local") ? "policy_broken" : marksBroken ? "marks_broken" : null;
  return detail && { code: "deny.guard.error", detail };
}

/**
 * @param {InForce} inForce
 * @param {string} host
 * @param {Report} report
 * @returns {Told}
 */
function toldOf({ summary: { uses, organisation }, marks, managed, marksBroken }, host, { mode }) {
  const { hostname } = new URL(`https://${host || "localhost"}`);
  /** @type {{ everywhere?: string[], sites?: Record<string, string[]> }} */
  const { everywhere = [], sites = {} } = marks === null || marksBroken ? {} : JSON.parse(marks);
  const site = Object.entries(sites).flatMap(([name, fields]) => (standsFor(name, hostname) ? fields : []));
  const isTheirs = organisation !== null && managed !== null && modeOn(managed, hostname) === mode;
  return { uses, everywhere, site, modeBy: isTheirs ? organisation : null };
}

/**
 * The mode that managed settings alone set for a site: the longest host that fits says.
 * @param {string} managed
 * @param {string} site
 */
function modeOn(managed, site) {
  /** @type {{ mode?: string, modes?: Record<string, string> }} */
  const { mode = "enforce", modes = {} } = JSON.parse(managed);
  const [longest] = Object.keys(modes).filter((name) => standsFor(name, site)).sort((a, b) => b.length - a.length);
  return longest === undefined ? mode : modes[longest];
}

/** Whether a host is a site, or a domain above it. @param {string} host @param {string} site */
function standsFor(host, site) {
  return site === host || site.endsWith(`.${host}`);
}

/**
 * A report as people read it: every reason with its sentences in the language of the browser, and a card in the order of the
 * fields rather than of the alphabet.
 * @param {Report} report
 * @returns {Report}
 */
function forPeople(report) {
  const verdicts = report.verdicts.map((verdict) => ({ ...verdict, reasons: verdict.reasons.map((reason) => {
    const key = reason.code.replaceAll(".", "_");
    return { ...reason, message: chrome.i18n.getMessage(`reason_${key}`), lead: chrome.i18n.getMessage(`lead_${key}`) };
  }) }));
  const { card } = report;
  if (!card) return { ...report, verdicts };
  const kept = new Map(Object.entries(card.fields));
  const fields = Object.fromEntries(verdicts.flatMap(({ field }) => {
    const value = kept.get(field);
    return value ? [[field, value]] : [];
  }));
  return { ...report, verdicts, card: { ...card, fields } };
}

/**
 * What is told of a call that came to nothing.
 * @param {unknown} error
 * @returns {Problem}
 */
function problemOf(error) {
  if (!isScrupleError(error)) return { code: "deny.guard.error", detail: "the guard failed" };
  if (error.code === "guard_timeout") return { code: "deny.guard.timeout", detail: error.detail };
  return { code: "deny.guard.error", detail: error.code === "wasm_unavailable" ? error.code : error.detail };
}

/** The newest entries of the log, as a panel shows them. @returns {Promise<PanelState["entries"]>} */
export async function newestEntries() {
  try {
    const lines = await (await logKeeper()).log.newest(ENTRIES);
    return lines.map(lineOf);
  } catch {
    // The log is told of where it matters: a capture without it fails.
    return [];
  }
}
