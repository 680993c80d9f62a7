// What the organisation set: told to the person, and what of the form it locks.

import { byId, el, icon } from "./dom.js";
import { fieldName, find, listed, t } from "./i18n.js";
import { basisKey, groupOf, purposeKey } from "./policy.js";
import { problemText } from "./problems.js";
import { screeningSet } from "./screening.js";

/** @typedef {import("../messages").Rules} Rules */
/** @typedef {import("../messages").Summary} Summary */

/**
 * What the organisation decides. What it leaves open, the person decides.
 * @typedef {object} Locks
 * @property {string} by the name of the organisation
 * @property {{ name: string, contact: string } | null} controller
 * @property {{ purpose: string, basis: string, assessment: string } | null} purpose
 * @property {(field: string) => boolean} field whether a field is held back whatever the person says
 * @property {number | null} days
 * @property {string | null} mode
 * @property {Record<string, string>} modes
 * @property {{ special?: string, people?: string }} screening what becomes of what texts give away
 */

/** What a rule can say beside the fields it is about, that makes it hold in some cases only. */
const CLAUSES = ["hosts", "audiences", "evidence", "relations", "purposes", "bases", "countries", "channels", "signals"];

/**
 * @param {Rules} rules
 * @returns {Locks | null} null: nobody set anything, or what they set cannot be used
 */
export function locksOf({ managed, summary }) {
  if (managed === null || !summary || summary.unusable.includes("managed")) return null;
  const { controller, purpose, basis, permit, forbid, retention, mode, modes, screen } = parsed(managed);
  const always = list(forbid).filter(holdsAlways);
  /** @param {any[]} rules @param {string} field */
  const anyOf = (rules, field) => rules.some((rule) => names(rule, field));
  return {
    by: summary.organisation ?? "",
    controller: controller ?? null,
    // Whoever says what may be taken also says what for; the guard accepts neither without the other.
    purpose: permit ? { purpose, basis: basis.kind, assessment: basis.assessment ?? "" } : null,
    field: (field) => anyOf(always, field) || (permit !== undefined && !anyOf(list(permit), field)),
    days: retention?.days ?? null,
    mode: mode ?? null,
    modes: modes ?? {},
    screening: screen ?? {},
  };
}

/** @param {any} rule */
function holdsAlways(rule) {
  return CLAUSES.every((clause) => list(rule[clause]).length === 0);
}

/** @param {any} rule @param {string} field */
function names({ fields, groups }, field) {
  return list(fields).includes(field) || list(groups).includes(groupOf(field));
}

/**
 * A line that says who locked what stands above it.
 * @param {Locks} locks
 */
export function lockedBy({ by }) {
  return el("p", { class: "locked" }, icon("lock"), t("locked_by", by));
}

/**
 * Shows what the organisation set.
 * @param {Rules} rules
 */
export function showOrganisation({ managed, summary, problems }) {
  const section = byId("organisation", HTMLElement);
  section.hidden = managed === null;
  if (managed === null || !summary) return;
  const broken = summary.unusable.includes("managed");
  section.classList.toggle("broken", broken);
  byId("organisation-heading", HTMLHeadingElement).replaceChildren(icon(broken ? "warning" : "lock"),
    broken ? t("organisation_broken") : t("organisation_heading", summary.organisation ?? ""));
  byId("organisation-text", HTMLParagraphElement).textContent = t(broken ? "organisation_broken_text" : "organisation_text");
  const label = t("organisation_view");
  const given = el("details", {}, el("summary", {}, label), el("pre", { tabindex: "0", role: "region", "aria-label": label }, managed));
  const body = byId("organisation-body", HTMLDivElement);
  const wrong = el("ul", { class: "list" }, ...problems.managed.map((problem) => el("li", {}, problemText(problem))));
  body.replaceChildren(...(broken ? [wrong] : told(parsed(managed))), given);
}

/**
 * @param {any} set what the organisation set, as the guard accepted it
 * @returns {Node[]}
 */
function told(set) {
  const { permit, purpose, basis, channel, controller, retention, mode } = set;
  /** @type {[label: string, values: string[]][]} */
  const pairs = [
    ["company_label", controller ? [t("organisation_controller", controller.name, controller.contact)] : []],
    ["card_purpose", [...(purpose ? [purposeName({ purpose, channel })] : []), ...list(set.uses).map(purposeName)]],
    ["card_basis", basis ? [[find(basisKey(basis.kind)) ?? basis.kind, basis.assessment].filter(Boolean).join(", ")] : []],
    ["preview_kept", retention ? [t("organisation_days", String(retention.days))] : []],
    ["section_signals", Object.entries(set.signals ?? {}).map(([signal, effect]) =>
      `${signal}: ${t(effect === "note" ? "effect_note" : "effect_deny")}`)],
    ["modes_default", mode ? [modeName(mode)] : []],
    ["modes_heading", Object.entries(set.modes ?? {}).map(([host, each]) => `${host}: ${modeName(each)}`)],
    ...screeningSet(set.screen),
  ];
  return [
    ...rules("organisation_forbids", list(set.forbid), "lock"),
    ...(permit === undefined ? [] : rules("organisation_permits", list(permit), "check")),
    el("dl", { class: "pairs" }, ...pairs.filter(([, values]) => values.length > 0).map(([label, values]) =>
      el("div", {}, el("dt", {}, t(label)), ...values.map((value) => el("dd", {}, value))))),
  ];
}

/**
 * @param {string} heading
 * @param {any[]} all
 * @param {import("./dom.js").Icon} mark
 */
function rules(heading, all, mark) {
  if (all.length === 0) return [];
  return [el("h3", {}, t(heading)), el("ul", { class: "list marked" }, ...all.map(({ says, fields, groups }) => {
    const about = [...list(fields).map(fieldName), ...list(groups).map((group) => find(`group_${group}`) ?? group)];
    return el("li", {}, icon(mark), el("span", {}, says, " ", el("span", { class: "soft" }, listed(about))));
  }))];
}

/** @param {{ purpose: string, channel?: string }} use */
function purposeName({ purpose, channel }) {
  const name = find(purposeKey(purpose)) ?? purpose;
  return channel ? t("use_channel", name, find(`channel_${channel}`) ?? channel) : name;
}

/** @param {unknown} mode */
export function modeName(mode) {
  return find(`mode_${mode}`) ?? String(mode);
}

/** @param {unknown} value @returns {any[]} */
function list(value) {
  return Array.isArray(value) ? value : [];
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
