// OpenID AuthZEN Authorization API 1.0 over a guard, for those whose systems already ask in that form.
//
// The subject is the operator, who wants to take something; the resource is a field of a profile page, with what is known of how
// it stands there; the action is to capture it. All that is decided is decided by the guard. What cannot be put to it is denied.

import { isScrupleError } from "../extension/guard/errors.js";

/** @typedef {import("../extension/guard/index.js").Guard} Guard */
/** @typedef {import("../extension/guard/index.js").Facts} Facts */
/** @typedef {import("../extension/guard/index.js").Verdict} Verdict */
/** @typedef {import("../extension/guard/index.js").Code} Code */

/**
 * Somebody or something, as AuthZEN has it.
 * @typedef {{ type: string, id: string, properties?: Record<string, unknown> }} Entity
 */

/** @typedef {{ name: string, properties?: Record<string, unknown> }} Action */

/**
 * A question. It is about a detail of a profile only with `resource` `{ type: "profile_field", id: <field>, properties: { site,
 * relation, signals, evidence, states, country? } }` and `action` `{ name: "capture", properties?: { use? } }`; all else is
 * answered with no. The properties are those of facts: see `Facts`.
 * @typedef {{ subject: Entity, action: Action, resource: Entity, context?: Record<string, unknown> }} EvaluationRequest
 */

/**
 * How several questions are answered: all of them, or up to the first denial, or up to the first permission.
 * @typedef {object} EvaluationsOptions
 * @property {"execute_all" | "deny_on_first_deny" | "permit_on_first_permit"} [evaluations_semantic]
 */

/**
 * Several questions. What stands beside `evaluations` holds for each question that does not say otherwise.
 * @typedef {Partial<EvaluationRequest> & { evaluations?: Partial<EvaluationRequest>[],
 *   options?: EvaluationsOptions & Record<string, unknown> }} EvaluationsRequest
 */

/**
 * What could not be answered, and why: a place in the question, or a clause of a rule.
 * @typedef {{ at: string, what: string } | { rule: string, clause: string, what: string }} EvaluationError
 */

/**
 * What led to a decision.
 * @typedef {object} DecisionContext
 * @property {Record<string, string>} reason_admin by reason code, for whoever is in charge: rules, audience, hash of the settings
 * @property {Record<string, string>} reason_user by reason code, for the person at the screen
 * @property {Code[]} codes the reason codes
 * @property {string[]} rules every rule that applies
 * @property {EvaluationError[]} errors what could not be answered; one is enough for a denial
 * @property {"allow" | "deny"} [would] the decision if the site were not only observed
 * @property {{ status: number, message: string }} [error] if the question is not one of AuthZEN: what a server answers to it
 */

/** @typedef {{ decision: boolean, context: DecisionContext }} EvaluationDecision */

/**
 * The sentences for people: a `messages.json` of `scruple/locales/`, or one like it.
 * @typedef {{ sentences?: Record<string, { message: string }> }} AuthzenOptions
 */

/** What each semantic stops after. @type {Map<unknown, boolean | null>} */
const STOPS_AFTER = new Map([["execute_all", null], ["deny_on_first_deny", false], ["permit_on_first_permit", true]]);

const ENTITIES = /** @type {const} */ (["subject", "action", "resource", "context"]);

/** What has to be said of a field. Whatever is left out could have spoken against it. */
const NEEDED = ["site", "relation", "signals", "evidence", "states"];

/** A question that is not one of AuthZEN at all. */
class Malformed extends Error {}

/** A question that the guard cannot answer. */
class Unanswerable extends Error {
  /** @param {string} at @param {string} what */
  constructor(at, what) {
    super(`${at}: ${what}`);
    this.error = { at, what };
  }
}

/**
 * Answers one question (Access Evaluation API). Never throws: whatever is wrong, the decision is no.
 * @param {Guard} guard
 * @param {EvaluationRequest} request
 * @param {AuthzenOptions} [options]
 * @returns {EvaluationDecision}
 */
export function evaluation(guard, request, { sentences } = {}) {
  try {
    return answered(judged(guard, factsOf(request)), sentences);
  } catch (error) {
    return refused(error, sentences);
  }
}

/**
 * Answers several questions (Access Evaluations API), or one if there are no `evaluations`. Never throws, and a question that
 * cannot be answered does not keep others from being.
 * @param {Guard} guard
 * @param {EvaluationsRequest} request
 * @param {AuthzenOptions} [options]
 * @returns {{ evaluations: EvaluationDecision[] } | EvaluationDecision}
 */
export function evaluations(guard, request, options = {}) {
  /** @type {EvaluationDecision[]} */
  const decisions = [];
  try {
    const questions = member(request, "evaluations");
    if (questions === undefined || (Array.isArray(questions) && questions.length === 0)) {
      return evaluation(guard, /** @type {EvaluationRequest} */ (request), options);
    }
    if (!Array.isArray(questions)) throw new Malformed("`evaluations` is not a list");
    const how = member(request, "options");
    if (how !== undefined && !isObject(how)) throw new Malformed("`options` is not an object");
    const semantic = member(how, "evaluations_semantic");
    const last = STOPS_AFTER.get(semantic === undefined ? "execute_all" : semantic);
    if (last === undefined) throw new Malformed("`options.evaluations_semantic` is not known");
    for (const question of questions) {
      const { decision, context } = evaluation(guard, whole(request, question), options);
      decisions.push({ decision, context });
      if (decision === last) break;
    }
  } catch (error) {
    return refused(error, options.sentences);
  }
  return { evaluations: decisions };
}

/** A question with what it does not say itself. @param {EvaluationsRequest} request @param {unknown} question @returns {any} */
function whole(request, question) {
  if (!isObject(question)) return question;
  return Object.fromEntries(ENTITIES.map((key) => [key, member(Object.hasOwn(question, key) ? question : request, key)]));
}

/**
 * What a question says, as facts.
 * @param {unknown} request
 * @returns {Facts}
 */
function factsOf(request) {
  if (!isObject(request)) throw new Malformed("the request is not an object");
  entity(request, "subject", "type", "id");
  const [name] = entity(request, "action", "name");
  const [type, field] = entity(request, "resource", "type", "id");
  const context = member(request, "context");
  if (context !== undefined && !isObject(context)) throw new Malformed("`context` is not an object");

  if (type !== "profile_field") throw new Unanswerable("resource.type", "not `profile_field`");
  if (name !== "capture") throw new Unanswerable("action.name", "not `capture`");
  const known = member(member(request, "resource"), "properties");
  for (const key of NEEDED) if (member(known, key) === undefined) throw new Unanswerable(`resource.properties.${key}`, "missing");
  const [site, relation, signals, evidence, states] = NEEDED.map((key) => member(known, key));
  const country = member(known, "country"), use = member(member(member(request, "action"), "properties"), "use");
  // The guard looks at every word of it.
  return /** @type {Facts} */ ({ site, relation, signals, country, use, fields: { [field]: { evidence, states } } });
}

/**
 * Checks a part of a question, and gives back its texts.
 * @param {object} request
 * @param {"subject" | "action" | "resource"} key
 * @param {string[]} texts
 */
function entity(request, key, ...texts) {
  const found = member(request, key);
  if (!isObject(found)) throw new Malformed(`\`${key}\` is missing or not an object`);
  const properties = member(found, "properties");
  if (properties !== undefined && !isObject(properties)) throw new Malformed(`\`${key}.properties\` is not an object`);
  return texts.map((text) => {
    const value = member(found, text);
    if (typeof value !== "string") throw new Malformed(`\`${key}.${text}\` is missing or not a text`);
    return value;
  });
}

/** @param {Guard} guard @param {Facts} facts */
function judged(guard, facts) {
  const { policy, verdicts } = guard.evaluate(facts);
  const [verdict] = verdicts;
  if (verdict === undefined || !Object.hasOwn(facts.fields, verdict.field)) throw new Unanswerable("resource.id", "not answered");
  return { policy, verdict };
}

/**
 * @param {{ policy: string, verdict: Verdict }} judged
 * @param {AuthzenOptions["sentences"]} sentences
 * @returns {EvaluationDecision}
 */
function answered({ policy, verdict }, sentences) {
  const { decision, reasons, audience, rules = [], errors = [], would } = verdict;
  const codes = [...new Set(reasons.map(({ code }) => code))];
  /** @type {DecisionContext} */
  const context = {
    reason_admin: Object.fromEntries(codes.map((code) => {
      const behind = reasons.flatMap(({ code: other, rule, locked }) => {
        if (other !== code || !rule) return [];
        return locked ? `rule ${rule} (set by ${locked})` : `rule ${rule}`;
      });
      return [code, [...behind, `audience ${audience}`, `settings ${policy}`].join("; ")];
    })),
    reason_user: Object.fromEntries(codes.map((code) => [code, sentence(code, sentences)])),
    codes,
    rules,
    errors,
  };
  if (would) context.would = would;
  return { decision: decision === "allow", context };
}

/** @param {unknown} problem @param {AuthzenOptions["sentences"]} sentences @returns {EvaluationDecision} */
function refused(problem, sentences) {
  const error = errorOf(problem);
  /** @type {Code} */
  const code = "deny.guard.error";
  /** @type {DecisionContext} */
  const context = {
    reason_admin: { [code]: `${error.at}: ${error.what}` },
    reason_user: { [code]: sentence(code, sentences) },
    codes: [code],
    rules: [],
    errors: [error],
  };
  if (problem instanceof Malformed) context.error = { status: 400, message: problem.message };
  return { decision: false, context };
}

/** @param {unknown} problem @returns {{ at: string, what: string }} */
function errorOf(problem) {
  if (problem instanceof Malformed) return { at: "request", what: problem.message };
  if (problem instanceof Unanswerable) return problem.error;
  if (!isScrupleError(problem)) return { at: "guard", what: "guard_failed" };
  const { code, detail } = problem;
  if (code !== "invalid_facts") return { at: "guard", what: code };
  // Told in the words of the question: `fields.email.states[0]` is `resource.properties.states[0]` there.
  const [, place = "", what = ""] = /^([^:]*): (.*)$/.exec(detail) ?? [];
  const inField = /^fields\.\w+\.(.+)$/.exec(place)?.[1];
  if (inField) return { at: `resource.properties.${inField}`, what };
  if (/fields/.test(place)) return { at: "resource.id", what };
  return { at: place === "use" ? "action.properties.use" : `resource.properties.${place}`, what };
}

/** @param {string} code @param {AuthzenOptions["sentences"]} sentences */
function sentence(code, sentences) {
  const said = sentences?.[`reason_${code.replaceAll(".", "_")}`]?.message;
  return said ?? (code.startsWith("allow.") ? "This detail may be taken." : "This detail may not be taken.");
}

/** @param {unknown} value @returns {value is object} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** What something itself has under a name. @param {unknown} from @param {string} key @returns {unknown} */
const member = (from, key) =>
  isObject(from) && Object.hasOwn(from, key) ? /** @type {Record<string, unknown>} */ (from)[key] : undefined;
