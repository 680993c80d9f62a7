// How strict Scruple is on which site: the part of the form that asks for it.

import { byId, el, icon } from "./dom.js";
import { t } from "./i18n.js";
import { lockedBy, modeName } from "./organisation.js";
import { MODES } from "./policy.js";

/** @typedef {import("./organisation.js").Locks} Locks */

const own = byId("modes-own", HTMLUListElement);
const lockedList = byId("modes-locked", HTMLUListElement);
const otherwise = byId("mode", HTMLSelectElement);

/** A site as an address carries it. */
const HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/;

let rows = 0;

/** Fills in what the form always has. @param {() => void} changed called when a row comes or goes */
export function prepareModes(changed) {
  otherwise.append(...options());
  otherwise.setAttribute("aria-describedby", "modes-hint");
  byId("mode-words", HTMLDListElement).append(...MODES.map((mode) =>
    el("div", {}, el("dt", {}, modeName(mode)), el("dd", {}, t(`mode_${mode}_hint`)))));
  byId("mode-add", HTMLButtonElement).addEventListener("click", () => {
    const added = row("", "strict");
    own.append(added);
    added.querySelector("input")?.focus();
    changed();
  });
  own.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    if (!button) return;
    button.closest("li")?.remove();
    byId("mode-add", HTMLButtonElement).focus();
    changed();
  });
}

function options() {
  return MODES.map((mode) => el("option", { value: mode }, modeName(mode)));
}

/**
 * @param {string} host
 * @param {string} mode
 */
function row(host, mode) {
  const id = `mode-host-${rows += 1}`;
  const select = el("select", { "aria-label": t("modes_how") }, ...options());
  select.value = mode;
  const input = el("input", {
    id, "aria-label": t("modes_site"), "aria-describedby": "modes-error", placeholder: "example.org", autocomplete: "off", maxlength: "253",
  });
  input.value = host;
  const about = el("span", { class: "unseen" }, ` ${host}`);
  return el("li", {}, input, select, el("button", { type: "button", class: "small" }, t("modes_remove"), about));
}

/**
 * Shows the answers of the person.
 * @param {{ mode: string, modes: [host: string, mode: string][] }} answers
 */
export function fillModes({ mode, modes }) {
  otherwise.value = mode;
  own.replaceChildren(...modes.map(([host, each]) => row(host, each)));
}

/**
 * Shows what the organisation decides.
 * @param {Locks | null} locks
 */
export function lockModes(locks) {
  const sites = Object.entries(locks?.modes ?? {});
  lockedList.hidden = sites.length === 0;
  lockedList.replaceChildren(...sites.map(([host, mode]) =>
    el("li", {}, el("strong", {}, host), el("span", {}, modeName(mode)), locks && lockedBy(locks))));
  const least = MODES.indexOf(locks?.mode ?? "enforce");
  for (const [at, option] of [...otherwise.options].entries()) option.disabled = at < least;
  if (MODES.indexOf(otherwise.value) < least) otherwise.value = MODES[least] ?? "off";
  otherwise.disabled = least === MODES.length - 1;
  otherwise.parentElement?.querySelector(".locked")?.remove();
  if (!locks || least <= 0) return;
  otherwise.after(el("p", { class: "locked" }, icon("lock"), t("modes_least", locks.by, modeName(locks.mode))));
}

/**
 * What the person answers; `wrong` is the id of a site that is none, or stands twice.
 * @param {{ mode: string }} stored what they answered before
 * @param {Locks | null} locks
 * @returns {{ mode: string, modes: [host: string, mode: string][], wrong: string | null }}
 */
export function modesGiven(stored, locks) {
  /** @type {[string, string][]} */
  const modes = [];
  let wrong = null;
  for (const item of own.children) {
    const input = item.querySelector("input"), select = item.querySelector("select");
    if (!input || !select) continue;
    const host = hostOf(input.value);
    if (host === null || modes.some(([other]) => other === host)) wrong ??= input.id;
    else modes.push([host, select.value]);
  }
  // What the organisation asks for is not an answer of the person: it would stay when the organisation takes it back.
  const theirs = otherwise.value === locks?.mode && MODES.indexOf(stored.mode) < MODES.indexOf(otherwise.value);
  return { mode: theirs ? stored.mode : otherwise.value, modes, wrong };
}

/** The host of what a person typed or pasted. @param {string} text */
function hostOf(text) {
  const typed = text.trim();
  try {
    const { hostname } = new URL(typed.includes("://") ? typed : `https://${typed}`);
    // The guard knows a site without its `www.`.
    const site = hostname.replace(/^www\./, "");
    return HOST.test(site) ? site : null;
  } catch {
    return null;
  }
}
