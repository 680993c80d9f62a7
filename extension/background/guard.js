// The guard in its instance: started once, made anew when it breaks. Every call ends, with an answer or with a problem.

import init, * as wasm from "./wasm/scruple.js";

/** @typedef {import("../messages").Problem} Problem */

/** How long one call may take in all, in milliseconds: two visits to a page, and the store. */
const PATIENCE = 25_000;

/** @type {Promise<unknown> | null} */
let started = null;

/** The calls under way, each with the way to end it. @type {Set<(problem: unknown) => void>} */
const underWay = new Set();

/** A call of the guard that came to nothing. */
export class GuardProblem extends Error {
  /** @param {string} code a reason code @param {string} detail */
  constructor(code, detail) {
    super(`${code}: ${detail}`);
    this.problem = { code, detail };
  }
}

/** One start for all who ask; a start that failed is tried again by the next. */
function start() {
  started ??= init().catch((/** @type {unknown} */ error) => {
    started = null;
    throw error;
  });
  return started;
}

/**
 * Calls the guard.
 * @template T
 * @param {(guard: typeof wasm) => T | Promise<T>} call
 * @returns {Promise<T>}
 * @throws {GuardProblem} always this, whatever went wrong
 */
export async function withGuard(call) {
  try {
    await start();
  } catch {
    throw new GuardProblem("deny.guard.error", "wasm_unavailable");
  }
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {(problem: unknown) => void} */
  let end = () => {};
  const ended = new Promise((_, reject) => {
    end = reject;
    timer = setTimeout(() => reject(new GuardProblem("deny.guard.timeout", "the guard did not answer in time")), PATIENCE);
  });
  underWay.add(end);
  try {
    return /** @type {T} */ (await Promise.race([call(wasm), ended]));
  } catch (error) {
    if (isTrap(error)) renew();
    throw error instanceof GuardProblem ? error : new GuardProblem("deny.guard.error", detailOf(error));
  } finally {
    clearTimeout(timer);
    underWay.delete(end);
  }
}

/**
 * What may be told of an error: the guard's own sentences, never what an engine says, which can quote the page.
 * @param {unknown} error
 */
function detailOf(error) {
  const text = error instanceof Error && !isTrap(error) ? error.message : "";
  const slug = /(?:^|: )([a-z]+(?:_[a-z]+)+)$/.exec(text);
  return slug?.[1] ?? "the guard failed";
}

/** @param {unknown} error */
function isTrap(error) {
  return typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError;
}

/** After a trap nothing in the instance can be relied on. It is replaced, and whoever still waits for it is told. */
function renew() {
  wasm.__wbg_reset_state();
  for (const end of underWay) end(new GuardProblem("deny.guard.error", "the guard failed"));
}

// A trap after an `await` inside the guard surfaces here: the promise of the call would never settle.
for (const type of ["error", "unhandledrejection"]) {
  self.addEventListener(type, (event) => {
    const error = /** @type {any} */ (event).reason ?? /** @type {any} */ (event).error;
    if (!isTrap(error)) return;
    event.preventDefault();
    renew();
  });
}
