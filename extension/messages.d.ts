/**
 * What the worker and the extension pages say to each other. Types only: nothing of this file runs.
 * A page asks with `chrome.runtime.sendMessage`, the worker answers; the worker also pushes `StatePush` to open panels.
 */

export type Decision = "allow" | "deny";
export type PageKind = "profile" | "wall" | "private" | "search" | "feed" | "company" | "job" | "article" | "team" | "other";
export type Relation = "self" | "first" | "second" | "third" | "out_of_network" | "signed_out" | "unknown";
export type Phase = "idle" | "inspecting" | "judged" | "capturing" | "captured" | "failed";

export interface Evidence {
  kind: string;
  /** The widest audience this evidence proves. */
  bound: string;
}

export interface Reason {
  code: string;
  rule: string | null;
  /** What happened, in English, where the code alone does not say it. */
  detail?: string | null;
  message: string;
}

export interface Verdict {
  field: string;
  decision: Decision;
  /** Whether the field is on the page at all. */
  present: boolean;
  reasons: Reason[];
  audience: string;
  evidence: Evidence[];
}

export interface Signal {
  signal: string;
  effect: "note" | "deny";
}

export interface CardField {
  values: string[];
  code: string;
  rule: string | null;
  audience: string;
  evidence: Evidence[];
  /** Kinds of details that were cut out of the text: names of fields. */
  cuts?: string[];
}

export interface Card {
  id: string;
  source: { url: string; site: string; adapter: string; relation: Relation };
  salt: string;
  captured_at: string;
  first_captured_at: string;
  expires_at: string;
  basis: string;
  purpose: string;
  policy: string;
  fields: Record<string, CardField>;
}

export interface Report {
  page: {
    kind: PageKind;
    site: string;
    adapter: string;
    layout: string | null;
    relation: Relation;
    signals: Signal[];
  };
  verdicts: Verdict[];
  card: Card | null;
  log: null | { index: number; size: number; root: string; entry: unknown };
}

export interface LogLine {
  index: number;
  at: string;
  kind: "captured" | "refused";
  site: string;
  allowed: number;
  denied: number;
}

export interface Problem {
  /** A reason code. */
  code: string;
  /**
   * What exactly went wrong, where that is known: `too_many_elements`, `not_html`, `no_access`, `wasm_unavailable`, `storage_full` and
   * `policy_broken` have a sentence of their own in the panel; anything else is shown as a technical detail.
   */
  detail: string | null;
}

export interface PanelState {
  phase: Phase;
  tabId: number;
  host: string;
  report: Report | null;
  problem: Problem | null;
  /** Newest first. */
  entries: LogLine[];
}

export interface PolicySummary {
  /** SHA-256 of the stored text. */
  hash?: string | null;
  /** Why the stored text cannot be used; none: it loads. */
  problems?: string[];
}

export type Request =
  | { type: "state" | "inspect" | "capture"; tabId: number }
  | { type: "policy.get" }
  | { type: "policy.set"; text: string }
  | { type: "log.export" };

export interface Refusal {
  ok: false;
  problems?: string[];
}

/** The answer to each request. */
export interface Answers {
  state: { ok: true; state: PanelState };
  inspect: { ok: true; state: PanelState };
  capture: { ok: true; state: PanelState };
  "policy.get": { ok: true; text: string | null; summary: PolicySummary | null };
  "policy.set": { ok: true; summary: PolicySummary | null };
  "log.export": { ok: true; text: string; name: string };
}

export interface StatePush {
  type: "state";
  tabId: number;
  state: PanelState;
}
