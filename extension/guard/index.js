// The guard as JavaScript has it: for the worker of this extension, and packed for the extensions of others.
// It hands over and hands back; everything that is decided is decided in the wasm.

import { Engine, checkPolicy as check, exportLog, newestEntries } from "./wasm/scruple.js";
import { ScrupleError, isScrupleError } from "./errors.js";
import { Words, pack, unpack } from "./facts.js";
import { builtIn, call, current, start, told, wait } from "./instance.js";
import { signer } from "./key.js";
import { redraw } from "./picture.js";
import { card, forget, keeping, tend } from "./vault.js";

export { ScrupleError, isScrupleError };

/** @typedef {import("./types/report.js").Report} Report */
/** @typedef {import("./types/report.js").Page} Page */
/** @typedef {import("./types/report.js").Verdict} Verdict */
/** @typedef {import("./types/report.js").Reason} Reason */
/** @typedef {import("./types/report.js").RuleError} RuleError */
/** @typedef {import("./types/report.js").Evidence} Evidence */
/** @typedef {import("./types/report.js").Card} Card */
/** @typedef {import("./types/report.js").Kept} Kept */
/** @typedef {import("./types/report.js").Entry} Entry */
/** @typedef {import("./types/report.js").LogPosition} LogPosition */
/** @typedef {import("./types/report.js").Field} Field */
/** @typedef {import("./types/report.js").Decision} Decision */
/** @typedef {import("./types/report.js").Audience} Audience */
/** @typedef {import("./types/report.js").EvidenceKind} EvidenceKind */
/** @typedef {import("./types/report.js").Code} Code */
/** @typedef {import("./types/report.js").Relation} Relation */
/** @typedef {import("./types/report.js").Signal} Signal */
/** @typedef {import("./types/report.js").State} State */
/** @typedef {import("./types/report.js").PageKind} PageKind */
/** @typedef {import("./types/report.js").Mode} Mode */
/** @typedef {import("./types/report.js").Purpose} Purpose */
/** @typedef {import("./types/report.js").LegalBasis} LegalBasis */
/** @typedef {import("./types/policy.js").Policy} Policy */
/** @typedef {import("./types/policy.js").Rule} Rule */
/** @typedef {import("./types/policy.js").Channel} Channel */
/** @typedef {import("./types/facts.js").Facts} Facts */
/** @typedef {import("./types/facts.js").Standing} Standing */
/** @typedef {import("./errors.js").ErrorCode} ErrorCode */
/** @typedef {import("./errors.js").DocumentProblem} DocumentProblem */
/** @typedef {import("./page.js").Ask} Ask */

/**
 * What went wrong beside the verdicts: a reason code, and where it is known what exactly.
 * @typedef {{ code: Code, detail: string | null }} Problem
 */

/**
 * Where the wasm comes from: an address, its bytes, or a module that was compiled before.
 * @typedef {import("./instance.js").WasmSource} WasmSource
 */

/**
 * What a guard is made of. A document is best given as the very text it is kept as, since the text is what its hash is made of;
 * an object is written as JSON first.
 * @typedef {object} GuardOptions
 * @property {string | Policy | null} [policy] what may be taken; without one, nothing
 * @property {string | Policy | Record<string, unknown> | null} [managed] what the organisation set (`chrome.storage.managed`)
 * @property {string | null} [marks] what the user marked as restricted, as `mark` gave it
 * @property {readonly (string | object)[]} [adapters] what is known of further sites. Where one names a host that a built-in one
 *   names too, it comes first
 * @property {WasmSource} [wasm] where the wasm comes from; without it, the file beside the guard. The first that starts serves
 *   all guards of this worker
 */

/**
 * A page that may be looked at: what it will be asked, and what `inspect` needs.
 * @typedef {{ kind: "planned", plan: string, planned: string }} Planned
 */

/**
 * Nothing may be taken. The report says why, field by field, and the log has it where the page was looked at. An `inspection` is
 * there if the page answered: it can be judged again under other settings.
 * @typedef {{ kind: "refused", report: Report, inspection: string | null, problem: Problem | null }} Refused
 */

/**
 * Something may be taken. `inspection` is for `capture`; it holds evidence and no value, and may be kept while the page stays.
 * @typedef {{ kind: "judged", report: Report, inspection: string, problem: Problem | null }} Judged
 */

/**
 * Something was taken: `report.card` has it, and the log has its entry.
 * @typedef {{ kind: "captured", report: Report & { card: Card }, problem: Problem | null }} Captured
 */

/**
 * Verdicts on facts, one for each field that was asked about, in that order.
 * @typedef {object} Evaluated
 * @property {"evaluated"} kind
 * @property {string} policy the hash of the settings in force
 * @property {boolean} usable whether there are settings that can be used; without them, everything is denied
 * @property {Mode} mode how the guard works on that site
 * @property {Verdict[]} verdicts to be read and not changed: what verdicts have in common, lists included, is shared and frozen
 */

/**
 * What is wrong with a policy; nothing, if it is valid. `hash` is what reports and log entries name where it is all there
 * is; what an organisation sets comes into the hash as well.
 * @typedef {{ kind: "valid" | "invalid", hash: string, problems: DocumentProblem[] }} CheckedPolicy
 */

/**
 * What is in force, and every word that documents can hold.
 * @typedef {object} Summary
 * @property {string} policy the hash of the settings in force: what reports and log entries name
 * @property {string | null} organisation who set the managed settings
 * @property {boolean} usable whether anything can be allowed at all
 * @property {DocumentProblem[]} local why the policy cannot be used
 * @property {DocumentProblem[]} managed why the managed settings cannot be used
 * @property {Use[]} uses what a capture can be for; the first is the main use
 * @property {{ id: string, locked: string | null }[]} rules every rule, with the organisation it comes from
 * @property {WordLists} words
 */

/**
 * What a capture can be for.
 * @typedef {{ id: string, purpose: Purpose | null, basis: LegalBasis | null, channel: Channel | null }} Use
 */

/**
 * The closed lists of words.
 * @typedef {object} WordLists
 * @property {Field[]} field
 * @property {Audience[]} audience
 * @property {EvidenceKind[]} evidence
 * @property {Relation[]} relation
 * @property {Signal[]} signal
 * @property {State[]} state
 * @property {Code[]} code
 * @property {Mode[]} mode
 * @property {Decision[]} decision
 * @property {RuleError["clause"][]} clause
 */

/**
 * A change to what the user marked as restricted: a field on every site, a field on the site of a page, the person of a page.
 * Who is marked is kept as keyed hashes, so people can only be taken back one by one, each by their page, or all at once.
 * @typedef {{ do: "add" | "remove", what: "everywhere", field: Field }
 *   | { do: "add" | "remove", what: "site", field: Field, url: string }
 *   | { do: "add" | "remove", what: "person", url: string }
 *   | { do: "remove", what: "people" }} MarkChange
 */

/**
 * What a guard was made of, as texts.
 * @typedef {[policy: string | undefined, managed: string | undefined, marks: string | undefined, adapters: string[], words: string[]]} Made
 */

/** Only `createGuard` makes guards: what one is made of is checked first. @type {(made: Made) => Guard} */
let make;

/**
 * Makes a guard: reads the documents once, and judges by them from then on. A guard lives as long as it is referred to; there is
 * nothing to be closed. It goes on working after the wasm broke and was started again.
 *
 * Documents that cannot be used are no error: such a guard denies everything, and its `summary()` says why.
 * @param {GuardOptions} [options]
 * @returns {Promise<Guard>}
 * @throws {ScrupleError} `wasm_unavailable`, `adapter_invalid`, `invalid_argument`, `guard_failed`
 */
export async function createGuard({ policy, managed, marks, adapters, wasm } = {}) {
  const local = optional(policy, "policy"), above = optional(managed, "managed"), held = optionalText(marks, "marks");
  return make([local, above, held, ...await started(wasm, adapters)]);
}

/**
 * Starts the wasm, and gives back what is known of sites, where what comes first counts, and of words.
 * @param {WasmSource | undefined} wasm
 * @param {GuardOptions["adapters"]} [adapters]
 * @returns {Promise<[adapters: string[], words: string[]]>}
 */
async function started(wasm, adapters = []) {
  if (!Array.isArray(adapters)) throw unfit("adapters", "a list");
  const own = adapters.map((one) => document(one, "adapters")), from = source(wasm);
  const [known] = await Promise.all([builtIn(), start(from)]);
  return [[...own, ...known.adapters], known.words];
}

/** @param {Made} made @returns {Engine} */
function newEngine(made) {
  // Of all that an engine is made of, only a broken adapter is an error.
  return call(() => new Engine(...made), "adapter_invalid");
}

/**
 * Judges what may be taken from profile pages. Made by `createGuard`.
 *
 * One capture goes `plan`, `inspect`, `capture`: the address, then the page without its values, then what was allowed. Every
 * answer says by its `kind` how it came out.
 */
export class Guard {
  /** @type {Made} */
  #made;
  /** Which instance the engine belongs to. */
  #serial = -1;
  /** @type {Engine | null} */
  #engine = null;
  /** @type {Words | null} */
  #words = null;
  /** @type {string} */
  #policy = "";

  /**
   * The log of this browser: what was taken, what was refused, and why. It holds no value and no address.
   * @readonly
   */
  log = Object.freeze({
    /**
     * The newest entries, newest first, each as the JSON text its hash is made of.
     * @param {number} count
     * @returns {Promise<string[]>}
     */
    newest: async (count) => {
      if (!isCount(count)) throw unfit("count", "a whole number");
      return wait(() => newestEntries(count));
    },
    /**
     * The whole log as it is handed to whoever checks it, signed by the key of this browser: a text in parts, since a log of years is long. If
     * another key signed before, the log says so first.
     * @param {{ anew?: boolean }} [options] `anew`: signed with another key from now on
     * @returns {Promise<string[]>} to be put together as they are, as in `new Blob(parts)`
     */
    export: async ({ anew = false } = {}) => {
      const { key, before, sign } = await wait(() => signer({ anew }));
      const log = await wait(() => exportLog(key, before, sign));
      const parts = [];
      try {
        for (let part = await wait(() => log.page()); part !== ""; part = await wait(() => log.page())) parts.push(part);
        parts.push(call(() => log.end()));
      } finally {
        log.free();
      }
      return parts;
    },
  });

  /** @private @param {Made} made */
  constructor(made) {
    this.#made = made;
    // What is wrong with an adapter is told now, not by the first call.
    this.#ready();
  }

  static {
    make = (made) => new Guard(made);
  }

  /** The engine, made anew if the wasm was. */
  #ready() {
    const serial = current();
    if (this.#engine !== null && this.#serial === serial) return this.#engine;
    const engine = newEngine(this.#made);
    /** @type {Summary} */
    const summary = parsed(call(() => engine.summary()));
    this.#words = new Words(summary);
    this.#policy = summary.policy;
    this.#serial = serial;
    return this.#engine = engine;
  }

  /**
   * What is in force, and every word that documents can hold.
   * @returns {Summary}
   */
  summary() {
    const engine = this.#ready();
    return parsed(call(() => engine.summary()));
  }

  /**
   * Says whether the page at an address may be looked at. Nothing is asked of the page for it.
   * @param {string} url
   * @param {{ use?: string | null, country?: string | null, person?: number | null }} [options] `use`: what the details are for, by its
   *   id in the policy; the main use if nothing is said. `country`: where the person lives, if that is known (two capital letters, ISO
   *   3166-1). `person`: which of several people on the page is meant, counted from 0 among those that `page.people` of a report names
   * @returns {Planned | Refused}
   */
  plan(url, { use, country, person } = {}) {
    if (typeof url !== "string") throw unfit("url", "a text");
    const which = person ?? undefined;
    if (which !== undefined && !isCount(which)) throw unfit("person", "a whole number");
    const engine = this.#ready();
    const answer = parsed(call(() => engine.plan(url, optionalText(use, "use"), optionalText(country, "country"), which)));
    switch (answer.kind) {
      case "planned":
        if (!answer.plan || !answer.planned) throw unreadable();
        return { kind: "planned", plan: JSON.stringify(answer.plan), planned: JSON.stringify(answer.planned) };
      case "refused":
        return refused(answer);
      default:
        throw unreadable();
    }
  }

  /**
   * Judges facts: what is known of a page, put together by whoever calls. Verdicts on the fields asked about; nothing is logged.
   * @overload
   * @param {Facts} what
   * @returns {Evaluated}
   * @throws {ScrupleError} `invalid_facts`, if they hold anything that is in no list
   */
  /**
   * Judges a kept inspection again, by what this guard was made of. The page is not needed.
   * @overload
   * @param {string} what
   * @returns {Judged | Refused}
   * @throws {ScrupleError} `not_an_inspection`
   */
  /**
   * @param {Facts | string} what
   * @returns {Evaluated | Judged | Refused}
   */
  evaluate(what) {
    const engine = this.#ready();
    if (typeof what === "string") return judged(parsed(call(() => engine.evaluate(what))));
    const words = /** @type {Words} */ (this.#words);
    const end = pack(words, what);
    const { site, use } = what;
    let answer;
    try {
      answer = engine.evaluateFacts(site ?? undefined, use ?? undefined, words.packed.subarray(0, end));
    } catch (error) {
      throw told(error);
    }
    const { usable, mode, verdicts } = unpack(words, end, answer);
    return { kind: "evaluated", policy: this.#policy, usable, mode, verdicts };
  }

  /**
   * Looks at a page, without its values, and judges it. If nothing may be taken, the log has an entry that says so.
   *
   * A page that is silent, lies or changes is a denial with its reason, not an error.
   * @param {Planned | string} planned
   * @param {Ask} ask puts a message to `scrupleProbe.inspect` in the page
   * @returns {Promise<Judged | Refused>}
   */
  async inspect(planned, ask) {
    const text = typeof planned === "string" ? planned : planned?.planned;
    if (typeof text !== "string") throw unfit("planned", "what `plan` gave");
    if (typeof ask !== "function") throw unfit("ask", "a function");
    const engine = this.#ready();
    return judged(parsed(await wait(() => engine.inspect(text, async (/** @type {string} */ message) => ask(message)))));
  }

  /**
   * Reads what an inspection allows, and nothing else, and keeps it together with its log entry. The only way to a value.
   *
   * The page is looked at again first; what is no longer as it was inspected is not read. A picture is drawn again before it is kept, so that
   * nothing is left of it but its pixels; where nothing can be drawn (in Node, for one) there is no picture.
   * @param {string} inspection as `inspect` gave it
   * @param {Ask} ask puts a message to `scrupleProbe.read` in the page
   * @returns {Promise<Captured | Refused>}
   * @throws {ScrupleError} `not_an_inspection`
   */
  async capture(inspection, ask) {
    if (typeof inspection !== "string") throw unfit("inspection", "what `inspect` gave");
    if (typeof ask !== "function") throw unfit("ask", "a function");
    const engine = this.#ready();
    const { seal, end } = keeping();
    /** @type {Answer & { released?: string[] }} */
    let answer;
    try {
      answer = parsed(await wait(() => engine.capture(inspection, async (/** @type {string} */ message) => ask(message), redraw, seal)));
    } catch (error) {
      await end(null, []);
      throw error;
    }
    await end(answer.kind === "captured", answer.released ?? []);
    if (answer.kind === "refused") return refused(answer);
    const { card: kept, ...rest } = report(answer);
    if (answer.kind !== "captured" || !kept) throw unreadable();
    return { kind: "captured", report: { ...rest, card: kept }, problem: answer.problem ?? null };
  }

  /**
   * The cards of this browser. What is in them is sealed, and can be read only as long as their time is not over.
   * @readonly
   */
  vault = Object.freeze({
    /**
     * The card of a page.
     * @param {string} url
     * @returns {Promise<Card | null>} null: there is none, or its time is over
     */
    card: (url) => card(text(url, "url")),
    /**
     * Erases the card of a page, and notes in the log that it was erased, not whose it was.
     * @param {string} url
     * @param {{ requested?: boolean }} [options] `requested`: because the person asked for it
     * @returns {Promise<boolean>} whether there was one
     */
    erase: (url, { requested = false } = {}) => forget(text(url, "url"), requested === true),
  });

  /**
   * Deletes every card whose time is over. To be called now and then; a card whose time is over is never handed out anyway.
   * @returns {Promise<number>} how many there were
   */
  purge() {
    return tend();
  }
}

/**
 * Checks a policy document, as it is written or as it would be kept.
 * @param {string} text
 * @param {{ wasm?: WasmSource }} [options]
 * @returns {Promise<CheckedPolicy>}
 */
export async function checkPolicy(text, { wasm } = {}) {
  if (typeof text !== "string") throw unfit("text", "a text");
  await start(source(wasm));
  const problems = parsed(call(() => check(text)));
  if (!Array.isArray(problems)) throw unreadable();
  const { policy } = parsed(call(() => newEngine([text, undefined, undefined, [], []]).summary()));
  return { kind: problems.length === 0 ? "valid" : "invalid", hash: policy, problems };
}

/**
 * Changes what the user marked as restricted. What is marked is denied, whatever a policy says.
 * @param {string | null | undefined} marks as they were kept; nothing if there are none yet
 * @param {MarkChange} what
 * @param {Pick<GuardOptions, "adapters" | "wasm">} [options] as for `createGuard`
 * @returns {Promise<string>} the marks to be kept from now on, for `createGuard`
 * @throws {ScrupleError} `invalid_marks`
 */
export async function mark(marks, what, { adapters, wasm } = {}) {
  const before = optionalText(marks, "marks"), change = document(what, "what");
  const engine = newEngine([undefined, undefined, before, ...await started(wasm, adapters)]);
  return call(() => engine.mark(change), "invalid_marks");
}

/** The answer of the wasm. @param {string} text @returns {any} */
function parsed(text) {
  try {
    const answer = JSON.parse(text);
    if (typeof answer === "object" && answer !== null) return answer;
  } catch {
    // What an engine says of a text can quote it.
  }
  throw unreadable();
}

/** @param {{ report?: Report }} answer @returns {Report} */
function report({ report }) {
  if (!report?.page || !Array.isArray(report.verdicts) || !report.verdicts.every(isDecided)) throw unreadable();
  return report;
}

/** @param {Verdict} verdict */
const isDecided = ({ decision }) => decision === "allow" || decision === "deny";

/**
 * @typedef {{ kind?: string, report?: Report, inspection?: string | null, problem?: Problem | null }} Answer
 * @param {Answer} answer
 * @returns {Judged | Refused}
 */
function judged(answer) {
  const { kind, inspection, problem = null } = answer;
  if (kind === "refused") return refused(answer);
  if (kind !== "judged" || typeof inspection !== "string") throw unreadable();
  return { kind, report: report(answer), inspection, problem };
}

/** @param {Answer} answer @returns {Refused} */
function refused(answer) {
  const { inspection = null, problem = null } = answer;
  return { kind: "refused", report: report(answer), inspection, problem };
}

/** @param {unknown} value @param {string} name @returns {string | undefined} */
const optional = (value, name) => value === undefined || value === null ? undefined : document(value, name);

/** What the wasm takes as a number. @param {unknown} value @returns {value is number} */
const isCount = (value) => typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;

/** A document as a text. @param {unknown} value @param {string} name @returns {string} */
function document(value, name) {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null) {
    try {
      return JSON.stringify(value);
    } catch {
      // Told below, like anything else that is not a document.
    }
  }
  throw unfit(name, "JSON, as a text or an object");
}

/** @param {unknown} value @param {string} name @returns {string | undefined} */
function optionalText(value, name) {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw unfit(name, "a text");
  return value;
}

/** @param {unknown} value @param {string} name @returns {string} */
function text(value, name) {
  if (typeof value !== "string") throw unfit(name, "a text");
  return value;
}

/** @param {unknown} wasm @returns {WasmSource | undefined} */
function source(wasm) {
  if (wasm === undefined || wasm instanceof URL || wasm instanceof ArrayBuffer || ArrayBuffer.isView(wasm)) return wasm;
  if (typeof WebAssembly === "object" && wasm instanceof WebAssembly.Module) return wasm;
  throw unfit("wasm", "an address (URL), bytes or a module");
}

/** @param {string} name @param {string} what */
const unfit = (name, what) => new ScrupleError("invalid_argument", `\`${name}\` is not ${what}`);

const unreadable = () => new ScrupleError("guard_failed", "the answer of the guard cannot be read");
