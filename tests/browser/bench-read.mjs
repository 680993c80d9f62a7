/**
 * How long a page is busy when the probe looks at it: bench-read.mjs --json
 *
 * The pages are made up: a profile in the layout of 2025, people beside it and posts below it, as many as it takes for 1,000, 6,000 and 50,000
 * elements. The probe answers the very plan that the guard makes for the site. Beside it, in the same page and turn by turn: what a program has to
 * do that takes everything and sorts it out later (each element with its attributes, the text in it, its computed style and whether it is painted),
 * and the same without asking what is shown. microformats-parser reads the same page, as text, in Node: it needs no layout, knows nothing of what
 * is shown, and finds the owner and the people beside it alike. Every figure is the median of 15 turns, with the styles of the page worked out anew
 * before each one, or not, for all alike.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mf2 } from 'microformats-parser';
import { createGuard } from '../../extension/guard/index.js';
import { DEFAULT_POLICY, launch, ROOT } from './harness.mjs';

/** @typedef {{ what: string, unit: string, ours: number, peer: string | null, theirs: number | null, ratio: number | null }} Row */

const SIZES = [1000, 6000, 50_000], TURNS = 15;
const URL = 'https://www.linkedin.com/in/jonas-weber-demo/';

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
/** @param {number} value */
const rounded = (value) => Math.round(value * 100) / 100;

/** @param {string} what @param {number[]} ours @param {string | null} [peer] @param {number[]} [theirs] @returns {Row} */
function row(what, ours, peer = null, theirs) {
  const mine = median(ours), other = theirs ? median(theirs) : null;
  return { what, unit: 'ms', ours: rounded(mine), peer, theirs: other === null ? null : rounded(other), ratio: other === null ? null : rounded(other / mine) };
}

/** A name of a class as builds give them. @param {number} i */
const hashed = (i) => `_${((i * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')}`;

/** @param {number} i */
const post = (i) => `<div class="${hashed(1)} ${hashed(i % 40)}" componentkey="feed-${i}"><div class="${hashed(2)}"><a class="${hashed(3)}" href="/in/reader-${i}/"><figure><img alt="" src="data:," width="48" height="48"></figure>
  <div class="${hashed(4)}"><p class="${hashed(5)}"><span aria-hidden="true">Reader ${i}</span><span class="${hashed(6)}">Reader ${i}</span></p><p class="${hashed(7)}">· 2nd</p></div></a><p class="${hashed(8)}">${i} d</p></div>
  <div class="${hashed(9)}"><p data-testid="expandable-text-box"><span dir="ltr">A post about <strong>containers</strong>, number ${i}, with <a href="/feed/${i}/">a link</a> and<br>a second line.</span></p></div>
  <ul class="${hashed(10)}"><li><button type="button" class="${hashed(11)}"><svg width="16" height="16"><path d="M0 0h16v16z"></path></svg><span>Like</span></button></li><li><button type="button" class="${hashed(11)}"><span>Comment</span></button></li></ul></div>`;
/** @param {number} i */
const person = (i) => `<li class="${hashed(12)} h-card"><a class="${hashed(3)} u-url" href="/in/neighbour-${i}/"><figure><img class="u-photo" alt="" src="data:," width="48" height="48"></figure>
  <div class="${hashed(4)}"><p class="${hashed(5)} p-name">Neighbour ${i}</p><p class="${hashed(7)}">· 3rd+</p><p class="${hashed(8)} p-job-title">Terminal ${i}</p></div></a><button class="${hashed(11)}"><span>Connect</span></button></li>`;
/** @param {string} title @param {number} rows */
const card = (title, rows) => `<section class="${hashed(13)}" componentkey="com.linkedin.sdui.profile.card.refACoAADemo${title}"><div class="${hashed(14)}"><h2 class="${hashed(15)}">${title}</h2>
  ${Array.from({ length: rows }, (_, i) => `<div class="${hashed(16)}"><div class="${hashed(17)}"><p class="${hashed(5)}">${title} ${i}</p><p class="${hashed(8)}">Nordhafen Logistik</p><p class="${hashed(8)}">2019 - 2024</p></div></div>`).join('')}</div></section>`;

/** A page of so many elements: whatever its size, the owner's part is the same. @param {number} elements */
function pageOf(elements) {
  const styles = `p { margin: 0 } ${hashed(6) && `.${hashed(6)} { position: absolute; width: 1px; height: 1px; overflow: hidden; clip: rect(0 0 0 0) }`}`
    + Array.from({ length: 400 }, (_, i) => `.${hashed(i)} { display: flex; flex-direction: column; padding: ${i % 7}px } .${hashed(i)} > .${hashed(i + 1)} { color: #1${i % 9}2a30 }`).join('\n');
  const top = `<div componentkey="com.linkedin.sdui.profile.card.refACoAADemoTopcard"><section class="${hashed(13)} h-card" componentkey="com.linkedin.sdui.profile.card.refACoAADemoTopcard"><div class="${hashed(14)}"><div class="${hashed(16)}">
    <div class="${hashed(17)}"><div><a class="u-url" href="${URL}"><div><h2 class="p-name">Jonas Weber</h2></div></a></div><p class="${hashed(7)}">· 3rd</p></div><p class="${hashed(8)} p-job-title">Fleet planning at Nordhafen Logistik</p>
    <div class="${hashed(17)}"><p class="p-locality">Bremen, Germany</p><p>·</p><p><a href="${URL}overlay/contact-info/">Contact info</a></p></div></div></div></section></div>`;
  const about = `<section componentkey="com.linkedin.sdui.profile.card.refACoAADemoAbout"><h2>About</h2><p data-testid="expandable-text-box"><span>I plan fleets that arrive when they should.</span></p></section>`;
  /** @param {string} feed @param {string} people */
  const whole = (feed, people) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Jonas Weber</title><style>${styles}</style></head><body><div id="root"><header><nav><ul><li><a href="/feed/">Home</a></li></ul></nav></header>
    <div role="main"><main id="workspace">${top}${about}${card('Experience', 6)}${card('Education', 2)}${card('Skills', 3)}
    <section componentkey="com.linkedin.sdui.profile.card.refACoAADemoActivity"><h2>Activity</h2>${feed}</section></main><aside><section><h2>People also viewed</h2><ul>${people}</ul></section></aside></div></div></body></html>`;
  const count = (/** @type {string} */ html) => html.match(/<[a-z]/gi)?.length ?? 0;
  const missing = elements - count(whole('', '')), posts = Math.ceil(missing * 0.8 / count(post(0))), people = Math.ceil(missing * 0.2 / count(person(0)));
  /** @param {number} n @param {(i: number) => string} make */
  const many = (n, make) => Array.from({ length: n }, (_, i) => make(i)).join('');
  return whole(many(posts, post), many(people, person));
}

/** What a program does that takes everything: each element as it is, with what tells whether a person sees it. */
function everything() {
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT), all = [];
  /** @type {any} */ let at = null;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text) { if (at) at.text += node.data; continue; }
    const el = /** @type {Element} */ (node), { display, visibility, opacity } = getComputedStyle(el);
    const shown = display !== 'none' && visibility === 'visible' && opacity !== '0' && el.checkVisibility();
    all.push(at = { tag: el.localName, shown, text: '', attributes: [...el.attributes].map(({ name, value }) => [name, value]) });
  }
  return all.length;
}
/** The same, blind to what is shown. */
function markup() {
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT), all = [];
  /** @type {any} */ let at = null;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text) { if (at) at.text += node.data; continue; }
    const el = /** @type {Element} */ (node);
    all.push(at = { tag: el.localName, text: '', attributes: [...el.attributes].map(({ name, value }) => [name, value]) });
  }
  return all.length;
}

/** @returns {Promise<Row[]>} */
async function read() {
  const guard = await createGuard({ policy: readFileSync(DEFAULT_POLICY, 'utf8') });
  const session = await launch({ extension: null });
  /** @type {Row[]} */ const rows = [];
  try {
    for (const size of SIZES) {
      const body = pageOf(size), planned = guard.plan(URL);
      if (planned.kind !== 'planned') throw new Error('the page was refused unseen');
      const page = await session.open(URL, { body });
      await page.evaluate(readFileSync(join(ROOT, 'extension/content/probe.js'), 'utf8'));
      const measured = /** @type {{ elements: number, said: string, times: Record<string, number[]> }} */ (await page.evaluate(`((plan, turns) => {
        const work = { probe: () => scrupleProbe.inspect(plan), everything: ${everything}, markup: ${markup} };
        const times = {}, elements = document.getElementsByTagName('*').length;
        let said = '';
        for (const kind of ['', ' cold']) {
          for (let turn = 0; turn < turns + 2; turn++) {
            for (const [name, run] of Object.entries(work)) {
              // Whether or not anything was laid out before, each begins with the same.
              if (kind) document.documentElement.style.fontSize = 16 + (turn % 2) / 8 + 'px';
              document.documentElement.getBoundingClientRect();
              if (kind) document.body.classList.toggle('turn');
              const start = performance.now(), result = run(), took = performance.now() - start;
              // The first turns are for the engine to get going.
              if (turn > 1) (times[name + kind] ??= []).push(took);
              if (name === 'probe') said = result;
            }
          }
        }
        return { elements, said, times };
      })(${JSON.stringify(planned.plan)}, ${TURNS})`));
      const { said, elements, times } = measured;
      // What was measured has to be the real thing: this page, understood, with something to be taken.
      const judged = await guard.inspect(planned, async () => said);
      if (judged.kind !== 'judged' || !judged.report.verdicts.some(({ field, decision }) => field === 'name' && decision === 'allow')) throw new Error(`the page was not understood: ${JSON.stringify(judged.report.page)}`);
      await page.close();
      /** @type {number[]} */ const parsed = [];
      for (let turn = 0; turn < TURNS + 2; turn++) {
        const start = performance.now(), { items } = mf2(body, { baseUrl: URL });
        if (turn > 1) parsed.push(performance.now() - start);
        if (!items.length) throw new Error('the parser found nobody');
      }
      const what = `${elements.toLocaleString('en')} elements`;
      rows.push(
        row(what, times.probe, 'walk, with what is shown', times.everything),
        row(`${what}, styles changed before`, times['probe cold'], 'walk, with what is shown', times['everything cold']),
        row(what, times.probe, 'walk of the markup alone', times.markup),
        row(what, times.probe, 'microformats-parser, in Node', parsed),
      );
    }
  } finally {
    await session.close();
  }
  return rows;
}

const options = process.argv.slice(2);
if (options.some((option) => option !== '--json')) {
  console.error('usage: bench-read [--json]');
  process.exitCode = 1;
} else {
  try {
    console.log(JSON.stringify({ bench: 'read', rows: await read() }));
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exitCode = 1;
  }
}
