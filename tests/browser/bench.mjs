/**
 * How long a person waits for the verdicts, and how long a page is kept busy: bench.mjs inspect --json
 *
 * The peer is what prospecting extensions do: collect everything the page holds, element by element, and filter it afterwards.
 * Both run in the same browser on the same page, one after the other; every figure is the median of 20.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_POLICY, launch, ROOT, sample } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */
/** @typedef {{ what: string, unit: string, ours: number, peer: string | null, theirs: number | null, ratio: number | null }} Row */

const TIMES = 20, ELEMENTS = 6000;
const PEER = 'collect everything, filter later';

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
/** @param {number} value */
const rounded = (value) => Math.round(value * 100) / 100;

/** @param {string} what @param {number[]} ours @param {number[]} [theirs] @returns {Row} */
function row(what, ours, theirs) {
  const mine = median(ours), other = theirs ? median(theirs) : null;
  return { what, unit: 'ms', ours: rounded(mine), peer: other === null ? null : PEER, theirs: other === null ? null : rounded(other), ratio: other === null ? null : rounded(other / mine) };
}

/** A profile with as much around it as real ones have: posts below it, people beside it. */
function bigPage() {
  const { body, url } = sample('third-degree.html');
  const count = (/** @type {string} */ html) => html.match(/<[a-z]/gi)?.length ?? 0;
  const post = (/** @type {number} */ i) => `<div class="feed-shared-update-v2"><div><a href="/in/reader-${i}/"><span aria-hidden="true">Reader ${i}</span><span class="visually-hidden">Reader ${i}</span></a>
    <span class="t-normal">${i} d</span></div><div><span dir="ltr">A post about <b>containers</b>, number ${i}, with <a href="/feed/${i}/">a link</a> and<br>a second line.</span></div>
    <ul><li><button type="button"><span>Like</span></button></li><li><button type="button"><span>Comment</span></button></li></ul></div>`;
  const person = (/** @type {number} */ i) => `<div><a href="/in/neighbour-${i}/"><div class="t-bold"><span aria-hidden="true">Neighbour ${i}</span><span class="visually-hidden">Neighbour ${i}</span></div><span class="t-normal">Terminal ${i}</span></a></div>`;
  const missing = ELEMENTS - count(body), posts = Math.ceil(missing * 0.8 / count(post(0))), people = Math.ceil(missing * 0.2 / count(person(0)));
  /** @param {number} n @param {(i: number) => string} make */
  const many = (n, make) => Array.from({ length: n }, (_, i) => make(i)).join('');
  return { url, body: body.replace('</main>', `<section><h2>Activity</h2>${many(posts, post)}</section></main>`).replace('</aside>', `<section>${many(people, person)}</section></aside>`) };
}

/** What the peer runs in the page. */
function collect() {
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT), all = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const el = /** @type {Element} */ (node), { display, visibility, opacity } = getComputedStyle(el);
    const shown = display !== 'none' && visibility === 'visible' && opacity !== '0';
    const text = [...el.childNodes].filter((child) => child instanceof Text).map((child) => child.textContent).join('').trim();
    all.push({ tag: el.localName, shown, text, attributes: Object.fromEntries([...el.attributes].map(({ name, value }) => [name, value])) });
  }
  return JSON.stringify(all);
}

/** From the press of the toolbar button until the panel has the verdicts. @param {Session} session @param {Page} page @param {Page} panel */
async function press(session, page, panel) {
  await panel.evaluate(() => {
    /** @type {any} */ (globalThis).judged = new Promise((done) => {
      chrome.runtime.onMessage.addListener(function heard({ type, state }) {
        if (type !== 'state' || state.phase !== 'judged') return;
        chrome.runtime.onMessage.removeListener(heard);
        done(state.report?.verdicts.some((/** @type {{ decision: string }} */ { decision }) => decision === 'allow'));
      });
    });
  });
  const start = performance.now();
  await session.push(page);
  const allowed = await panel.evaluate(() => /** @type {any} */ (globalThis).judged);
  const took = performance.now() - start;
  if (!allowed) throw new Error('the page was not judged as it should be');
  return took;
}

/** The plan that the worker put to the page. @param {Session} session */
function planOf({ messages }) {
  for (const { text } of messages) {
    const [kind, what] = JSON.parse(JSON.parse(text).payload);
    const plan = kind === 'executeScript call' && what[0].args?.find((/** @type {unknown} */ each) => typeof each === 'string' && each.includes('"queries"'));
    if (plan) return /** @type {string} */ (plan);
  }
  throw new Error('no plan was heard');
}

/** @returns {Promise<Row[]>} */
async function inspect() {
  const session = await launch();
  try {
    await session.setPolicy(readFileSync(DEFAULT_POLICY, 'utf8'));
    await session.wake();
    const { url, body } = bigPage();
    const page = await session.open(url, { body });
    const { panel, state: { tabId } } = await session.inspect(page);
    const elements = await page.evaluate(() => document.getElementsByTagName('*').length);
    const plan = planOf(session);

    /** @type {number[]} */ const warm = [], /** @type {number[]} */ cold = [], /** @type {number[]} */ peer = [];
    for (let i = 0; i < TIMES; i++) {
      warm.push(await press(session, page, panel));
      // The press has let the worker at the page; the peer uses that, from the worker, as such extensions do.
      peer.push(/** @type {number} */ (await (await session.wake()).evaluate(`(async () => {
        const start = performance.now();
        const [{ result }] = await chrome.scripting.executeScript({ target: { tabId: ${tabId} }, func: ${collect} });
        if (JSON.parse(result).length < ${ELEMENTS}) throw new Error('not everything was collected');
        return performance.now() - start;
      })()`)));
    }
    for (let i = 0; i < TIMES; i++) {
      await session.killWorker();
      cold.push(await press(session, page, panel));
    }

    await page.evaluate(readFileSync(join(ROOT, 'extension/content/probe.js'), 'utf8'));
    const [ours, theirs] = /** @type {[number[], number[]]} */ (await page.evaluate(`((plan, times) => {
      const collect = ${collect}, ours = [], theirs = [];
      const time = (into, work) => { const start = performance.now(); const said = work(); into.push(performance.now() - start); return said; };
      for (let i = 0; i < times; i++) {
        if (!time(ours, () => scrupleProbe.inspect(plan)).includes('"answers"')) throw new Error('the probe refused the plan');
        time(theirs, collect);
      }
      return [ours, theirs];
    })(${JSON.stringify(plan)}, ${TIMES})`));
    return [
      row(`page busy, ${elements} elements`, ours, theirs),
      row('press to verdicts, worker running', warm, peer),
      row('press to verdicts, worker stopped', cold),
    ];
  } finally {
    await session.close();
  }
}

const [name, ...options] = process.argv.slice(2);
if (name !== 'inspect' || options.some((option) => option !== '--json')) {
  console.error('usage: bench inspect [--json]');
  process.exitCode = 1;
} else {
  try {
    console.log(JSON.stringify({ bench: name, rows: await inspect() }));
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exitCode = 1;
  }
}
