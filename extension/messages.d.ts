/**
 * What the worker and the extension pages say to each other. Types only: nothing of this file runs.
 * A page asks with `chrome.runtime.sendMessage`, the worker answers; the worker also pushes `StatePush` to open panels and
 * `RulesPush` to open settings.
 */

import type { Card, DocumentProblem, Evidence, Mode, Reason, Report, Summary, Verdict } from "./guard/index.js";

export type { Card, DocumentProblem, Evidence, Mode, Reason, Report, Summary, Verdict };

export type Phase = "idle" | "waiting" | "inspecting" | "judged" | "capturing" | "captured" | "failed";

/** One thing that captures are for. */
export type Use = Summary["uses"][number];

export interface LogLine {
  index: number;
  at: string;
  /** `captured`, `refused`, or what happened beside the pages. */
  kind: string;
  /** Whose page it was; empty where it was none. */
  site: string;
  /** How many fields were taken and held back; null where there was no page. */
  counts: { allowed: number; denied: number } | null;
  /** Why it happened, where that is noted. */
  why: string | null;
  /** How many cards it is about that are gone or were handed on; those of a page are told by its counts. */
  cards: number;
}

export interface Problem {
  /** A reason code. */
  code: string;
  /**
   * What exactly went wrong, where that is known: `too_many_elements`, `not_html`, `no_access`, `wasm_unavailable`, `storage_full`,
   * `policy_broken`, `managed_broken` and `marks_broken` have a sentence of their own in the panel; anything else is shown as a
   * technical detail.
   */
  detail: string | null;
}

/** What a person can be told of the rules that a page was judged by, beside the report. */
export interface Told {
  /** What captures can be for. One: there is nothing to choose. */
  uses: Use[];
  /** Fields that the person holds back on every site. */
  everywhere: string[];
  /** Fields that the person holds back on this site. */
  site: string[];
  /** The organisation that set the mode of this site. None: the person did, or nobody. */
  modeBy: string | null;
}

export interface PanelState {
  /** `waiting`: nothing is looked at before it is known whether an organisation has set rules. */
  phase: Phase;
  tabId: number;
  host: string;
  report: Report | null;
  problem: Problem | null;
  /** What the page was judged for, by the id of a use; none: the main one. */
  use: string | null;
  /** Which of several people on the page it is about, counted from 0; none: there is one alone. */
  person: number | null;
  /** Nothing, as long as the page was not judged. */
  told: Told | null;
  /** The rules changed, and there is no evidence by which the page could be judged again: it has to be looked at once more. */
  outdated: boolean;
  /** Newest first. */
  entries: LogLine[];
}

/** What the person marked as restricted. */
export interface Marks {
  /** Fields, on every site. */
  everywhere: string[];
  /** Fields, by site. */
  sites: Record<string, string[]>;
  /** How many people. Who they are is not kept. */
  people: number;
  /** Whether they can no longer be read. Then everything is denied. */
  broken: boolean;
}

/**
 * A mark: a field on every site, a field on one site, or a person. Site and person are named by an address, or by the tab that shows
 * them. Only for taking back there are `people`, all of them, and `all`, everything that was ever marked.
 */
export type Mark =
  | { what: "everywhere"; field: string }
  | ({ what: "site"; field: string } & Place)
  | ({ what: "person" } & Place);
export type Place = { url: string } | { tabId: number };

export type Request =
  | { type: "state" | "capture"; tabId: number }
  /** `use`: what for; left out: what the page was judged for before. */
  /** `person`: which of several people on the page is meant; left out: there has to be one alone. */
  | { type: "inspect"; tabId: number; use?: string | null; person?: number | null }
  /** The person points at one of several people on the page, who is then judged. */
  | { type: "choose"; tabId: number }
  | { type: "policy.get" }
  | { type: "policy.set"; text: string }
  | { type: "marks.get" }
  | ({ type: "marks.add" } & Mark)
  | ({ type: "marks.remove" } & (Mark | { what: "people" | "all" }));

export interface Refusal {
  ok: false;
  problems?: DocumentProblem[];
}

/** The rules in force, as the settings show them. */
export interface Rules {
  /** Whether it is known by now what the organisation set. Until then nothing is allowed, and the rest is not told. */
  settled: boolean;
  /** The person's own policy, word for word. */
  text: string | null;
  /** What the organisation set, word for word as the guard gets it. */
  managed: string | null;
  /** Whether what the person marked as restricted can no longer be read. */
  marksBroken: boolean;
  summary: Summary | null;
  /** What is wrong with the two documents. */
  problems: { local: DocumentProblem[]; managed: DocumentProblem[] };
}

/** The answer to each request. */
export interface Answers {
  state: { ok: true; state: PanelState };
  inspect: { ok: true; state: PanelState };
  choose: { ok: true; state: PanelState };
  capture: { ok: true; state: PanelState };
  "policy.get": { ok: true } & Rules;
  "policy.set": { ok: true; hash: string };
  "marks.get": { ok: true; marks: Marks };
  "marks.add": { ok: true; marks: Marks };
  "marks.remove": { ok: true; marks: Marks };
}

export interface StatePush {
  type: "state";
  tabId: number;
  state: PanelState;
}

/** The rules changed. */
export interface RulesPush {
  type: "rules";
}
