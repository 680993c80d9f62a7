// Asking the worker.

/** @typedef {import("../messages").Answers} Answers */
/** @typedef {import("../messages").Request} Request */
/** @typedef {import("../messages").Refusal} Refusal */

/** The worker has its own, shorter limits; this one only keeps a page from waiting for a worker that is gone. */
const PATIENCE = 30_000;

/**
 * Asks the worker, and waits for its answer.
 * @template {Request} R
 * @param {R} request
 * @returns {Promise<Answers[R["type"]] | Refusal | null>} null when the worker does not answer
 */
export async function ask(request) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, PATIENCE); });
  try {
    const answer = await Promise.race([chrome.runtime.sendMessage(request), late]);
    return answer && typeof answer.ok === "boolean" ? answer : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
