// What the service worker of an extension needs: the guard, and the way to a page.

export * from "../extension/guard/index.js";
export { pageOf } from "../extension/guard/page.js";

/** @typedef {import("../extension/guard/page.js").PageDoor} PageDoor */
