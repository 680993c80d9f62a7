// The instances of the wasm in a worker or page: one of the guard, and one of the desk, which is loaded only when somebody asks for it. Each is started once,
// and replaced when it breaks. Every call ends, with an answer or an error.

import * as scruple from "./wasm/scruple.js";
import * as desks from "./wasm/desk.js";
import { ScrupleError } from "./errors.js";

/**
 * Where the wasm comes from: an address, its bytes, or a module that was compiled before.
 * @typedef {URL | BufferSource | WebAssembly.Module} WasmSource
 */

/** How long one call may take in all, in milliseconds: two visits to a page, and the store. */
const PATIENCE = 25_000;

/** What is asked of the guard, and of what judges no page: see `instance`. */
export const guard = instance("scruple", scruple), desk = instance("desk", desks);

/**
 * A module of the wasm, and its one instance.
 * @param {string} name what its files begin with
 * @param {{ initSync: (options: { module: WebAssembly.Module }) => unknown, __wbg_reset_state: () => void }} glue
 */
function instance(name, { initSync, __wbg_reset_state: replaceInstance }) {
  /** @type {Promise<void> | null} */
  let started = null;
  /** Whether there ever was an instance. */
  let isThere = false;
  /** Which instance this is. What an older one made is of no use in a newer one. */
  let serial = 0;
  /** An instance that could not be replaced when it broke. It is tried again before the next call. */
  let broken = false;
  /** The calls under way, each with the way to end it. @type {Set<(error: ScrupleError) => void>} */
  const underWay = new Set();

  /**
   * Starts it. One start serves all who ask; a start that failed is tried again by the next.
   * @param {WasmSource} [source] where it comes from; the file beside the glue if nothing is said
   * @returns {Promise<void>}
   */
  async function start(source) {
    const starting = started ??= load(source);
    try {
      await inTime(starting);
    } catch {
      if (started === starting) started = null;
      throw new ScrupleError("wasm_unavailable", "the wasm could not be loaded or started");
    }
  }

  /** @param {WasmSource} [source] */
  async function load(source = new URL(`./wasm/${name}_bg.wasm`, import.meta.url)) {
    let module = source instanceof URL ? await bytesOf(source) : source;
    if (!(module instanceof WebAssembly.Module)) module = await WebAssembly.compile(module);
    // The glue keeps whatever could be instantiated. What imports nothing of it would be, and no other could be started after it.
    if (!WebAssembly.Module.imports(module).some(({ module }) => module === `./${name}_bg.js`)) throw new Error();
    initSync({ module });
    isThere = true;
  }

  /** Which instance there is; a call begins with it, so that it is never made into a broken one. */
  function current() {
    if (broken) replace();
    return serial;
  }

  /** @throws {ScrupleError} */
  function replace() {
    try {
      replaceInstance();
      serial += 1;
      broken = false;
    } catch {
      broken = true;
      throw failed();
    }
  }

  /**
   * Makes a call that answers at once.
   * @template T
   * @param {() => T} call
   * @param {import("./errors.js").ErrorCode} [code] of what the wasm itself refuses: a document that somebody handed over
   * @returns {T}
   * @throws {ScrupleError} always this, whatever went wrong
   */
  function call(call, code) {
    current();
    try {
      return call();
    } catch (error) {
      throw told(error, code);
    }
  }

  /**
   * Makes a call that promises its answer, and waits for it as long as a call may take.
   * @template T
   * @param {() => Promise<T>} call
   * @returns {Promise<T>}
   * @throws {ScrupleError} always this, whatever went wrong
   */
  async function wait(call) {
    current();
    try {
      return await inTime(call(), underWay);
    } catch (error) {
      throw told(error);
    }
  }

  /**
   * What may be told of an error: our own words, never what an engine says, which can quote the page.
   * @param {unknown} error
   * @param {import("./errors.js").ErrorCode} [code] of what is refused in a whole sentence
   * @returns {ScrupleError}
   */
  function told(error, code) {
    if (error instanceof ScrupleError) return error;
    if (isTrap(error)) renew();
    // The errors of the wasm are plain ones; those of an engine have kinds.
    const message = error instanceof Error && error.constructor === Error ? error.message : "";
    if (code !== undefined && message !== "") return new ScrupleError(code, message);
    switch (message) {
      case "not_an_inspection": return new ScrupleError("not_an_inspection", "this is not an inspection");
      case "not_planned": return new ScrupleError("invalid_argument", "`planned` is not what `plan` gave");
      case "invalid_facts": return new ScrupleError("invalid_facts", "the facts are out of range");
      default: return new ScrupleError("guard_failed", /(?:^|: )([a-z]+(?:_[a-z]+)+)$/.exec(message)?.[1] ?? "the guard failed");
    }
  }

  /** After a trap nothing in the instance can be relied on. It is replaced, and whoever still waits for it is told. */
  function renew() {
    if (!isThere) return;
    try {
      replace();
    } catch {
      // The next call tries again, and says so if it still cannot be done.
    }
    for (const end of underWay) end(failed());
  }

  return { start, current, call, wait, told, renew };
}

/**
 * What the guard knows: of sites, and of words that give something away. Each document is a text.
 * @typedef {{ adapters: string[], words: string[] }} Knowledge
 */

/** Loaded once, by the first who asks. @type {Promise<Knowledge> | null} */
let known = null;

/** @returns {Promise<Knowledge>} what is built in */
export async function builtIn() {
  const loading = known ??= Promise.all(["./adapters.jsonl", "./screen.jsonl"].map(linesOf)).then(([adapters, words]) => ({ adapters, words }));
  try {
    return await inTime(loading);
  } catch {
    if (known === loading) known = null;
    throw new ScrupleError("wasm_unavailable", "what is known of sites and words could not be loaded");
  }
}

/** @param {string} name of a file beside this one @returns {Promise<string[]>} */
async function linesOf(name) {
  const bytes = await bytesOf(new URL(name, import.meta.url));
  return new TextDecoder().decode(bytes).split("\n").filter((line) => line !== "");
}

/** A file of this package. @param {URL} url @returns {Promise<BufferSource>} */
async function bytesOf(url) {
  // Node fetches no files. It is asked for its own way without an import, which no worker of a browser allows at this point.
  const { process } = /** @type {{ process?: { getBuiltinModule?: (name: string) => any } }} */ (globalThis);
  const files = url.protocol === "file:" && process?.getBuiltinModule?.("node:fs/promises");
  if (files) return files.readFile(url);
  const response = await fetch(url);
  if (!response.ok) throw new Error();
  return response.arrayBuffer();
}

/**
 * @template T
 * @param {Promise<T>} answer
 * @param {Set<(error: ScrupleError) => void>} [underWay] where the way to end it is kept meanwhile
 * @returns {Promise<T>}
 */
async function inTime(answer, underWay) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {(error: ScrupleError) => void} */
  let end = () => {};
  /** @type {Promise<never>} */
  const ended = new Promise((_, reject) => {
    end = reject;
    timer = setTimeout(() => reject(new ScrupleError("guard_timeout", "the guard did not answer in time")), PATIENCE);
  });
  underWay?.add(end);
  try {
    return await Promise.race([answer, ended]);
  } finally {
    clearTimeout(timer);
    underWay?.delete(end);
  }
}

const failed = () => new ScrupleError("guard_failed", "the guard failed");

/**
 * Whether the instance may have been left in the middle of something: by a trap, or because stack or memory were used up.
 * @param {unknown} error
 */
function isTrap(error) {
  return error instanceof RangeError || (typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError);
}

/** What the glue says when a timer or an answer of a page finds that its instance was replaced. Its call has ended by then. */
const LATE = "Cannot invoke closure from previous WASM instance";

// A trap after an `await` inside the wasm surfaces here: the promise of the call would never settle. It does not say whose it is.
for (const type of ["error", "unhandledrejection"]) {
  globalThis.addEventListener?.(type, (event) => {
    const { reason, error = reason } = /** @type {{ reason?: unknown, error?: unknown }} */ (event);
    if (isTrap(error)) for (const { renew } of [guard, desk]) renew();
    else if (error instanceof Error && error.message === LATE) event.preventDefault();
  });
}
