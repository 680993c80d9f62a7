// What the panel shows for a state. Nothing here asks, listens or remembers: a state goes in, words and elements come out.

import { el, icon } from "../pages/dom.js";
import { entryItems } from "../pages/entries.js";
import { counted, day, fieldName, find, listed, moment, t } from "../pages/i18n.js";
import { basisKey, purposeKey } from "../pages/policy.js";

/** @typedef {import("../messages").PanelState} PanelState */
/** @typedef {import("../messages").Problem} Problem */
/** @typedef {import("../messages").Report} Report */
/** @typedef {import("../messages").Verdict} Verdict */
/** @typedef {import("../messages").Card} Card */
/** @typedef {import("../messages").Told} Told */
/** @typedef {import("../messages").Use} Use */
/** @typedef {import("../pages/dom.js").Child} Child */

/**
 * @typedef {object} Notice
 * @property {"quiet" | "info" | "good" | "warning"} tone quiet: said to screen readers only, because the page shows it already
 * @property {string} text
 * @property {"settings" | "complete" | "inspect" | "again" | "choose" | "copy" | null} way the button that leads out of the problem
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
 * @property {Choice[]} uses what can be chosen to capture for; none: there is nothing to choose
 */

/** @typedef {{ id: string, name: string, chosen: boolean }} Choice */

/**
 * @typedef {object} Context
 * @property {Report} report
 * @property {Told | null} told
 * @property {string[]} above reasons that the notice gives already
 * @property {boolean} open whether anything can still be held back: after a capture it is too late
 */

/** Reasons that, when every field carries them, are about the page and told once for all of it. */
const OF_THE_PAGE = ["deny.objection", "deny.review.pending", "deny.minor", "deny.site.drift", "deny.signal.optout", "deny.guard.timeout", "deny.guard.changed", "deny.guard.error"];

/** Reasons for which not even the owner of the profile is certain. */
const UNRECOGNISED = ["deny.site.drift", "deny.guard.timeout", "deny.guard.error"];

/** Reasons that the settings can lift. */
const OF_THE_SETTINGS = ["deny.policy.no_purpose", "deny.policy.no_legal_basis"];

/** Problems that a second look at the same page cannot lift. */
const FINAL = ["no_access", "not_html", "wasm_unavailable", "policy_broken", "managed_broken", "marks_broken"];

/** Of these, those that other rules can lift. */
const OF_THE_RULES = ["policy_broken", "managed_broken", "marks_broken"];

/** What stands in a text where something was cut out, and the field that is no text. */
const GAP = "[…]", PICTURE = "image";

/** Why a kind of thing is cut out of texts, where it is not for what it tells of health, belief and the like. @type {Record<string, string>} */
const WHY_CUT = {
  email: "contact", telephone: "contact", handle: "contact", postal_address: "contact", birth_date: "contact", personal_link: "contact",
  iban: "number", payment_card: "number", national_id: "number", other_person: "person", criminal: "criminal", minor: "minor",
};

/** The rule that stands for the mode of a site, and the one that stands for a mark. */
const MODE = "mode", MARK = "mark";

/**
 * The one sentence a person should read first.
 * @param {PanelState} state
 * @returns {Notice}
 */
export function noticeOf(state) {
  const { phase, problem, report } = state;
  if (phase === "waiting") return notice("info", t("notice_waiting"));
  if (phase === "inspecting") return notice("quiet", t("inspecting_text"));
  if (phase === "capturing") return notice("quiet", t("capture_busy"));
  if (isOutdated(state)) return notice("warning", t("notice_outdated"), "inspect");
  if (report?.mode === "off") return notice("info", by(state, "notice_off"), "settings");
  if (problem) return noticeOfProblem(problem);
  if (phase === "idle") return notice("quiet", "");
  if (!report) return noticeOfProblem({ code: "deny.guard.error", detail: null });
  if (report.card) return notice("good", counted("notice_captured", Object.keys(report.card.fields).length));
  if (everywhere(report, OF_THE_SETTINGS)) return notice("warning", t("notice_no_policy"), "complete");
  const [reason] = shared(report);
  if (reason) return { ...notice("warning", sentence(reason), report.page.drift ? "copy" : null), detail: detailOf(report, reason) };
  if (report.page.kind !== "profile") {
    if (report.page.people) return notice("info", t("notice_choose"), "choose");
    const told = find(`notice_kind_${report.page.kind}`) ?? t("notice_kind_other");
    return { ...notice("info", told), detail: detailOf(report, "deny.site.unsupported") };
  }
  const { allowed, held } = sorted(report);
  if (report.mode === "observe") {
    return notice("quiet", `${by(state, "notice_observe")} ${t("notice_observed", String(allowed.length), String(held.length))}`);
  }
  if (allowed.length === 0) return notice("info", t("notice_nothing"));
  return notice("quiet", t("notice_judged", String(allowed.length), String(held.length)));
}

/**
 * Whether what is known of the page no longer says anything, because the rules changed.
 * @param {PanelState} state
 */
function isOutdated({ outdated, problem }) {
  const final = FINAL.includes(problem?.detail ?? "") && !OF_THE_RULES.includes(problem?.detail ?? "");
  return outdated && !final;
}

/**
 * A message about the mode of a site, which says who set it where that is an organisation.
 * @param {PanelState} state
 * @param {string} key
 */
function by({ told }, key) {
  return told?.modeBy ? t(`${key}_by`, told.modeBy) : t(key);
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
  if (told) return notice("warning", told, OF_THE_RULES.includes(detail ?? "") ? "settings" : null);
  if (OF_THE_SETTINGS.includes(code)) return { ...notice("warning", t("notice_no_policy"), "complete"), detail };
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
export function actionOf(state) {
  const { phase, report, problem } = state;
  const allowed = report ? sorted(report).allowed.length : 0;
  const action = {
    capture: true, label: counted("capture", allowed), disabled: false, busy: false, hint: t("capture_hint"), again: true, uses: usesOf(state),
  };
  if (isOutdated(state)) return { ...action, capture: false, hint: "", again: false, uses: [] };
  switch (phase) {
    case "idle":
      return { ...action, capture: false, hint: "", again: false };
    case "waiting":
    case "inspecting":
      return { ...action, label: t("inspect_busy"), busy: true, hint: "", again: false };
    case "capturing":
      return { ...action, label: t("capture_busy"), busy: true, hint: "", again: false };
    case "captured":
      return { ...action, capture: false, hint: "" };
    case "failed":
      return { ...action, capture: false, hint: "", again: !FINAL.includes(problem?.detail ?? "") };
    default:
      if (report?.mode === "observe" || report?.mode === "off") return { ...action, capture: false, hint: "" };
      if (allowed > 0) return action;
      return { ...action, label: t("capture_none"), disabled: true, hint: t(report && everywhere(report, OF_THE_SETTINGS) ? "capture_hint_settings" : "capture_hint_none") };
  }
}

/**
 * What a capture can be for, where there is more than one use.
 * @param {PanelState} state
 * @returns {Choice[]}
 */
function usesOf({ told, use, phase, report }) {
  const uses = told?.uses ?? [];
  const silent = phase === "idle" || phase === "captured" || phase === "waiting" || report?.mode === "off";
  if (uses.length < 2 || silent) return [];
  const names = uses.map(useName);
  return uses.map(({ id }, i) => {
    const name = names[i] ?? id;
    const unique = names.filter((other) => other === name).length === 1;
    return { id, name: unique ? name : t("use_named", name, id), chosen: id === (use ?? uses[0]?.id) };
  });
}

/**
 * @param {Use} use
 */
function useName({ id, purpose, channel }) {
  const name = purpose ? find(purposeKey(purpose)) ?? purpose : id;
  return channel ? t("use_channel", name, find(`channel_${channel}`) ?? channel) : name;
}

/**
 * The heading of the panel.
 * @param {PanelState} state
 */
export function headOf(state) {
  const { phase, host, report } = state;
  const kind = report && report.mode !== "off" && !isOutdated(state) ? find(`kind_${report.page.kind}`) : null;
  return { host: host || t(phase === "idle" ? "panel_waiting" : "app_name"), kind };
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
  const silent = phase === "waiting" || phase === "inspecting" || isOutdated(state) || report?.mode === "off";
  if (report && !silent) parts.push(...judged(report, state));
  parts.push(entries(state));
  return parts.filter((part) => part !== null);
}

/**
 * @param {Report} report
 * @param {PanelState} state
 */
function judged(report, state) {
  const { told, phase } = state;
  const { allowed, held, absent } = sorted(report);
  const seen = report.page.kind === "profile" && allowed.length + held.length > 0;
  const above = shared(report);
  const observed = report.mode === "observe";
  /** @type {Context} */
  const context = { report, told, above, open: phase === "judged" };
  /** @type {(Node | null)[]} */
  const parts = [];
  if (observed) parts.push(el("p", { class: "observing" }, icon("eye"), el("strong", {}, by(state, "notice_observe"))));
  if (report.card) parts.push(card(report.card, report.log));
  if (seen && !above.some((code) => UNRECOGNISED.includes(code))) parts.push(person(report, context, state.person));
  if (seen && !report.card) parts.push(summary(allowed.length, held.length, observed));
  if (seen && !report.card) parts.push(fields(observed ? "section_would_allow" : "section_allowed", allowed, context));
  if (seen) parts.push(fields(observed ? "section_would_hold" : "section_held", held, context));
  if (seen && report.card) parts.push(taken(allowed, context));
  if (seen) parts.push(missing(absent));
  parts.push(signals(report));
  return parts;
}

/**
 * The verdicts as they are shown: what may be taken (or might, on a site that is only observed), what is held back, what the page
 * does not have.
 * @param {Report} report
 */
function sorted(report) {
  const present = report.verdicts.filter((verdict) => verdict.present);
  return {
    allowed: present.filter(isAllowed),
    held: present.filter((verdict) => !isAllowed(verdict)),
    absent: report.verdicts.filter((verdict) => !verdict.present),
  };
}

/** @param {Verdict} verdict */
function isAllowed({ decision, would }) {
  return (would ?? decision) === "allow";
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

/**
 * @param {Report} report
 * @param {Context} context
 * @param {number | null} chosen which of several people it is
 */
function person({ page, verdicts }, { open }, chosen) {
  const marked = isMarked(verdicts);
  return el("section", { class: "person" },
    el("h2", { class: "unseen" }, t("person_heading")),
    el("p", {}, icon("person"), el("span", {}, t(chosen === null ? "person_one" : "person_chosen"))),
    el("p", {}, icon("link"), el("span", {}, el("strong", {}, find(`relation_${page.relation}`) ?? t("relation_unknown")), " ",
      el("span", { class: "soft" }, find(`relation_note_${page.relation}`) ?? t("relation_note_unknown")))),
    open && el("p", { class: "marks" }, markButton("person", null, marked)));
}

/**
 * Whether the person holds back everything about somebody.
 * @param {Verdict[]} verdicts
 */
function isMarked(verdicts) {
  return verdicts.every(({ reasons }) => reasons.some(({ code }) => code === "deny.policy.user_marked"));
}

/**
 * A button that holds something back, or takes that back.
 * @param {"site" | "everywhere" | "person"} what
 * @param {string | null} field
 * @param {boolean} marked
 */
function markButton(what, field, marked) {
  const name = field ? fieldName(field) : "";
  const key = marked ? `unmark_${what}` : `mark_${what}`;
  const data = { "data-mark": what, "data-field": field, "data-do": marked ? "remove" : "add" };
  return el("button", { type: "button", class: "small", id: `mark-${what}-${field ?? ""}`, ...data },
    icon(marked ? "again" : "lock"), t(key), field && el("span", { class: "unseen" }, ` ${t("mark_of", name)}`));
}

/**
 * Two numbers, and one bar per field.
 * @param {number} allowed
 * @param {number} held
 * @param {boolean} observed
 */
function summary(allowed, held, observed) {
  const [mayBe, isHeld] = observed ? ["count_would_allow", "count_would_hold"] : ["count_allowed", "count_held"];
  const bars = el("div", { class: "bars", "aria-hidden": "true" });
  for (let i = 0; i < allowed + held; i += 1) bars.append(el("span", { class: i < allowed ? "allow" : "deny" }));
  return el("section", { class: "summary" },
    el("h2", { class: "unseen" }, t("summary_heading")),
    el("p", { class: "count allow" }, el("b", {}, String(allowed)), " ", counted(mayBe, allowed)),
    el("p", { class: "count deny" }, el("b", {}, String(held)), " ", counted(isHeld, held)),
    bars);
}

/**
 * @param {string} heading
 * @param {Verdict[]} verdicts
 * @param {Context} context
 */
function fields(heading, verdicts, context) {
  if (verdicts.length === 0) return null;
  return el("section", {}, el("h2", {}, t(heading)), rows(verdicts, context));
}

/**
 * After a capture, what was taken is on the card already: its reasons are folded away.
 * @param {Verdict[]} verdicts
 * @param {Context} context
 */
function taken(verdicts, context) {
  if (verdicts.length === 0) return null;
  return el("details", { id: "why-taken", class: "fold" }, el("summary", {}, t("section_taken")), rows(verdicts, context));
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
function row(verdict, context) {
  const { field, decision, would, reasons } = verdict;
  const { report, above } = context;
  const allowed = isAllowed(verdict);
  const name = fieldName(field);
  // That the site is only observed is said once, at the top.
  const own = reasons.filter(({ rule }) => would === undefined || rule !== MODE);
  const told = own.map((reason) => (above.includes(reason.code) ? t("reason_above") : sentenceOf(field, reason)));
  if (own.length === 0) told.push(t("reason_would_allow"));
  const locked = new Set(own.flatMap(({ locked }) => locked || []));
  const outcome = `${would === undefined ? "" : "would_"}${allowed ? "allow" : "deny"}`;
  const word = report.card?.fields[field] ? "decision_taken" : `decision_${outcome}`;
  return el("li", { class: allowed ? "row allow" : "row deny", "data-field": field, "data-decision": decision },
    el("span", { class: "mark" }, icon(allowed ? "check" : "lock")),
    el("h3", {}, name),
    el("p", {}, el("strong", {}, t(word)), " ", told[0] ?? t("reason_deny_guard_error")),
    ...[...locked].map((organisation) => el("p", { class: "locked" }, icon("lock"), t("locked_by", organisation))),
    el("details", { id: `why-${field}` },
      el("summary", {}, el("span", { "aria-hidden": "true" }, t("why")), el("span", { class: "unseen" }, t("why_for", name))),
      why(verdict, [...new Set(told)].slice(1)),
      marks(field, context),
      closer(verdict, context)));
}

/**
 * The sentence for a reason. What the person marked is not what "someone in your company" did; and where a picture alone went wrong, it is not the
 * check of the page that did.
 * @param {string} field
 * @param {Verdict["reasons"][number]} reason
 */
function sentenceOf(field, { code, rule, message }) {
  if (field === PICTURE && code === "deny.guard.error") return t("reason_picture");
  return rule?.split(":")[0] === MARK ? t("reason_marked") : sentence(code, message);
}

/**
 * @param {Verdict} verdict
 * @param {string[]} more sentences beyond the first
 */
function why({ audience, evidence }, more) {
  const proofs = evidence.map(({ kind, bound }) => t("evidence_bound", find(`evidence_${kind}`) ?? kind, audienceName(bound)));
  return pairs("facts", [
    ["why_more", more],
    ["why_audience", [audienceName(audience)]],
    ["why_evidence", proofs.length > 0 ? proofs : [t("evidence_none")]],
  ]);
}

/**
 * What the person can do about a field: hold it back from now on, or no longer.
 * @param {string} field
 * @param {Context} context
 */
function marks(field, { told, open }) {
  if (!told || !open) return null;
  return el("div", { class: "marks" },
    markButton("site", field, told.site.includes(field)),
    markButton("everywhere", field, told.everywhere.includes(field)));
}

/**
 * For whoever looks closer: every rule that played a part, and by what this decision is found again.
 * @param {Verdict} verdict
 * @param {Context} context
 */
function closer({ field, reasons, rules = [], errors = [] }, { report }) {
  const codes = [...new Set(reasons.map(({ code }) => code))];
  const details = [...new Set(reasons.flatMap(({ detail }) => detail || []))];
  const named = [...new Set([...rules, ...reasons.flatMap(({ rule }) => rule || [])])];
  return el("details", { id: `closer-${field}`, class: "closer" },
    el("summary", {}, t("closer"), el("span", { class: "unseen" }, ` ${t("mark_of", fieldName(field))}`)),
    pairs("facts", [
      ["closer_lead", [...new Set(reasons.map(({ lead }) => lead).filter(Boolean))]],
      ["closer_rules", named.length > 0 ? named.map((rule) => el("code", {}, rule)) : [t("closer_rules_none")]],
      ["closer_errors", errors.map(({ rule, clause, what }) =>
        el("span", {}, el("code", {}, rule), ` ${t("closer_error", clause, what)}`))],
      ["why_codes", codes.map((code) => el("code", {}, code))],
      ["notice_detail", details],
      ["closer_decision", [el("code", {}, report.id)]],
      ["closer_policy", [el("code", { title: report.policy }, short(report.policy.replace(/^.*:/, "")))]],
      ["closer_adapter", report.page.adapter ? [el("code", {}, report.page.adapter)] : []],
    ]));
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

/**
 * What somebody who keeps the adapter of a site needs to know when it no longer fits: nothing the page says, not even where it is.
 * @param {Report | null} report
 */
export function driftReport(report) {
  const { adapter, layout, kind, drift } = report?.page ?? {};
  const code = report?.verdicts[0]?.reasons[0]?.code;
  return JSON.stringify({ adapter, layout, kind, code, ...drift }, null, 2);
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
 * A captured text. It stands alone, so that one written from right to left does not turn what follows it.
 * @param {string} text
 * @param {boolean} cut whether the marks in it stand for something: a page can write them, too
 */
function value(text, cut) {
  const [first = "", ...rest] = cut ? text.split(GAP) : [text];
  return el("bdi", {}, first, ...rest.flatMap((part) => [el("span", { class: "gap", role: "img", "aria-label": t("cut_gap") }, GAP), part]));
}

/**
 * A captured picture. It was drawn anew and lies in its address, so that nothing is asked for when it is shown.
 * @param {string} address
 */
function picture(address) {
  return el("figure", {}, el("img", { src: address, alt: t("picture_alt") }), el("figcaption", { class: "soft" }, t("picture_note")));
}

/**
 * What was cut out of a text, in a sentence, and why for whoever asks.
 * @param {string} field
 * @param {string} cut the kind of it: the words are nowhere
 */
function leftOut(field, cut) {
  return el("details", { id: `cut-${field}-${cut}`, class: "cut" },
    el("summary", {}, icon("cut"), el("span", {}, find(`cut_${cut}`) ?? t("cut_other"), el("span", { class: "unseen" }, ` ${t("cut_of", fieldName(field))}`))),
    el("p", {}, [find(`cut_why_${WHY_CUT[cut] ?? "special"}`), t("cut_why_place")].filter(Boolean).join(" ")));
}

/**
 * @param {Card} captured
 * @param {Report["log"]} log
 */
function card(captured, log) {
  const values = Object.entries(captured.fields).map(([field, { values: texts, cuts = [] }]) =>
    /** @type {[string, Child[]]} */ ([fieldName(field), [
      ...texts.map((text) => (field === PICTURE ? picture(text) : value(text, cuts.length > 0))),
      ...cuts.map((cut) => leftOut(field, cut)),
    ]]));
  const channels = Object.entries(captured.channels ?? {}).filter(([, { allowed }]) => allowed).map(([channel]) => find(`way_${channel}`) ?? channel);
  const former = captured.former ?? [];
  return el("section", { class: "card" },
    el("h2", { id: "card", tabindex: "-1" }, icon("check"), t("section_card")),
    pairs("values", values),
    former.length > 0 && el("p", { class: "soft" }, t("card_former", former.map(fieldName).join(", "))),
    el("h3", { class: "unseen" }, t("card_record")),
    pairs("facts", [
      ["card_source", [el("bdi", { class: "address" }, captured.source.url)]],
      ["card_captured_at", [el("time", { datetime: captured.captured_at }, moment(captured.captured_at))]],
      ["card_expires_at", [el("time", { datetime: captured.expires_at }, day(captured.expires_at))]],
      ["card_channels", [channels.length > 0 ? channels.join(", ") : t("channel_none")]],
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
    el("ul", { class: "entries", role: "list" }, ...entryItems(lines)));
}

/**
 * The beginning of a hash, enough to compare by eye.
 * @param {string} hash
 */
function short(hash) {
  return `${hash.slice(0, 6)} ${hash.slice(6, 12)}`;
}
