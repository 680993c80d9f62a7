// What the panel shows for a state. Nothing here asks, listens or remembers: a state goes in, words and elements come out.

import { el, icon } from "../pages/dom.js";
import { counted, day, fieldName, find, listed, moment, t } from "../pages/i18n.js";
import { basisKey, purposeKey } from "../pages/policy.js";

/** @typedef {import("../messages").PanelState} PanelState */
/** @typedef {import("../messages").Problem} Problem */
/** @typedef {import("../messages").Report} Report */
/** @typedef {import("../messages").Verdict} Verdict */
/** @typedef {import("../messages").Card} Card */
/** @typedef {import("../pages/dom.js").Child} Child */

/**
 * @typedef {object} Notice
 * @property {"quiet" | "info" | "good" | "warning"} tone quiet: said to screen readers only, because the page shows it already
 * @property {string} text
 * @property {"settings" | "again" | null} way the button that leads out of the problem
 * @property {string | null} detail for whoever looks into a problem
 */

/**
 * @typedef {object} Action
 * @property {boolean} capture whether the capture button is there
 * @property {string} label what it says
 * @property {boolean} disabled nothing may be captured
 * @property {boolean} busy something is under way
 * @property {string} hint what stands above it
 * @property {boolean} again whether the page can be checked once more
 */

/**
 * @typedef {object} Context
 * @property {Card} [from] the card, once there is one
 * @property {string[] | undefined} [above] reasons that the notice gives already
 */

/** Reasons that, when every field carries them, are about the page and told once for all of it. */
const OF_THE_PAGE = ["deny.objection", "deny.minor", "deny.site.drift", "deny.signal.optout", "deny.guard.timeout", "deny.guard.changed", "deny.guard.error"];

/** Reasons for which not even the owner of the profile is certain. */
const UNRECOGNISED = ["deny.site.drift", "deny.guard.timeout", "deny.guard.error"];

/** Reasons that the settings can lift. */
const OF_THE_SETTINGS = ["deny.policy.no_purpose", "deny.policy.no_legal_basis"];

/** Problems that a second look at the same page cannot lift. */
const FINAL = ["no_access", "not_html", "wasm_unavailable", "policy_broken"];

/**
 * The one sentence a person should read first.
 * @param {PanelState} state
 * @returns {Notice}
 */
export function noticeOf(state) {
  const { phase, problem, report } = state;
  if (phase === "inspecting") return notice("quiet", t("inspecting_text"));
  if (phase === "capturing") return notice("quiet", t("capture_busy"));
  if (problem) return noticeOfProblem(problem);
  if (phase === "idle") return notice("quiet", "");
  if (!report) return noticeOfProblem({ code: "deny.guard.error", detail: null });
  if (report.card) return notice("good", counted("notice_captured", Object.keys(report.card.fields).length));
  if (everywhere(report, OF_THE_SETTINGS)) return notice("warning", t("notice_no_policy"), "settings");
  const [reason] = shared(report);
  if (reason) return { ...notice("warning", sentence(reason)), detail: detailOf(report, reason) };
  if (report.page.kind !== "profile") {
    const told = find(`notice_kind_${report.page.kind}`) ?? t("notice_kind_other");
    return { ...notice("info", told), detail: detailOf(report, "deny.site.unsupported") };
  }
  const { allowed, held } = sorted(report);
  if (allowed.length === 0) return notice("info", t("notice_nothing"));
  return notice("quiet", t("notice_judged", String(allowed.length), String(held.length)));
}

/** @returns {Notice} */
export function noticeOfSilence() {
  return notice("warning", t("notice_worker"), "again");
}

/**
 * @param {Problem} problem
 * @returns {Notice}
 */
function noticeOfProblem({ code, detail }) {
  const told = detail ? find(`notice_${detail}`) : null;
  if (told) return notice("warning", told, detail === "policy_broken" ? "settings" : null);
  if (OF_THE_SETTINGS.includes(code)) return { ...notice("warning", t("notice_no_policy"), "settings"), detail };
  return { ...notice("warning", sentence(code)), detail };
}

/**
 * @param {Notice["tone"]} tone
 * @param {string} text
 * @param {Notice["way"]} [way]
 * @returns {Notice}
 */
function notice(tone, text, way = null) {
  return { tone, text, way, detail: null };
}

/**
 * What the person can do now.
 * @param {PanelState} state
 * @returns {Action}
 */
export function actionOf({ phase, report, problem }) {
  const allowed = report ? sorted(report).allowed.length : 0;
  const action = { capture: true, label: counted("capture", allowed), disabled: false, busy: false, hint: t("capture_hint"), again: true };
  switch (phase) {
    case "idle":
      return { ...action, capture: false, hint: "", again: false };
    case "inspecting":
      return { ...action, label: t("inspect_busy"), busy: true, hint: "", again: false };
    case "capturing":
      return { ...action, label: t("capture_busy"), busy: true, hint: "", again: false };
    case "captured":
      return { ...action, capture: false, hint: "" };
    case "failed":
      return { ...action, capture: false, hint: "", again: !FINAL.includes(problem?.detail ?? "") };
    default:
      if (allowed > 0) return action;
      return { ...action, label: t("capture_none"), disabled: true, hint: t(report && everywhere(report, OF_THE_SETTINGS) ? "capture_hint_settings" : "capture_hint_none") };
  }
}

/**
 * The heading of the panel.
 * @param {PanelState} state
 */
export function headOf({ phase, host, report }) {
  return { host: host || t(phase === "idle" ? "panel_waiting" : "app_name"), kind: report ? find(`kind_${report.page.kind}`) : null };
}

/**
 * The body of the panel.
 * @param {PanelState} state
 * @returns {Node[]}
 */
export function bodyOf(state) {
  const { phase, report } = state;
  /** @type {(Node | null)[]} */
  const parts = [];
  if (phase === "idle") parts.push(el("p", { class: "idle" }, t("idle_text")));
  if (phase === "inspecting") parts.push(el("p", { class: "idle busy" }, t("inspecting_text")));
  if (report && phase !== "inspecting") {
    const { allowed, held, absent } = sorted(report);
    const seen = report.page.kind === "profile" && allowed.length + held.length > 0;
    if (report.card) parts.push(card(report.card, report.log));
    const above = shared(report);
    if (seen && !above.some((code) => UNRECOGNISED.includes(code))) parts.push(person(report));
    if (seen && !report.card) parts.push(summary(allowed.length, held.length), fields("section_allowed", allowed));
    if (seen) parts.push(fields("section_held", held, above));
    if (seen && report.card) parts.push(taken(allowed, report.card));
    if (seen) parts.push(missing(absent));
    parts.push(signals(report));
  }
  parts.push(entries(state));
  return parts.filter((part) => part !== null);
}

/**
 * The verdicts as they are shown: what may be taken, what is held back, what the page does not have.
 * @param {Report} report
 */
function sorted(report) {
  const present = report.verdicts.filter((verdict) => verdict.present);
  return {
    allowed: present.filter((verdict) => verdict.decision === "allow"),
    held: present.filter((verdict) => verdict.decision !== "allow"),
    absent: report.verdicts.filter((verdict) => !verdict.present),
  };
}

/**
 * Whether every field is held back for one of these reasons.
 * @param {Report} report
 * @param {string[]} codes
 */
function everywhere(report, codes) {
  return report.verdicts.length > 0 && report.verdicts.every((verdict) => verdict.reasons.some((reason) => codes.includes(reason.code)));
}

/**
 * The reasons that hold back the whole page.
 * @param {Report} report
 */
function shared(report) {
  return [...OF_THE_PAGE.filter((code) => everywhere(report, [code])), ...(everywhere(report, OF_THE_SETTINGS) ? OF_THE_SETTINGS : [])];
}

/**
 * What the guard says beyond a reason that holds back the whole page.
 * @param {Report} report
 * @param {string} code
 */
function detailOf(report, code) {
  return report.verdicts[0]?.reasons.find((reason) => reason.code === code)?.detail ?? null;
}

/**
 * The sentence for a reason code.
 * @param {string} code
 * @param {string} [message] what the worker says about a code the catalogue does not know
 */
function sentence(code, message) {
  return find(`reason_${code.replaceAll(".", "_")}`) ?? (message || t("reason_deny_guard_error"));
}

/** @param {Report} report */
function person({ page }) {
  return el("section", { class: "person" },
    el("h2", { class: "unseen" }, t("person_heading")),
    el("p", {}, icon("person"), el("span", {}, t("person_one"))),
    el("p", {}, icon("link"), el("span", {}, el("strong", {}, find(`relation_${page.relation}`) ?? t("relation_unknown")), " ",
      el("span", { class: "soft" }, find(`relation_note_${page.relation}`) ?? t("relation_note_unknown")))));
}

/**
 * Two numbers, and one bar per field.
 * @param {number} allowed
 * @param {number} held
 */
function summary(allowed, held) {
  const bars = el("div", { class: "bars", "aria-hidden": "true" });
  for (let i = 0; i < allowed + held; i += 1) bars.append(el("span", { class: i < allowed ? "allow" : "deny" }));
  return el("section", { class: "summary" },
    el("h2", { class: "unseen" }, t("summary_heading")),
    el("p", { class: "count allow" }, el("b", {}, String(allowed)), " ", counted("count_allowed", allowed)),
    el("p", { class: "count deny" }, el("b", {}, String(held)), " ", counted("count_held", held)),
    bars);
}

/**
 * @param {string} heading
 * @param {Verdict[]} verdicts
 * @param {string[]} [above] reasons that the notice gives already
 */
function fields(heading, verdicts, above) {
  if (verdicts.length === 0) return null;
  return el("section", {}, el("h2", {}, t(heading)), rows(verdicts, { above }));
}

/**
 * After a capture, what was taken is on the card already: its reasons are folded away.
 * @param {Verdict[]} verdicts
 * @param {Card} from
 */
function taken(verdicts, from) {
  if (verdicts.length === 0) return null;
  return el("details", { id: "why-taken", class: "fold" }, el("summary", {}, t("section_taken")), rows(verdicts, { from }));
}

/**
 * @param {Verdict[]} verdicts
 * @param {Context} context
 */
function rows(verdicts, context) {
  return el("ul", { class: "rows", role: "list" }, ...verdicts.map((verdict) => row(verdict, context)));
}

/**
 * @param {Verdict} verdict
 * @param {Context} context
 */
function row(verdict, { from, above = [] }) {
  const { field, decision, reasons } = verdict;
  const allowed = decision === "allow";
  const name = fieldName(field);
  const told = reasons.map(({ code, message }) => (above.includes(code) ? t("reason_above") : sentence(code, message)));
  const word = from?.fields[field] ? "decision_taken" : allowed ? "decision_allow" : "decision_deny";
  return el("li", { class: allowed ? "row allow" : "row deny", "data-field": field, "data-decision": decision },
    el("span", { class: "mark" }, icon(allowed ? "check" : "lock")),
    el("h3", {}, name),
    el("p", {}, el("strong", {}, t(word)), " ", told[0] ?? t("reason_deny_guard_error")),
    el("details", { id: `why-${field}` },
      el("summary", {}, el("span", { "aria-hidden": "true" }, t("why")), el("span", { class: "unseen" }, t("why_for", name))),
      why(verdict, [...new Set(told)].slice(1))));
}

/**
 * @param {Verdict} verdict
 * @param {string[]} more sentences beyond the first
 */
function why({ audience, evidence, reasons }, more) {
  const rules = [...new Set(reasons.map(({ rule }) => rule).filter((rule) => typeof rule === "string" && rule !== ""))];
  const proofs = evidence.map(({ kind, bound }) => t("evidence_bound", find(`evidence_${kind}`) ?? kind, audienceName(bound)));
  const details = [...new Set(reasons.map(({ detail }) => detail).filter((detail) => typeof detail === "string"))];
  return pairs("facts", [
    ["why_more", more],
    ["why_audience", [audienceName(audience)]],
    ["why_evidence", proofs.length > 0 ? proofs : [t("evidence_none")]],
    ["why_rule", rules.map((rule) => el("code", {}, rule))],
    ["why_codes", reasons.map(({ code }) => el("code", {}, code))],
    ["notice_detail", details],
  ]);
}

/** @param {string} audience */
function audienceName(audience) {
  return find(`audience_${audience}`) ?? t("audience_unknown");
}

/**
 * A list of labels and what belongs to them; a label with nothing is left out.
 * @param {string} style
 * @param {[label: string, values: Child[]][]} list
 */
function pairs(style, list) {
  return el("dl", { class: style }, ...list.filter(([, values]) => values.length > 0).map(([label, values]) =>
    el("div", {}, el("dt", {}, find(label) ?? label), ...values.map((value) => el("dd", {}, value)))));
}

/** @param {Verdict[]} absent */
function missing(absent) {
  if (absent.length === 0) return null;
  return el("p", { class: "absent" }, t("section_absent", listed(absent.map(({ field }) => fieldName(field)))));
}

/** @param {Report} report */
function signals({ page }) {
  if (page.signals.length === 0) return null;
  return el("section", {}, el("h2", {}, t("section_signals")),
    el("ul", { class: "signals", role: "list" }, ...page.signals.map(({ signal, effect }) =>
      el("li", {}, icon("flag"), el("span", {}, find(`signal_${signal.replaceAll("-", "_")}`) ?? t("signal_other", signal), " ",
        el("span", { class: "soft" }, t(effect === "note" ? "effect_note" : "effect_deny")))))));
}

/**
 * @param {Card} captured
 * @param {Report["log"]} log
 */
function card(captured, log) {
  const values = Object.entries(captured.fields).map(([field, { values: texts, cuts = [] }]) =>
    /** @type {[string, Child[]]} */ ([fieldName(field), [
      // Each value stands alone, so that one written from right to left does not turn what follows it.
      ...texts.map((text) => el("bdi", {}, text)),
      ...cuts.map((cut) => el("span", { class: "soft" }, find(`cut_${cut}`) ?? t("cut_other"))),
    ]]));
  return el("section", { class: "card" },
    el("h2", { id: "card", tabindex: "-1" }, icon("check"), t("section_card")),
    pairs("values", values),
    el("h3", { class: "unseen" }, t("card_record")),
    pairs("facts", [
      ["card_source", [el("bdi", { class: "address" }, captured.source.url)]],
      ["card_captured_at", [el("time", { datetime: captured.captured_at }, moment(captured.captured_at))]],
      ["card_expires_at", [el("time", { datetime: captured.expires_at }, day(captured.expires_at))]],
      ["card_purpose", [find(purposeKey(captured.purpose)) ?? captured.purpose]],
      ["card_basis", [find(basisKey(captured.basis)) ?? captured.basis]],
    ]),
    log && el("p", { class: "proof" }, icon("file"), el("span", {}, el("strong", {}, t("log_entry", String(log.index))), " ",
      el("span", { class: "unseen" }, t("log_root")), el("code", { title: log.root }, short(log.root)))));
}

/** @param {PanelState} state */
function entries({ entries: lines }) {
  if (lines.length === 0) return null;
  return el("section", {}, el("h2", {}, t("section_entries")),
    el("ul", { class: "entries", role: "list" }, ...lines.map(({ index, at, kind, site, allowed, denied }) =>
      el("li", {},
        el("span", { class: "index" }, `#${index}`),
        el("span", {}, el("strong", {}, t(kind === "captured" ? "entry_captured" : "entry_refused")), " ", el("bdi", {}, site)),
        el("span", { class: "soft" }, el("time", { datetime: at }, moment(at)), " · ", t("entry_counts", String(allowed), String(denied)))))));
}

/**
 * The beginning of a hash, enough to compare by eye.
 * @param {string} hash
 */
function short(hash) {
  return `${hash.slice(0, 6)} ${hash.slice(6, 12)}`;
}
