// First run and settings: asks in plain words, and turns the answers into the policy document the guard holds to.

import { ask } from "./ask.js";
import { byId, el, icon, saveFile } from "./dom.js";
import { counted, fieldName, listed, localise, t } from "./i18n.js";
import {
  answersOf, BASES, basisKey, CONSENT, documentOf, FIELDS, fitsForm, LEGITIMATE_INTEREST, LONGEST, MORE_FIELDS, PURPOSES, purposeKey,
} from "./policy.js";

/** @typedef {import("./policy.js").Answers} Answers */
/** @typedef {import("../messages").PolicySummary} PolicySummary */

/** Far above any policy; the guard sets the real limit. */
const LARGEST_FILE = 1_000_000;
const MOST_MONTHS = 120;

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

/** The policy in force, word for word. */
let inForce = /** @type {string | null} */ (null);

localise();
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
void load();

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

/** Shows the policy in force. */
async function load() {
  const answer = await ask({ type: "policy.get" });
  if (!answer?.ok) {
    showProblems("settings_broken_title", [{ text: t("problem_worker") }]);
    return;
  }
  inForce = answer.text;
  const policy = parsed(answer.text);
  showStatus(policy, answer.text, answer.summary);
  fill(answersOf(policy));
  exported.disabled = answer.text === null;
  byId("json", HTMLPreElement).textContent = answer.text ?? t("policy_empty");
}

/** @param {string | null} text */
function parsed(text) {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @param {any} policy the stored policy, as JSON
 * @param {string | null} text as text
 * @param {PolicySummary | null} summary
 */
function showStatus(policy, text, summary) {
  const name = statusOf(policy, text, summary);
  const calm = name === "ready" ? "good" : name === "custom" ? "info" : "warning";
  byId("status", HTMLElement).className = `notice ${calm}`;
  byId("status-icon", HTMLSpanElement).replaceChildren(icon(calm === "good" ? "check" : calm === "info" ? "info" : "lock"));
  byId("status-title", HTMLHeadingElement).textContent = t(`settings_${name}_title`);
  byId("status-text", HTMLParagraphElement).textContent = t(`settings_${name}_text`);
}

/**
 * @param {any} policy
 * @param {string | null} text
 * @param {PolicySummary | null} summary
 */
function statusOf(policy, text, summary) {
  if (text === null) return "missing";
  if (policy === null || (summary?.problems?.length ?? 0) > 0) return "broken";
  const { purpose, basis, assessment } = answersOf(policy);
  if (purpose === "" || basis === "" || (basis === LEGITIMATE_INTEREST && assessment.trim() === "")) return "incomplete";
  if (basis === CONSENT) return "consent";
  return fitsForm(policy) ? "ready" : "custom";
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

/** @returns {Answers} */
function answers() {
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
  };
}

/** Shows what the answers mean, and asks what they lead to. */
function showAnswers() {
  const { basis, email, fields, months, purpose } = answers();
  byId("assessment-part", HTMLDivElement).hidden = basis !== LEGITIMATE_INTEREST;
  byId("email-part", HTMLDivElement).hidden = !email;
  byId("reason-part", HTMLDivElement).hidden = !(months > LONGEST);
  const none = t("preview_none");
  byId("preview", HTMLDListElement).replaceChildren(...[
    ["card_purpose", purpose === "" ? none : t(purposeKey(purpose))],
    ["card_basis", basis === "" ? none : t(basisKey(basis))],
    ["preview_fields", fields.length === 0 || basis === CONSENT ? t("preview_nothing") : listed(fields.map(fieldName))],
    ["preview_email", t(email && basis !== CONSENT ? "preview_email_yes" : "preview_email_no")],
    ["preview_kept", months >= 1 ? counted("preview_months", months) : none],
  ].map(([label, value]) => el("div", {}, el("dt", {}, t(label ?? "")), el("dd", {}, value))));
}

async function save() {
  const given = answers();
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
  const { months } = given;
  return [
    { name: "company", wrong: given.company === "" },
    { name: "contact", wrong: given.contact === "" },
    { name: "purpose", at: "purpose-g", wrong: given.purpose === "" },
    { name: "basis", at: "basis-f", wrong: given.basis === "" },
    { name: "assessment", wrong: given.basis === LEGITIMATE_INTEREST && given.assessment === "" },
    { name: "fields", at: "field-name", wrong: given.fields.length === 0 },
    { name: "email-assessment", wrong: given.email && given.emailAssessment === "" },
    { name: "months", wrong: !Number.isInteger(months) || months < 1 || months > MOST_MONTHS },
    { name: "reason", wrong: months > LONGEST && given.reason === "" },
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
    showProblems("problems_policy", (answer?.problems ?? [t("problem_worker")]).map((problem) => ({ text: problem })));
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
