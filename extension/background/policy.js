// The policy as the person set it. It is kept as the very text that was checked, since its hash is part of every entry.

import { withGuard } from "./guard.js";

/** @returns {Promise<string | undefined>} */
export async function policyText() {
  const { policy } = await chrome.storage.local.get("policy");
  return typeof policy === "string" ? policy : undefined;
}

/** The policy with what is known of it. */
export async function getPolicy() {
  const text = (await policyText()) ?? null;
  const summary = text === null ? null : await withGuard((guard) => guard.checkPolicy(text));
  return { ok: true, text, summary };
}

/**
 * Keeps a policy, if it can be used.
 * @param {string} text
 */
export async function setPolicy(text) {
  const summary = await withGuard((guard) => guard.checkPolicy(text));
  if (summary.problems.length > 0) return { ok: false, problems: summary.problems };
  await chrome.storage.local.set({ policy: text });
  return { ok: true, summary };
}
