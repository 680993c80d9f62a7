// The guard as JavaScript has it: for the worker of this extension, and packed for the extensions of others.
// It hands over and hands back; everything that is decided is decided in the wasm.

import { entries, exportLog, problemOfAdapter, problemsOf, qrCode as qr } from "./wasm/desk.js";
import { Engine, newestEntries } from "./wasm/scruple.js";
import { cardQuery, document, isCount, optional, optionalText, source, text } from "./arguments.js";
import { ScrupleError, isScrupleError, unfit, unreadable } from "./errors.js";
import { discard, isHalf, restore, save } from "./backup.js";
import { Words, pack, unpack } from "./facts.js";
import { builtIn, desk, guard } from "./instance.js";
import { signer } from "./key.js";
import { redraw } from "./picture.js";
import { list, search } from "./shelf.js";
import { card, contact, eraseReviewed, forget, keepWithout, keeping, look, lookup, tend } from "./vault.js";

export { ScrupleError, isScrupleError };

const { call, current, start, told, wait } = guard;

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
 * @property {WasmSource} [desk] where the second wasm comes from: what people do with the log needs it, and it is started at first use. Without it, the
 *   file beside the guard
 */

/**
 * A log that is handed out, signed as it stood.
 * @typedef {object} SignedLog
 * @property {number} size how many entries it has
 * @property {string} checkpoint what was signed: the number of entries and the hash over all of them, as a signed note (c2sp.org/tlog-checkpoint).
 *   Kept elsewhere, it shows whether anything before it was changed later
 * @property {AsyncGenerator<string, void>} parts its text, to be put together as it is (`.scruplelog`). It can be read once; no part is long, whatever the
 *   log is, so whoever writes them away as they come needs little memory
 */

/**
 * What cards are looked for: all of it has to hold.
 * @typedef {object} CardQuery
 * @property {string} [text] words, each of which begins a word of the name, headline, job title, employer or place, whatever its accents and capitals
 * @property {string} [site] a host, or one above it: `example.com` also finds `www.example.com`
 * @property {number} [expiresBefore] to be gone before then, in milliseconds since 1970
 * @property {number} [capturedSince] read on that day or later, in milliseconds since 1970
 * @property {boolean} [flagged] some of it was restricted since, and somebody has to look at it
 * @property {number | null} [cursor] where the page before ended
 */

/**
 * A card with what is known of it since: the fields that were restricted on the page after they were captured.
 * @typedef {Card & { review: Field[] }} FoundCard
 */

/**
 * Cards, newest first, at most 50. `cursor` is for the next page, null: there is none. `unreadable`: so many more are kept and cannot be opened, because their
 * keys are lost or they were damaged.
 * @typedef {{ cards: FoundCard[], unreadable: number, cursor: number | null }} CardPage
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
 * @property {number | null} days how long anything is kept, where the settings can be used
 * @property {("local" | "managed")[]} unusable which of the two documents cannot be used; `problems()` says why
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

/** Only `createGuard` makes guards: what one is made of is checked first. @type {(made: Made, desk: WasmSource | undefined) => Guard} */
let make;

/**
 * Makes a guard: reads the documents once, and judges by them from then on. A guard lives as long as it is referred to; there is
 * nothing to be closed. It goes on working after the wasm broke and was started again.
 *
 * Documents that cannot be used are no error: such a guard denies everything, and its `problems()` say why.
 * @param {GuardOptions} [options]
 * @returns {Promise<Guard>}
 * @throws {ScrupleError} `wasm_unavailable`, `adapter_invalid`, `invalid_argument`, `guard_failed`
 */
export async function createGuard({ policy, managed, marks, adapters, wasm, desk: from } = {}) {
  const local = optional(policy, "policy"), above = optional(managed, "managed"), held = optionalText(marks, "marks");
  const at = source(from, "desk");
  const made = /** @type {Made} */ ([local, above, held, ...await started(wasm, adapters)]);
  try {
    return make(made, at);
  } catch (error) {
    if (!isScrupleError(error) || error.code !== "adapter_invalid") throw error;
    // The guard only knows that it cannot use one. Which, and why, is told at the desk.
    await desk.start(at);
    const problem = made[3].map((adapter) => desk.call(() => problemOfAdapter(adapter))).find((problem) => problem !== undefined);
    throw problem === undefined ? error : new ScrupleError("adapter_invalid", problem);
  }
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
  /** Where the desk comes from. @type {WasmSource | undefined} */
  #desk;
  /** Which instance the engine belongs to. */
  #serial = -1;
  /** @type {Engine | null} */
  #engine = null;
  /** @type {Words | null} */
  #words = null;
  /** @type {string} */
  #policy = "";
  /** How long anything is kept, in days, where the settings can be used. @type {number | undefined} */
  #days;

  /**
   * The log of this browser: what was taken, what was refused, and why. It holds no value and no address.
   * @readonly
   */
  log = Object.freeze({
    /**
     * The newest entries, newest first, each as the JSON text its hash is made of.
     * @param {number} count
     * @param {{ before?: number }} [options] `before`: the newest of those with a lower index than this
     * @returns {Promise<string[]>}
     */
    newest: async (count, { before } = {}) => {
      if (!isCount(count)) throw unfit("count", "a whole number");
      if (before === undefined) return wait(() => newestEntries(count));
      if (!isCount(before)) throw unfit("before", "a whole number");
      await desk.start(this.#desk);
      const from = Math.max(before - count, 0);
      return (await desk.wait(() => entries(from, before - from))).reverse();
    },
    /**
     * The whole log as it is handed to whoever checks it, signed by the key of this browser. If another key signed before, the log says so first.
     * @param {{ anew?: boolean }} [options] `anew`: signed with another key from now on
     * @returns {Promise<SignedLog>}
     */
    export: async ({ anew = false } = {}) => {
      const log = await this.#signed(anew);
      const [size, checkpoint] = desk.call(() => [log.size, log.checkpoint]);
      return { size, checkpoint, parts: partsOf(log) };
    },
    /**
     * The checkpoint alone: what shows later that the log as it stands now was not changed, if it is kept elsewhere.
     * @returns {Promise<Pick<SignedLog, "size" | "checkpoint">>}
     */
    checkpoint: async () => {
      const log = await this.#signed(false);
      const [size, checkpoint] = desk.call(() => [log.size, log.checkpoint]);
      log.free();
      return { size, checkpoint };
    },
  });

  /** The log as it stands, signed. @param {boolean} anew */
  async #signed(anew) {
    await desk.start(this.#desk);
    const { key, before, sign } = await desk.wait(() => signer({ anew }));
    return desk.wait(() => exportLog(key, before, sign));
  }

  /** @private @param {Made} made @param {WasmSource | undefined} desk */
  constructor(made, desk) {
    this.#made = made;
    this.#desk = desk;
    // What is wrong with an adapter is told now, not by the first call.
    this.#ready();
  }

  static {
    make = (made, desk) => new Guard(made, desk);
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
    this.#days = summary.days ?? undefined;
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
   * What is wrong with the documents this guard was made of: with each, in the order of its text. Nothing, where all can be used.
   * @returns {Promise<{ local: DocumentProblem[], managed: DocumentProblem[] }>}
   */
  async problems() {
    await desk.start(this.#desk);
    const [local, managed] = this.#made;
    return desk.call(() => problemsOf(local, managed));
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
    return judged(parsed(await wait(() => engine.inspect(text, async (/** @type {string} */ message) => ask(message), look))));
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
    /** @type {Answer} */
    const answer = await keeping(async (seal) => parsed(await engine.capture(inspection, async (/** @type {string} */ message) => ask(message), lookup(this.#days), redraw, seal)));
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
     * The card of a page. `review` names the fields that its owner restricted after it was captured: until somebody decided what becomes of them
     * (`review` below), the page is not captured again.
     * @param {string} url
     * @returns {Promise<Card & { review: Field[] } | null>} null: there is none, or its time is over
     */
    card: (url) => {
      this.#ready();
      return card(text(url, "url"), this.#days);
    },
    /**
     * Notes that the person got in touch, so that their card is kept from that day on as long as the settings allow. Only what comes from them and was
     * meant counts: not that an e-mail was opened.
     * @param {string} url
     * @param {"replied" | "wrote" | "clicked" | "called" | "met"} how
     * @param {{ at?: Date }} [options] `at`: when it was, if not now; not before the first capture
     * @returns {Promise<string | null>} until when it is kept (RFC 3339); null: there is no card of them, or its time is over
     */
    contacted: async (url, how, { at = new Date() } = {}) => {
      if (!CONTACTS.includes(how)) throw unfit("how", `one of ${CONTACTS.join(", ")}`);
      if (!(at instanceof Date) || !(at.getTime() >= 0)) throw unfit("at", "a date");
      this.#ready();
      await desk.start(this.#desk);
      return contact(text(url, "url"), how, at, this.#days);
    },
    /**
     * Decides about a card of which the owner restricted something after it was captured: `erase` erases it, `keep_without` keeps the rest and drops
     * those values for good. The page can be captured again then, if it still allows anything.
     * @param {string} url
     * @param {"erase" | "keep_without"} decision
     * @returns {Promise<boolean>} whether there was anything to decide
     */
    review: async (url, decision) => {
      text(url, "url");
      this.#ready();
      if (decision === "keep_without") {
        await desk.start(this.#desk);
        return keepWithout(url, this.#days);
      }
      if (decision !== "erase") throw unfit("decision", "`erase` or `keep_without`");
      return eraseReviewed(url, this.#days);
    },
    /**
     * Erases the card of a page, and notes in the log that it was erased, not whose it was.
     * @param {string} url
     * @param {{ requested?: boolean }} [options] `requested`: because the person asked for it
     * @returns {Promise<boolean>} whether there was one
     */
    erase: (url, { requested = false } = {}) => forget(text(url, "url"), requested === true),
    /**
     * The newest cards.
     * @param {{ before?: number | null }} [options] `before`: the cursor of the page before
     * @returns {Promise<CardPage>}
     */
    list: async ({ before = null } = {}) => {
      if (before !== null && !Number.isSafeInteger(before)) throw unfit("before", "a cursor");
      await desk.start(this.#desk);
      this.#ready();
      return list(before, this.#days);
    },
    /**
     * The newest cards that are looked for. What is searched is made ready first, which takes time after many captures; then it lies in memory for as long
     * as the page or worker lives.
     * @param {CardQuery} query
     * @param {{ progress?: (done: number) => void }} [options] `progress` is told how far that is, from 0 to 1
     * @returns {Promise<CardPage>}
     */
    search: async (query, { progress = () => {} } = {}) => {
      const asked = cardQuery(query);
      await desk.start(this.#desk);
      this.#ready();
      return search(asked, this.#days, progress);
    },
  });

  /**
   * The whole state for a new machine, sealed with a passphrase: the log with the settings it names, and the cards. What signs the log stays where it is; a new
   * machine signs with a key of its own, and the log says so.
   * @readonly
   */
  backup = Object.freeze({
    /**
     * @param {string} passphrase at least 12 characters
     * @param {{ more?: string, progress?: (done: number) => void }} [options] `more`: what else belongs to it, as a text that `restore` gives back: the
     *   policy and the marks, for instance, which the guard does not keep. `progress` is told how far it is, from 0 to 1
     * @returns {AsyncGenerator<Uint8Array<ArrayBuffer>, void>} the file, to be put together as it comes. It is how everything stood when it was begun;
     *   where a card changes meanwhile it is begun anew, and fails with `backup_overtaken` if that goes on
     * @throws {ScrupleError} `guard_failed` with `passphrase_short`
     */
    save: (passphrase, { more = "", progress = () => {} } = {}) => this.#save(text(passphrase, "passphrase"), text(more, "more"), progress),
    /**
     * Puts a backup into this browser, all of it or nothing. What its time was over meanwhile does not come back, and the log says so; nothing is kept longer
     * than it was to be.
     * @param {Blob} file
     * @param {string} passphrase
     * @param {{ progress?: (done: number) => void }} [options]
     * @returns {Promise<{ more: string, lost: number }>} what `save` was given, and how many cards could not be opened when it was saved
     * @throws {ScrupleError} `guard_failed` with `store_not_empty` where there is a log already, `wrong_passphrase`, `backup_damaged`, `backup_cut`,
     *   `backup_newer`, `not_a_backup`
     */
    restore: async (file, passphrase, { progress = () => {} } = {}) => {
      if (!(file instanceof Blob)) throw unfit("file", "a file");
      const words = text(passphrase, "passphrase");
      await desk.start(this.#desk);
      return restore(file, words, progress);
    },
    /**
     * Whether restoring a backup was broken off, or goes on at this moment. Until it is done, or thrown away, everything is denied and nothing can be read.
     * @returns {Promise<boolean>}
     */
    isHalf: async () => {
      await desk.start(this.#desk);
      return isHalf();
    },
    /**
     * Throws away what is left of a restore that was broken off, after which nothing is kept here.
     * @returns {Promise<void>}
     * @throws {ScrupleError} `guard_failed` with `store_not_empty` where there is no such thing
     */
    discard: async () => {
      await desk.start(this.#desk);
      return discard();
    },
  });

  /** @param {string} passphrase @param {string} more @param {(done: number) => void} progress @returns {AsyncGenerator<Uint8Array<ArrayBuffer>, void>} */
  async* #save(passphrase, more, progress) {
    await desk.start(this.#desk);
    yield* save(passphrase, more, progress);
  }

  /**
   * Deletes every card whose time is over. To be called now and then; a card whose time is over is never handed out anyway.
   * @returns {Promise<number>} how many there were
   */
  purge() {
    this.#ready();
    return tend(this.#days, () => desk.start(this.#desk));
  }
}

/** How somebody can have got in touch, as the log has it. */
const CONTACTS = ["replied", "wrote", "clicked", "called", "met"];

/** The text of a log. @param {import("./wasm/desk.js").LogExport} log @returns {AsyncGenerator<string, void>} */
async function* partsOf(log) {
  try {
    for (let part = await desk.wait(() => log.page()); part !== ""; part = await desk.wait(() => log.page())) yield part;
    yield desk.call(() => log.end());
  } finally {
    log.free();
  }
}

/**
 * A text as a QR code (ISO/IEC 18004), so that it can be photographed: a checkpoint, for one.
 * @param {string} text
 * @param {Pick<GuardOptions, "desk">} [options] as for `createGuard`
 * @returns {Promise<{ side: number, path: string }>} how many modules it is wide and high, and the dark ones as the data of an SVG path, in which a
 *   module is one unit. The four light modules that belong around it are not in it
 * @throws {ScrupleError} `invalid_argument`, if it is too long for one
 */
export async function qrCode(text, { desk: from } = {}) {
  if (typeof text !== "string") throw unfit("text", "a text");
  await desk.start(source(from, "desk"));
  const modules = desk.call(() => qr(text), "invalid_argument"), side = Math.sqrt(modules.length);
  let path = "";
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const begin = x;
      while (x < side && modules[y * side + x] === 1) x += 1;
      if (x > begin) path += `M${begin} ${y}h${x - begin}v1h${begin - x}z`;
    }
  }
  return { side, path };
}

/**
 * Checks a policy document, as it is written or as it would be kept.
 * @param {string} text
 * @param {Pick<GuardOptions, "wasm" | "desk">} [options] as for `createGuard`
 * @returns {Promise<CheckedPolicy>}
 */
export async function checkPolicy(text, { wasm, desk: at } = {}) {
  if (typeof text !== "string") throw unfit("text", "a text");
  await Promise.all([start(source(wasm)), desk.start(source(at, "desk"))]);
  const { local: problems } = desk.call(() => problemsOf(text, undefined));
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
