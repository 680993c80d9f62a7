// First run and settings: asks in plain words, and turns the answers into the policy document the guard holds to.

import { ask } from "./ask.js";
import { byId, el, icon, saveFile } from "./dom.js";
import { counted, fieldName, listed, localise, t } from "./i18n.js";
import { loadMarks } from "./marks.js";
import { fillModes, lockModes, modesGiven, prepareModes } from "./modes.js";
import { lockedBy, locksOf, showOrganisation } from "./organisation.js";
import {
  answersOf, BASES, basisKey, CONSENT, DAYS_A_MONTH, documentOf, FIELDS, fitsForm, LEGITIMATE_INTEREST, LONGEST, MORE_FIELDS,
  PURPOSES, purposeKey,
} from "./policy.js";
import { problemText } from "./problems.js";
import { fillScreening, lockScreening, prepareScreening, screeningGiven, screeningTold } from "./screening.js";
import { followUntended } from "./untended.js";

/** @typedef {import("./policy.js").Answers} Answers */
/** @typedef {import("./organisation.js").Locks} Locks */
/** @typedef {import("../messages").Rules} Rules */

/** Far above any policy; the guard sets the real limit. */
const LARGEST_FILE = 1_000_000;
const MOST_MONTHS = 120;

/** How soon to ask again whether the organisation's rules are known, in milliseconds. */
const SOON = 500;

const inputs = {
  company: byId("company", HTMLInputElement),
  contact: byId("contact", HTMLInputElement),
  assessment: byId("assessment", HTMLInputElement),
  email: byId("email", HTMLInputElement),
  emailAssessment: byId("email-assessment", HTMLInputElement),
  months: byId("months", HTMLInputElement),
  reason: byId("reason", HTMLTextAreaElement),
};
const form = byId("form", HTMLFormElement);
const problems = byId("problems", HTMLDivElement);
const saved = byId("saved", HTMLParagraphElement);
const file = byId("file", HTMLInputElement);
const exported = byId("export", HTMLButtonElement);

/** The policy in force, word for word, and what it answers. */
let inForce = /** @type {string | null} */ (null);
let stored = answersOf(null);

/** The rules have changed while nobody looked. */
let changed = false;

/** What the organisation decides. */
let locks = /** @type {Locks | null} */ (null);

localise();
prepareModes(() => { saved.textContent = ""; });
prepareScreening(() => {
  saved.textContent = "";
  showAnswers();
});
byId("purposes", HTMLFieldSetElement).append(...PURPOSES.map((purpose) => choice("purpose", purpose, purposeKey(purpose))), complaint("purpose"));
byId("bases", HTMLFieldSetElement).append(...BASES.map((basis) => choice("basis", basis, basisKey(basis))), complaint("basis"));
byId("basis-f", HTMLInputElement).parentElement?.append(byId("assessment-part", HTMLDivElement));
byId("fields", HTMLDivElement).append(...FIELDS.map(tick));
byId("more-fields", HTMLDivElement).append(...MORE_FIELDS.map(tick));
byId("fields", HTMLDivElement).after(complaint("fields"));
for (const input of form.querySelectorAll(".field > input, .field > textarea")) {
  input.after(complaint(input.id));
  input.setAttribute("aria-describedby", `${input.id}-hint ${input.id}-error`);
}

form.addEventListener("input", () => {
  saved.textContent = "";
  showAnswers();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  void save();
});
byId("import", HTMLButtonElement).addEventListener("click", () => file.click());
file.addEventListener("change", () => void importFile());
exported.addEventListener("click", () => {
  if (inForce !== null) saveFile(inForce, "scruple-policy.json", "application/json");
});
chrome.runtime.onMessage.addListener((/** @type {import("../messages").RulesPush} */ message) => {
  if (message?.type === "rules") follow(true);
});
document.addEventListener("visibilitychange", () => follow(changed));
void load();
void loadMarks();
void followUntended();

/**
 * One of several answers, of which one can be chosen.
 * @param {string} name
 * @param {string} value
 * @param {string} key the message that names it; `_hint` explains it
 */
function choice(name, value, key) {
  const id = `${name}-${value.slice(-1)}`;
  return el("div", { class: "choice" },
    el("input", { type: "radio", id, name, value, "aria-describedby": `${id}-hint ${name}-error` }),
    el("label", { for: id }, t(key)),
    el("p", { id: `${id}-hint`, class: "hint" }, t(`${key}_hint`)));
}

/**
 * A field that can be ticked.
 * @param {string} field
 */
function tick(field) {
  const id = `field-${field}`;
  return el("div", { class: "tick" },
    el("input", { type: "checkbox", id, name: "field", value: field, "aria-describedby": "fields-error" }),
    el("label", { for: id }, fieldName(field)));
}

/**
 * The place where a problem with an answer is told.
 * @param {string} id
 */
function complaint(id) {
  return el("p", { id: `${id}-error`, class: "complaint" });
}

/**
 * Shows what is in force now, as soon as somebody looks. What the person is typing stays as it is.
 * @param {boolean} news whether the rules have changed since it was shown
 */
function follow(news) {
  changed = news && document.hidden;
  if (news && !document.hidden) void Promise.all([refresh(), loadMarks()]);
}

/** Shows the policy in force, and its answers in the form. */
async function load() {
  if (!await refresh()) return;
  fill(stored);
  applyLocks();
}

/** Shows the rules in force. False if they are not told. */
async function refresh() {
  const answer = await ask({ type: "policy.get" });
  if (!answer?.ok) {
    showProblems("settings_broken_title", [{ text: t("problem_worker") }]);
    return false;
  }
  inForce = answer.text;
  stored = answersOf(parsed(inForce));
  locks = locksOf(answer);
  showStatus(answer);
  showOrganisation(answer);
  applyLocks();
  exported.disabled = inForce === null;
  byId("json", HTMLPreElement).textContent = inForce ?? t("policy_empty");
  if (!answer.settled) setTimeout(() => void refresh(), SOON);
  return true;
}

/** @param {string | null} text */
function parsed(text) {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {Rules} rules */
function showStatus(rules) {
  const name = statusOf(rules);
  const tone = ["ready", "organisation"].includes(name) ? "good" : ["custom", "waiting"].includes(name) ? "info" : "warning";
  const title = t(`settings_${name}_title`);
  const heading = byId("status-title", HTMLHeadingElement);
  // A live region speaks at every change, so it is changed only when there is something new to say.
  if (heading.textContent === title) return;
  byId("status", HTMLElement).className = `notice ${tone}`;
  byId("status-icon", HTMLSpanElement).replaceChildren(icon(tone === "good" ? "check" : tone === "info" ? "info" : "lock"));
  heading.textContent = title;
  byId("status-text", HTMLParagraphElement).textContent = t(`settings_${name}_text`);
}

/** @param {Rules} rules */
function statusOf({ settled, text, managed, summary, marksBroken }) {
  if (!settled || !summary) return "waiting";
  if (summary.unusable.includes("managed")) return "managed_broken";
  if (marksBroken) return "marks_broken";
  if (text === null) return managed !== null && summary.usable ? "organisation" : "missing";
  const policy = parsed(text);
  if (policy === null || summary.unusable.includes("local")) return "broken";
  const { purpose, basis, assessment } = locks?.purpose ?? stored;
  if (purpose === "" || basis === "" || (basis === LEGITIMATE_INTEREST && assessment.trim() === "")) return "incomplete";
  if (basis === CONSENT) return "consent";
  return fitsForm(policy) ? "ready" : "custom";
}

/** Disables what the organisation decides, shows what it decided, and says who did. */
function applyLocks() {
  for (const note of form.querySelectorAll(".locked")) note.remove();
  const by = locks;
  /** @param {Element | null | undefined} place @param {unknown} locked */
  const note = (place, locked) => { if (by && locked) place?.append(lockedBy(by)); };

  const controller = locks?.controller ?? null;
  setLocked(inputs.company, controller !== null, controller?.name ?? "");
  setLocked(inputs.contact, controller !== null, controller?.contact ?? "");
  note(inputs.contact.closest("fieldset"), controller);

  const purpose = locks?.purpose ?? null;
  for (const [name, value] of /** @type {const} */ ([["purpose", purpose?.purpose], ["basis", purpose?.basis]])) {
    for (const input of options(name)) setLocked(input, purpose !== null, input.value === value);
  }
  setLocked(inputs.assessment, purpose !== null, purpose?.assessment ?? "");
  note(byId("purposes", HTMLFieldSetElement), purpose);
  note(byId("bases", HTMLFieldSetElement), purpose);

  for (const input of options("field")) {
    const locked = locks?.field(input.value) ?? false;
    setLocked(input, locked, false);
    note(input.parentElement, locked);
  }
  const email = locks?.field("email") ?? false;
  setLocked(inputs.email, email, false);
  note(inputs.email.parentElement, email);

  const days = locks?.days ?? null;
  if (by && days !== null) inputs.months.after(el("p", { class: "locked" }, icon("lock"), t("locked_days", by.by, String(days))));
  lockModes(locks);
  lockScreening(locks);
  showAnswers();
}

/**
 * What was answered comes back when the lock goes.
 * @param {HTMLInputElement} input
 * @param {boolean} locked
 * @param {string | boolean} value what the organisation decided
 */
function setLocked(input, locked, value) {
  const { dataset } = input;
  const own = typeof value === "boolean" ? String(input.checked) : input.value;
  if (!locked && !input.disabled) return;
  if (locked && !input.disabled) dataset.own = own;
  const show = locked ? String(value) : dataset.own ?? "";
  if (typeof value === "boolean") input.checked = show === "true";
  else input.value = show;
  input.disabled = locked;
}

/** @param {Answers} answers */
function fill(answers) {
  inputs.company.value = answers.company;
  inputs.contact.value = answers.contact;
  inputs.assessment.value = answers.assessment;
  inputs.email.checked = answers.email;
  inputs.emailAssessment.value = answers.emailAssessment;
  inputs.months.value = String(answers.months);
  inputs.reason.value = answers.reason;
  for (const input of options("purpose")) input.checked = input.value === answers.purpose;
  for (const input of options("basis")) input.checked = input.value === answers.basis;
  for (const input of options("field")) input.checked = answers.fields.includes(input.value);
  for (const input of form.querySelectorAll("input")) input.disabled = false;
  fillModes(answers);
  fillScreening(answers.screening);
  byId("more", HTMLDetailsElement).open = MORE_FIELDS.some((field) => answers.fields.includes(field));
  showAnswers();
}

/**
 * @param {string} name
 * @returns {HTMLInputElement[]}
 */
function options(name) {
  return [...form.querySelectorAll("input")].filter((input) => input.name === name);
}

/** What the form shows, be it the person's answer or the organisation's. @returns {Answers} */
function answers() {
  const { mode, modes } = modesGiven(stored, locks);
  return {
    company: inputs.company.value.trim(),
    contact: inputs.contact.value.trim(),
    purpose: options("purpose").find((input) => input.checked)?.value ?? "",
    basis: options("basis").find((input) => input.checked)?.value ?? "",
    assessment: inputs.assessment.value.trim(),
    fields: options("field").filter((input) => input.checked).map((input) => input.value),
    email: inputs.email.checked,
    emailAssessment: inputs.emailAssessment.value.trim(),
    months: inputs.months.valueAsNumber,
    reason: inputs.reason.value.trim(),
    mode,
    modes,
    screening: screeningGiven(),
  };
}

/**
 * What the person answers. What the organisation decides is left as the person had it: it would otherwise stay when the
 * organisation takes it back. Only who is responsible has to be named somewhere.
 * @returns {Answers}
 */
function ownAnswers() {
  const given = answers();
  if (!locks) return given;
  const { controller, purpose, field } = locks;
  return {
    ...given,
    ...(controller && stored.company !== "" && { company: stored.company, contact: stored.contact }),
    ...(purpose && { purpose: stored.purpose, basis: stored.basis, assessment: stored.assessment }),
    fields: [...given.fields, ...(inForce === null ? [] : stored.fields.filter(field))],
    ...(field("email") && { email: stored.email, emailAssessment: stored.emailAssessment }),
  };
}

/** Shows what the answers mean, and asks what they lead to. */
function showAnswers() {
  const { basis, email, fields, months, purpose } = answers();
  byId("assessment-part", HTMLDivElement).hidden = basis !== LEGITIMATE_INTEREST;
  byId("email-part", HTMLDivElement).hidden = !email;
  byId("reason-part", HTMLDivElement).hidden = !(months > LONGEST);
  const none = t("preview_none");
  /** @type {[label: string, value: string | string[]][]} */
  const told = [
    ["card_purpose", purpose === "" ? none : t(purposeKey(purpose))],
    ["card_basis", basis === "" ? none : t(basisKey(basis))],
    ["preview_fields", fields.length === 0 || basis === CONSENT ? t("preview_nothing") : listed(fields.map(fieldName))],
    ["preview_email", t(email && basis !== CONSENT ? "preview_email_yes" : "preview_email_no")],
    ["preview_texts", screeningTold()],
    ["preview_kept", kept(months) ?? none],
  ];
  byId("preview", HTMLDListElement).replaceChildren(...told.map(([label, value]) =>
    el("div", {}, el("dt", {}, t(label)), ...[value].flat().map((each) => el("dd", {}, each)))));
}

/**
 * How long details are kept, as a sentence: the shorter of the two holds.
 * @param {number} months
 */
function kept(months) {
  const days = locks?.days ?? null;
  if (days !== null && !(months * DAYS_A_MONTH < days)) return t("organisation_days", String(days));
  return months >= 1 ? counted("preview_months", months) : null;
}

async function save() {
  const given = ownAnswers();
  const missing = missingIn(given);
  showComplaints(missing);
  if (missing.length > 0) {
    showProblems("problems_form", missing.map(({ at, key }) => ({ text: t(key), at })));
    return;
  }
  await store(JSON.stringify(documentOf(given, t), null, 2), "saved");
}

/**
 * What is still to be answered: the message, and the input it is about.
 * @param {Answers} given
 * @returns {{ name: string, at: string, key: string }[]}
 */
function missingIn(given) {
  const { months, fields } = given;
  const { wrong } = modesGiven(stored, locks);
  // Where the organisation says what for, the person need not.
  const isOpen = !locks?.purpose;
  return [
    { name: "company", wrong: given.company === "" },
    { name: "contact", wrong: given.contact === "" },
    { name: "purpose", at: "purpose-g", wrong: isOpen && given.purpose === "" },
    { name: "basis", at: "basis-f", wrong: isOpen && given.basis === "" },
    { name: "assessment", wrong: isOpen && given.basis === LEGITIMATE_INTEREST && given.assessment === "" },
    { name: "fields", at: "field-name", wrong: fields.length === 0 },
    { name: "email-assessment", wrong: given.email && given.emailAssessment === "" },
    { name: "months", wrong: !Number.isInteger(months) || months < 1 || months > MOST_MONTHS },
    { name: "reason", wrong: months > LONGEST && given.reason === "" },
    { name: "modes", at: wrong ?? "modes", wrong: wrong !== null },
  ].filter(({ wrong }) => wrong).map(({ name, at = name }) => ({ name, at, key: `problem_${name.replaceAll("-", "_")}` }));
}

/** @param {{ name: string, at: string, key: string }[]} missing */
function showComplaints(missing) {
  for (const place of form.querySelectorAll(".complaint")) place.textContent = "";
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const { name, at, key } of missing) {
    byId(`${name}-error`, HTMLParagraphElement).textContent = t(key);
    document.getElementById(at)?.setAttribute("aria-invalid", "true");
  }
}

/**
 * Puts a policy in force, if the guard accepts it.
 * @param {string} text
 * @param {string} done the message that says so
 */
async function store(text, done) {
  problems.hidden = true;
  saved.textContent = t("saving");
  const answer = await ask({ type: "policy.set", text });
  saved.textContent = "";
  if (!answer?.ok) {
    const told = answer?.problems?.map(problemText) ?? [t("problem_worker")];
    showProblems("problems_policy", told.map((problem) => ({ text: problem })));
    return;
  }
  await load();
  saved.textContent = t(done);
}

/**
 * @param {string} heading
 * @param {{ text: string, at?: string }[]} list
 */
function showProblems(heading, list) {
  problems.replaceChildren(el("h2", {}, icon("warning"), t(heading)),
    el("ul", {}, ...list.map(({ text, at }) => el("li", {}, at ? el("a", { href: `#${at}` }, text) : text))));
  problems.hidden = false;
  problems.focus();
}

async function importFile() {
  const [chosen] = file.files ?? [];
  if (!chosen) return;
  showComplaints([]);
  if (chosen.size > LARGEST_FILE) {
    showProblems("problems_policy", [{ text: t("problem_file_size") }]);
  } else {
    try {
      await store(await chosen.text(), "imported");
    } catch {
      showProblems("problems_policy", [{ text: t("problem_file_read") }]);
    }
  }
  file.value = "";
}
