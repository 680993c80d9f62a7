// Facts as the wasm reads them, and its answer as verdicts: numbers on the way, words at both ends. Nothing is decided here.
// A word that is in no list and a number that stands for nothing are errors, never an allow.

import { ScrupleError, unreadable } from "./errors.js";

/** @typedef {import("./types/facts.js").Facts} Facts */
/** @typedef {import("./types/facts.js").Standing} Standing */
/** @typedef {import("./types/report.js").Field} Field */
/** @typedef {import("./types/report.js").Mode} Mode */
/** @typedef {import("./types/report.js").Verdict} Verdict */
/** @typedef {import("./types/report.js").Reason} Reason */
/** @typedef {import("./types/report.js").Evidence} Evidence */
/** @typedef {import("./index.js").Summary} Summary */

/** What is missing where a clause of a rule cannot be evaluated. @type {Record<string, string>} */
const MISSING = {
  hosts: "the site is not known",
  channels: "the use of this capture names no channel",
  use: "no use is called so",
};

/** The numbers before the first field of a question, and of an answer. */
const HEAD = 4, TOLD = 2;

/** A host as the rules of a policy name it. An address in its place would be a site that no prohibition knows. */
const HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/;

/** A country (ISO 3166-1). */
const COUNTRY = /^[A-Z]{2}$/;

/** No rules, no errors. @type {never[]} */
const NONE = /** @type {never[]} */ (Object.freeze([]));

/** The lists of words of one engine, and what is made of them once instead of once a verdict. */
export class Words {
  /** @param {Summary} summary */
  constructor({ usable, words, rules }) {
    this.usable = usable;
    this.relation = numbers(words.relation);
    this.signal = bits(words.signal);
    this.code = numbers(words.code);
    this.field = numbers(words.field);
    this.state = bits(words.state);
    this.evidence = numbers(words.evidence);
    this.audience = numbers(words.audience);
    this.fields = words.field;
    this.audiences = words.audience;
    this.modes = words.mode;
    this.codes = words.code;
    this.kinds = words.evidence;
    this.clauses = words.clause;
    // Most verdicts have one rule, one reason, one piece of evidence. So each is kept as the list that they share.
    /** Rules by their number. */
    this.rules = rules.map(({ id }) => alone(id));
    /** Who set them, if it was an organisation. */
    this.owners = rules.map(({ locked }) => locked);
    /** Whether a code goes with an allow. */
    this.allows = words.code.map((code) => code.startsWith("allow."));
    /** Reasons by rule and code, each made when it is first told. @type {(Reason[] | undefined)[][]} */
    this.reasons = Array.from({ length: rules.length + 1 }, () => []);
    /** Evidence by kind and bound, likewise. @type {(Evidence[] | undefined)[]} */
    this.pieces = [];
    /** What facts are packed into: the same every time, as long as it is long enough. */
    this.packed = new Uint32Array(256);
  }
}

/** @param {readonly string[]} words @returns {Map<string, number>} */
const numbers = (words) => new Map(words.map((word, number) => [word, number]));

/** @param {readonly string[]} words @returns {Map<string, number>} */
const bits = (words) => new Map(words.map((word, number) => [word, (1 << number) >>> 0]));

/**
 * Packs facts.
 * @param {Words} words
 * @param {Facts} facts
 * @returns {number} how many numbers of `words.packed` they take
 * @throws {ScrupleError} `invalid_facts`
 */
export function pack(words, facts) {
  if (!isRecord(facts)) throw wrong("facts", "not an object");
  // Any other key is a slip of the pen, which could lose a restriction.
  for (const key in facts) {
    switch (key) {
      case "site": case "relation": case "signals": case "country": case "use": case "refusal": case "fields": break;
      default: throw wrong(path("facts", key), "not known");
    }
  }
  const { site, relation, signals, country, use, refusal, fields } = facts;
  if (!isNone(site) && !(typeof site === "string" && HOST.test(site))) throw wrong("site", "not the name of a host");
  if (!isNone(use) && typeof use !== "string") throw wrong("use", "not a text");
  if (!isRecord(fields)) throw wrong("fields", "not an object");
  let { packed } = words;
  packed[0] = one(words.relation, relation === undefined ? "unknown" : relation, "relation");
  packed[1] = signals === undefined ? 0 : mask(words.signal, signals, "signals");
  packed[2] = isNone(country) ? 0 : letters(country);
  packed[3] = isNone(refusal) ? 0 : one(words.code, refusal, "refusal") + 1;
  let end = HEAD;
  for (const field in fields) {
    const number = words.field.get(field);
    if (number === undefined) throw wrong(path("fields", field), "not in its list");
    /** @type {Partial<Standing> | undefined} */
    const asked = fields[/** @type {Field} */ (field)];
    if (!isRecord(asked)) throw wrong(path("fields", field), "not an object");
    for (const key in asked) if (key !== "evidence" && key !== "states") throw wrong(path(`fields.${field}`, key), "not known");
    const { evidence, states } = asked;
    if (!Array.isArray(evidence)) throw wrong(`fields.${field}.evidence`, "not a list");
    const { length } = evidence;
    if (packed.length < end + 3 + length) packed = grow(words, end + 3 + length);
    packed[end] = number;
    packed[end + 1] = states === undefined ? 0 : mask(words.state, states, "states", field);
    packed[end + 2] = length;
    end += 3;
    for (let nth = 0; nth < length; nth += 1) {
      const piece = evidence[nth];
      const kind = words.evidence.get(piece?.kind), bound = words.audience.get(piece?.bound);
      if (kind === undefined || bound === undefined) {
        throw wrong(`fields.${field}.evidence[${nth}].${kind === undefined ? "kind" : "bound"}`, "not in its list");
      }
      packed[end] = (kind << 8) | bound;
      end += 1;
    }
  }
  return end;
}

/**
 * The verdicts of a packed answer.
 * @param {Words} words as they were when the question was packed
 * @param {number} end how many numbers the question took
 * @param {Uint32Array} answer
 * @returns {{ usable: boolean, mode: Mode, verdicts: Verdict[] }}
 * @throws {ScrupleError} `guard_failed`, if the answer does not fit the question or itself
 */
export function unpack(words, end, answer) {
  const { packed } = words;
  const usable = answer[0] === 1;
  const mode = words.modes[answer[1]];
  if (answer[0] > 1 || mode === undefined) throw unreadable();
  const verdicts = [];
  let at = TOLD;
  for (let asked = HEAD; asked < end;) {
    const field = words.fields[packed[asked]];
    const evidence = evidenceOf(words, asked + 2);
    asked += 3 + evidence.length;

    // Past the end of the answer stands `undefined`, which none of the checks lets through.
    const decided = answer[at], would = answer[at + 1], audience = words.audiences[answer[at + 2]];
    const reasons = reasonsOf(words, answer, at += 3, decided);
    const rules = rulesOf(words, answer, at += 1 + 2 * answer[at]);
    const errors = errorsOf(words, answer, at += 1 + answer[at]);
    at += 1 + 2 * answer[at];

    if (!(decided <= 1 && would <= 2) || audience === undefined || reasons.length === 0) throw unreadable();
    // An allow under settings that cannot be used, or beside an error, is no answer at all.
    if (decided === 0 && (!usable || !words.usable || errors.length > 0 || would !== 0)) throw unreadable();
    const decision = decided === 0 ? "allow" : "deny";
    /** @type {Verdict} */
    const verdict = { field, decision, present: true, reasons, audience, evidence, rules, errors };
    if (would > 0) verdict.would = would === 1 ? "allow" : "deny";
    verdicts.push(verdict);
  }
  if (at !== answer.length) throw unreadable();
  return { usable, mode, verdicts };
}

/** The evidence as it was packed: its count, then each piece. @param {Words} words @param {number} at @returns {Evidence[]} */
function evidenceOf(words, at) {
  const { packed } = words, length = packed[at];
  if (length === 1) return pieceOf(words, packed[at + 1]);
  const evidence = new Array(length);
  for (let nth = 0; nth < length; nth += 1) evidence[nth] = pieceOf(words, packed[at + 1 + nth])[0];
  return evidence;
}

/** @param {Words} words @param {Uint32Array} answer @param {number} at @param {number} decided @returns {Reason[]} */
function reasonsOf(words, answer, at, decided) {
  const length = count(answer, at);
  if (length === 1) return reasonOf(words, answer[at + 1], answer[at + 2], decided);
  /** @type {Reason[]} */
  const reasons = [];
  for (let nth = 0; nth < length; nth += 1) {
    const reason = reasonOf(words, answer[at + 1 + 2 * nth], answer[at + 2 + 2 * nth], decided)[0];
    // Reasons stand in their order, so one that is told twice (of two signals, say) stands twice in a row.
    if (reasons[reasons.length - 1] !== reason) reasons.push(reason);
  }
  return reasons;
}

/** @param {Words} words @param {Uint32Array} answer @param {number} at @returns {string[]} */
function rulesOf(words, answer, at) {
  const length = count(answer, at);
  if (length === 0) return NONE;
  if (length === 1) return ruleOf(words, answer[at + 1]);
  const rules = new Array(length);
  for (let nth = 0; nth < length; nth += 1) rules[nth] = ruleOf(words, answer[at + 1 + nth])[0];
  return rules;
}

/** @param {Words} words @param {Uint32Array} answer @param {number} at @returns {NonNullable<Verdict["errors"]>} */
function errorsOf(words, answer, at) {
  const length = count(answer, at);
  if (length === 0) return NONE;
  const errors = [];
  for (let nth = 0; nth < length; nth += 1) {
    const [rule] = ruleOf(words, answer[at + 1 + 2 * nth]), clause = words.clauses[answer[at + 2 + 2 * nth]];
    if (clause === undefined) throw unreadable();
    errors.push({ rule, clause, what: MISSING[clause] ?? "" });
  }
  return errors;
}

/**
 * One reason, as a list.
 * @param {Words} words
 * @param {number} code
 * @param {number} rule its number and 1; 0 if there is none
 * @param {number} decided
 * @returns {Reason[]}
 */
function reasonOf(words, code, rule, decided) {
  // The code of an allow beside a denial, or the other way round, contradicts itself.
  if (words.allows[code] !== (decided === 0)) throw unreadable();
  const known = words.reasons[rule];
  if (known === undefined) throw unreadable();
  return known[code] ??= newReason(words, code, rule);
}

/** @param {Words} words @param {number} code @param {number} rule @returns {Reason[]} */
function newReason(words, code, rule) {
  /** @type {Reason} */
  const reason = { code: words.codes[code], rule: rule === 0 ? null : ruleOf(words, rule - 1)[0] };
  const locked = rule === 0 ? null : words.owners[rule - 1];
  if (locked !== null) reason.locked = locked;
  return alone(reason);
}

/** One piece of evidence, as a list. @param {Words} words @param {number} packed @returns {Evidence[]} */
function pieceOf(words, packed) {
  return words.pieces[packed] ??= alone({ kind: words.kinds[packed >> 8], bound: words.audiences[packed & 0xff] });
}

/** One rule, as a list. @param {Words} words @param {number} number @returns {string[]} */
function ruleOf(words, number) {
  const rule = words.rules[number];
  if (rule === undefined) throw unreadable();
  return rule;
}

/** A list of one thing, to be shared by all who have it. @template T @param {T} thing @returns {T[]} */
const alone = (thing) => /** @type {T[]} */ (Object.freeze([Object.freeze(thing)]));

/** How many things follow: no more than can stand in the answer. @param {Uint32Array} answer @param {number} at */
function count(answer, at) {
  const said = answer[at];
  if (!(said <= answer.length)) throw unreadable();
  return said;
}

/** @param {Words} words @param {number} length */
function grow(words, length) {
  const longer = new Uint32Array(2 * length);
  longer.set(words.packed);
  return words.packed = longer;
}

/** @param {Map<string, number>} list @param {unknown} word @param {string} where */
function one(list, word, where) {
  const number = list.get(/** @type {string} */ (word));
  if (number === undefined) throw wrong(where, "not in its list");
  return number;
}

/** @param {Map<string, number>} list @param {unknown} all @param {string} where @param {string} [field] */
function mask(list, all, where, field) {
  if (!Array.isArray(all)) throw wrong(inside(where, field), "not a list");
  let bits = 0;
  for (let nth = 0; nth < all.length; nth += 1) {
    const bit = list.get(all[nth]);
    if (bit === undefined) throw wrong(`${inside(where, field)}[${nth}]`, "not in its list");
    bits |= bit;
  }
  return bits;
}

/** @param {unknown} country */
function letters(country) {
  if (typeof country !== "string" || !COUNTRY.test(country)) throw wrong("country", "not two capital letters");
  return (country.charCodeAt(0) << 8) | country.charCodeAt(1);
}

/** @param {unknown} value @returns {value is null | undefined} */
const isNone = (value) => value === null || value === undefined;

/** @param {unknown} value @returns {value is object} */
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {string} where @param {string} [field] */
const inside = (where, field) => field === undefined ? where : `fields.${field}.${where}`;

/**
 * A place by a name that was given. It is repeated only if it looks like a name, for it might be a text of a page.
 * @param {string} where
 * @param {string} key
 */
const path = (where, key) => /^[A-Za-z_]{1,32}$/.test(key) ? `${where}.${key}` : `a key of ${where}`;

/** @param {string} where @param {string} what */
const wrong = (where, what) => new ScrupleError("invalid_facts", `${where}: ${what}`);
