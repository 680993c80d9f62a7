// The one error that the guard throws.

/**
 * What came to nothing, and why:
 * - `wasm_unavailable`: a file of the guard could not be loaded, or the wasm not be started (some browsers are told not to)
 * - `adapter_invalid`: a site adapter cannot be used; `problems` says where
 * - `invalid_argument`: something else was handed over than the documentation of the call asks for
 * - `invalid_facts`: facts that hold a word which is in no list, or that lack something; `detail` says where
 * - `invalid_marks`: what is marked as restricted cannot be read or changed; `detail` says why
 * - `not_an_inspection`: neither made by this guard nor kept as it was made
 * - `guard_failed`: the guard broke, or its store did; `detail` is a word where the guard knows one, such as `storage_full`
 * - `guard_timeout`: the guard did not answer in time
 * @typedef {"wasm_unavailable" | "adapter_invalid" | "invalid_argument" | "invalid_facts" | "invalid_marks" | "not_an_inspection"
 *   | "guard_failed" | "guard_timeout"} ErrorCode
 */

/**
 * Something wrong with a document: where it stands, what it is, and what to write instead (empty where nobody can say).
 * Lines and columns count from 1.
 * @typedef {{ line: number, column: number, what: string, instead: string }} DocumentProblem
 */

/**
 * A call that came to nothing. An error never means that something may be taken: whoever catches one takes nothing.
 *
 * Its text is the guard's own. What a browser says of an error is never passed on, since it can quote a page.
 */
export class ScrupleError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} detail
   * @param {DocumentProblem[]} [problems]
   */
  constructor(code, detail, problems = []) {
    super(`${code}: ${detail}`);
    this.name = "ScrupleError";
    /** What came to nothing. @type {ErrorCode} */
    this.code = code;
    /** In the guard's own words, what exactly; for people who look for the cause. @type {string} */
    this.detail = detail;
    /** What is wrong with a document, where that is the cause. @type {DocumentProblem[]} */
    this.problems = problems;
  }
}

/**
 * Whether something that was caught comes from the guard. It also knows the errors of a second copy of this package.
 * @param {unknown} error
 * @returns {error is ScrupleError}
 */
export function isScrupleError(error) {
  if (error instanceof ScrupleError) return true;
  return error instanceof Error && error.name === "ScrupleError" && "code" in error && "detail" in error;
}

/** The guard, or its store, broke. @param {string} detail a word where the guard knows one, such as `storage_full` */
export const failed = (detail) => new ScrupleError("guard_failed", detail);

/** The wasm gave something that nobody knows how to read. */
export const unreadable = () => failed("the answer of the guard cannot be read");

/** Something was handed over that the documentation of a call does not ask for. @param {string} name @param {string} what it should be */
export const unfit = (name, what) => new ScrupleError("invalid_argument", `\`${name}\` is not ${what}`);
