/**
 * The page side of Scruple: a plain script, not a module. It is put into a page by `pageOf` of `scruple/worker`, which asks it;
 * nothing has to be imported from it, and nothing else has to talk to it.
 */

/** Waits in the isolated world of a page for the guard's questions. It has no listener, no storage and no network. */
export interface ScrupleProbe {
  /** Tells where the things of a plan stand and how they are shown. Gives back no text of the page. */
  inspect(plan: string): string;
  /** Gives the text of the nodes that a permit names, if they are still as they were. */
  read(permit: string): string;
  /** Forgets the last inspection. */
  forget(): void;
}

declare global {
  /** There once the probe was put into the page. */
  var scrupleProbe: ScrupleProbe | undefined;
}
