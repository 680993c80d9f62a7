// Between the answers of the settings form and the policy document.

/**
 * @typedef {object} Answers
 * @property {string} company
 * @property {string} contact
 * @property {string} purpose
 * @property {string} basis
 * @property {string} assessment
 * @property {string[]} fields
 * @property {boolean} email
 * @property {string} emailAssessment
 * @property {number} months
 * @property {string} reason
 * @property {string} mode how strict Scruple is where `modes` says nothing
 * @property {[host: string, mode: string][]} modes
 * @property {Screening} screening
 */

/**
 * What becomes of what texts give away.
 * @typedef {object} Screening
 * @property {string} special of health, belief and the like
 * @property {string} people of names of others
 * @property {[term: string, category: string][]} terms further words to look for, and what they give away
 * @property {string[]} phrases in which nothing is looked for
 */

/** What a fresh form offers, and what is ticked in it. */
export const FIELDS = ["name", "headline", "jobTitle", "worksFor", "addressLocality", "addressCountry"];
/** What it offers beyond that. */
export const MORE_FIELDS = ["givenName", "familyName", "hasOccupation", "alumniOf", "knowsAbout", "knowsLanguage"];
const GROUPS = /** @type {const} */ ({
  professional: [...FIELDS, "givenName", "familyName"],
  career: ["hasOccupation", "alumniOf", "knowsAbout", "knowsLanguage"],
  contact: ["email"],
});
export const PURPOSES = ["dpv:DirectMarketing", "dpv:CustomerRelationshipManagement"];
export const LEGITIMATE_INTEREST = "eu-gdpr:A6-1-f";
export const CONSENT = "eu-gdpr:A6-1-a";
export const BASES = [LEGITIMATE_INTEREST, CONSENT, "eu-gdpr:A6-1-b", "eu-gdpr:A6-1-c", "eu-gdpr:A6-1-d", "eu-gdpr:A6-1-e"];
/** How strict Scruple can be, from what is usual to not looking at all. */
export const MODES = ["enforce", "strict", "observe", "off"];
/** What can become of what the law sets apart, and of names of others, from the mildest. */
export const SPECIAL = ["cut", "deny"], PEOPLE = ["keep", "cut", "deny"];
/** Longer than this needs a written reason. */
export const LONGEST = 36;

const WIDE = ["platform_members", "public_web"];
export const DAYS_A_MONTH = 365.25 / 12;

/**
 * The message that names a purpose.
 * @param {string} purpose
 */
export function purposeKey(purpose) {
  return purpose === "dpv:CustomerRelationshipManagement" ? "purpose_customer_relations" : "purpose_direct_marketing";
}

/**
 * The group of a field that the form asks for.
 * @param {string} field
 */
export function groupOf(field) {
  return Object.entries(GROUPS).find(([, fields]) => fields.some((one) => one === field))?.[0];
}

/**
 * The message that names a legal basis.
 * @param {string} basis
 */
export function basisKey(basis) {
  return `basis_${basis.slice(-1)}`;
}

/**
 * The policy document for these answers.
 * @param {Answers} answers
 * @param {(key: string) => string} t gives the sentences for people
 */
export function documentOf(answers, t) {
  const permit = [{
    id: "professional",
    says: t("rule_professional"),
    fields: [...FIELDS, ...MORE_FIELDS].filter((field) => answers.fields.includes(field)),
    audiences: WIDE,
    evidence: ["item_visibility", "signed_out_view", "site_rule", "published_markup"],
  }];
  if (answers.email) {
    permit.push(Object.assign({
      id: "email-with-assessment",
      says: t("rule_email"),
      fields: ["email"],
      audiences: WIDE,
      evidence: ["item_visibility", "signed_out_view", "viewer_relation"],
    }, { assessment: answers.emailAssessment }));
  }
  const { purpose, basis, assessment, mode, modes } = answers;
  const screen = screenOf(answers.screening);
  return {
    version: 1,
    controller: { name: answers.company, contact: answers.contact },
    // Unanswered only where the organisation has the answer.
    ...(purpose !== "" && { purpose }),
    ...(basis !== "" && { basis: basis === LEGITIMATE_INTEREST ? { kind: basis, assessment } : { kind: basis } }),
    permit,
    // A field that no rule permits is held back anyway; these two stay so when someone adds a rule later.
    forbid: [
      { id: "no-photo", says: t("rule_no_photo"), fields: ["image"] },
      { id: "no-private-life", says: t("rule_no_private_life"), fields: ["birthDate", "streetAddress", "postalCode", "spouse", "relatedTo", "knows"] },
    ],
    ...(mode !== "enforce" && { mode }),
    ...(modes.length > 0 && { modes: Object.fromEntries(modes) }),
    ...(Object.keys(screen).length > 0 && { screen }),
    retention: answers.months > LONGEST
      ? { days: Math.floor(answers.months * DAYS_A_MONTH), reason: answers.reason }
      : { days: Math.floor(answers.months * DAYS_A_MONTH) },
  };
}

/**
 * What a policy document says of texts; what is usual is not said.
 * @param {Screening} screening
 */
function screenOf({ special, people, terms, phrases }) {
  return {
    ...(special !== "cut" && { special }),
    ...(people !== "cut" && { people }),
    ...(terms.length > 0 && { terms: terms.map(([term, category]) => ({ term, category })) }),
    ...(phrases.length > 0 && { allow: phrases }),
  };
}

/**
 * What a policy document says of texts.
 * @param {any} screen any JSON
 * @returns {Screening}
 */
function screeningOf(screen) {
  /** @param {unknown} value @returns {any[]} */
  const list = (value) => (Array.isArray(value) ? value : []);
  return {
    special: SPECIAL.includes(screen?.special) ? screen.special : "cut",
    people: PEOPLE.includes(screen?.people) ? screen.people : "cut",
    terms: list(screen?.terms).map((each) => [text(each?.term), text(each?.category)]),
    phrases: list(screen?.allow).map(text),
  };
}

/**
 * The answers that a policy document stands for, as far as the form has a place for them.
 * @param {any} policy any JSON
 * @returns {Answers}
 */
export function answersOf(policy) {
  /** @type {any[]} */
  const permit = Array.isArray(policy?.permit) ? policy.permit : [];
  const rule = permit.find((each) => each?.id === "professional");
  const email = permit.find((each) => each?.id === "email-with-assessment");
  return {
    company: text(policy?.controller?.name),
    contact: text(policy?.controller?.contact),
    purpose: text(policy?.purpose),
    basis: text(policy?.basis?.kind),
    assessment: text(policy?.basis?.assessment),
    fields: Array.isArray(rule?.fields) ? rule.fields.map(text) : FIELDS,
    email: email !== undefined,
    emailAssessment: text(email?.assessment),
    months: Number.isFinite(policy?.retention?.days) ? Math.round(policy.retention.days / DAYS_A_MONTH) : LONGEST,
    reason: text(policy?.retention?.reason),
    mode: MODES.includes(policy?.mode) ? policy.mode : "enforce",
    modes: Object.entries(policy?.modes ?? {}).filter(([, mode]) => MODES.includes(mode)),
    screening: screeningOf(policy?.screen),
  };
}

/**
 * Whether the form shows all that a document says. The sentences for people may differ: they do not decide anything.
 * @param {unknown} policy
 */
export function fitsForm(policy) {
  const again = documentOf(answersOf(policy), () => "");
  return canonical(policy) === canonical(again);
}

/**
 * One text for all documents that decide the same.
 * @param {unknown} policy
 * @returns {string}
 */
function canonical(policy) {
  return JSON.stringify(policy, (key, value) => {
    if (key === "says" || key === "$schema") return undefined;
    if (key === "mode" && value === "enforce") return undefined;
    if ((key === "special" || key === "people") && value === "cut") return undefined;
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** @param {unknown} value */
function text(value) {
  return typeof value === "string" ? value : "";
}
