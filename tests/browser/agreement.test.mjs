/**
 * The probe in Chromium and the reader of saved pages must say the same of the same page: what it is, and of each field what is decided and why.
 *
 * Every scenario goes the whole way, with the panel and its buttons. The cases of the adapters, and pages of public test suites, are many: one tab
 * goes from page to page, and a page of the extension judges by the very guard that the worker has. What each says is also what the scenario or the
 * case expects, which native tests hold.
 *
 * The suites are looked for in the folder that SCRUPLE_CORPUS names, or beside the project; without them that part is skipped.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { launch, ROOT, typeOf } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Report} Report */
/** @typedef {import('./harness.mjs').Page} Page */
/** @typedef {{ name: string, url: string, page: string, policy: string, never: string[], person?: number }} Fixture */

const SCENARIOS = join(ROOT, 'tests/scenarios'), ADAPTERS = join(ROOT, 'src/site');
const { SCRUPLE_BIN = join(ROOT, 'target/debug/scruple') } = process.env;

/**
 * Where the two may differ, and why: the native reader has no layout engine, and of every page it thinks that it follows the standards. In every
 * one of these the browser denies what the native reader denies too.
 * @type {Map<string, { fields: string[], because: string }>}
 */
const DIFFERENCES = new Map([
  ['microformats-v1/hcard/format.html', { fields: ['familyName'], because: 'it has no doctype: to the browser, names of classes are the same in any case' }],
]);

/** @type {Session} */ let session;

/** @returns {Fixture[]} */
function scenarios() {
  return readdirSync(SCENARIOS, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => {
    const folder = join(SCENARIOS, name);
    const { url, policy = 'policy.json', expect } = JSON.parse(readFileSync(join(folder, 'scenario.json'), 'utf8'));
    return { name, url, page: join(folder, 'page.html'), policy: resolve(folder, policy), never: expect.never ?? [] };
  });
}

/** What must agree of a report. @param {Report} report @param {string[]} [besides] fields that may differ */
function essence({ page, verdicts, card }, besides = []) {
  const { kind, adapter, layout, relation, signals, drift, people } = /** @type {any} */ (page);
  return {
    page: { kind, adapter, layout, relation, signals, drift, people },
    verdicts: verdicts.filter(({ field }) => !besides.includes(field)).map(({ field, decision, present, reasons, audience, evidence }) =>
      ({ field, decision, present, reasons: reasons.map(({ code, rule, detail }) => `${code} ${rule ?? ''} ${detail ?? ''}`), audience, evidence })),
    card: card && Object.fromEntries(Object.entries(card.fields).filter(([field]) => !besides.includes(field)).map(([field, { values, cuts }]) => [field, { values, cuts }])),
  };
}

/** @param {Fixture} fixture */
const wordsFor = ({ page, url, policy, person }) =>
  ['inspect', page, '--url', url, '--policy', policy, '--card', '--json', ...(person === undefined ? [] : ['--person', String(person + 1)])];

/** @param {Fixture} fixture @returns {Promise<Report>} */
async function native(fixture) {
  const { stdout } = await promisify(execFile)(SCRUPLE_BIN, wordsFor(fixture), { encoding: 'utf8', maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}

/** @param {Fixture} fixture @returns {Promise<Report>} */
async function inBrowser({ page: file, url, policy }) {
  const page = await session.open(url, { body: readFileSync(file), type: typeOf(file) });
  try {
    // Straight into storage: some scenarios are about policies that the settings would not take.
    await desk.evaluate((text) => chrome.storage.local.set({ policy: text }), readFileSync(policy, 'utf8'));
    const { panel, state } = await session.inspect(page);
    const allows = state.report?.verdicts.some(({ decision }) => decision === 'allow');
    const { report } = allows ? await session.capture(panel) : state;
    return report ?? assert.fail('no report');
  } finally {
    await page.close();
  }
}

/** @param {Fixture} fixture @param {Report} here @param {Report} there */
function agree(fixture, here, there) {
  const { fields = [] } = DIFFERENCES.get(fixture.name) ?? {};
  assert.deepEqual(essence(here, fields), essence(there, fields));
  const text = JSON.stringify(here);
  for (const secret of fixture.never) assert.ok(!text.includes(secret), `${secret} is in the report`);
}

/** A page of the extension for what no button does. @type {Page} */ let desk;

describe('scenarios, with all that a person does', () => {
  before(async () => { session = await launch({ ready: true }); desk = await session.desk('icons/32.png'); });
  after(() => session?.close());

  for (const fixture of scenarios()) test(fixture.name, async () => {
    const [here, there] = await Promise.all([inBrowser(fixture), native(fixture)]);
    agree(fixture, here, there);
  });
});

/** A picture of 64 by 64: saved pages do not bring their pictures, and one without any size is hidden. */
const PICTURE = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>');

/** One tab that goes from page to page, and one page of the extension that judges. */
class Bench {
  /** @type {{ url: string, body: Buffer } | null} */ #served = null;
  /** @type {number} */ #world = 0;

  /** @param {Page} page @param {Page} desk @param {import('./harness.mjs').CDPSession} client */
  constructor(page, desk, client) {
    this.page = page;
    this.desk = desk;
    this.client = client;
    this.probe = readFileSync(join(ROOT, 'extension/content/probe.js'), 'utf8');
  }

  static async make() {
    const page = await session.browser.newPage(), desk = await session.desk();
    const bench = new Bench(page, desk, await page.createCDPSession());
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      const main = request.isNavigationRequest() && request.frame() === page.mainFrame();
      const served = bench.#served;
      const answer = main && served && request.url() === served.url ? { status: 200, contentType: 'text/html; charset=utf-8', body: served.body,
        headers: { 'cache-control': 'no-store', 'content-security-policy': "script-src 'none'; frame-src 'none'" } }
        : request.resourceType() === 'image' ? { status: 200, contentType: 'image/svg+xml', body: PICTURE }
          : { status: main ? 204 : 404, contentType: 'text/plain', body: '' };
      request.respond(answer).catch(() => {});   // the page may be gone
    });
    await desk.exposeFunction('askPage', (/** @type {'inspect' | 'read'} */ verb, /** @type {string} */ message) => bench.#ask(verb, message));
    return bench;
  }

  /** Puts a message to the probe in the page, in a world of its own. @param {'inspect' | 'read'} verb @param {string} message @returns {Promise<string>} */
  async #ask(verb, message) {
    const expression = `globalThis.scrupleProbe.${verb}(${JSON.stringify(message)})`;
    const { result, exceptionDetails } = await this.client.send('Runtime.evaluate', { expression, contextId: this.#world, returnByValue: true });
    assert.equal(exceptionDetails?.exception?.description, undefined);
    return result.value;
  }

  /** @param {Fixture} fixture @param {Buffer} body @returns {Promise<Report>} */
  async report({ url, policy, person }, body) {
    this.#served = { url, body };
    await this.page.goto(url, { waitUntil: 'domcontentloaded' });
    // A picture has a size once it is there; one that is loaded when it comes into view has to be asked for.
    await this.page.evaluate(() => Promise.race([new Promise((done) => { setTimeout(done, 2000); }), Promise.all([...document.images].map((image) => {
      image.loading = 'eager';
      return image.decode().catch(() => {});
    }))]));
    const { frameTree } = await this.client.send('Page.getFrameTree');
    const { executionContextId } = await this.client.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'scruple' });
    this.#world = executionContextId;
    await this.client.send('Runtime.evaluate', { expression: this.probe, contextId: executionContextId });
    return this.desk.evaluate(async ({ url, policy, person }) => {
      const self = /** @type {any} */ (globalThis);
      const { createGuard } = await import(chrome.runtime.getURL('guard/index.js'));
      const guard = (self.guards ??= new Map()).get(policy) ?? await createGuard({ policy });
      self.guards.set(policy, guard);
      const planned = guard.plan(url, { person });
      if (planned.kind === 'refused') return planned.report;
      const judged = await guard.inspect(planned, (/** @type {string} */ message) => self.askPage('inspect', message));
      if (judged.kind === 'refused' || !judged.report.verdicts.some((/** @type {any} */ { decision }) => decision === 'allow')) return judged.report;
      const { report } = await guard.capture(judged.inspection, (/** @type {string} */ message) => self.askPage('read', message));
      // The next case may show the same person with more restrictions, and what is kept of them would have to be reviewed first.
      if (report.card) await guard.vault.erase(url);
      return report;
    }, { url, policy: readFileSync(policy, 'utf8'), person });
  }
}

const WITH_EMAIL = join(ROOT, 'www/policies/with-email.json');

describe('cases of adapters', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scruple-cases-'));
  /** @type {Bench} */ let bench;
  before(async () => { session = await launch({ ready: true }); bench = await Bench.make(); });
  after(async () => { rmSync(folder, { recursive: true }); await session?.close(); });

  for (const name of readdirSync(ADAPTERS).filter((name) => name.endsWith('.json'))) {
    const { id, cases } = JSON.parse(readFileSync(join(ADAPTERS, name), 'utf8'));
    cases.forEach((/** @type {{ says: string, url: string, html: string, person?: number }} */ { says, url, html, person }, /** @type {number} */ i) => {
      test(`${id}: ${says}`, async () => {
        const page = join(folder, `${id}-${i}.html`), fixture = { name: `${id}-${i}`, url, page, policy: WITH_EMAIL, never: [], person };
        writeFileSync(page, html);
        const [here, there] = await Promise.all([bench.report(fixture, Buffer.from(html)), native(fixture)]);
        agree(fixture, here, there);
      });
    });
  }
});

/** Where pages of suites are taken to have stood. @param {string} folder @param {string} name */
function addressOf(folder, name) {
  if (!/^(skeletons|li-synthetic)/.test(folder)) return 'https://www.example.org/people/camille-roussel/';
  const known = [[/^github/, 'https://github.com/someone'], [/^twitter/, 'https://twitter.com/someone'], [/^fb/, 'https://mbasic.facebook.com/someone']];
  return String(known.find(([pattern]) => name.match(pattern))?.[1] ?? 'https://www.linkedin.com/in/someone/');
}

const { SCRUPLE_CORPUS: corpus = resolve(ROOT, '../shared/corpus') } = process.env;
const SUITES = ['skeletons', 'li-synthetic', 'mf-tests', 'microdata-rdf', 'jsonld-html', 'extruct-samples', 'schemaorg-examples', 'hidden-content', 'tdmrep'];
/** @returns {Fixture[]} */
const pagesOf = (/** @type {string} */ suite) => existsSync(join(corpus, suite)) ? readdirSync(join(corpus, suite), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.html')).sort().map((path) => ({ name: path, url: addressOf(suite, basename(path)), page: join(corpus, suite, path), policy: WITH_EMAIL, never: [] })) : [];

describe('pages of public suites', { skip: existsSync(corpus) ? false : 'there is no folder of suites' }, () => {
  /** @type {Bench} */ let bench;
  before(async () => { session = await launch({ ready: true }); bench = await Bench.make(); });
  after(() => session?.close());

  for (const suite of SUITES) {
    const pages = pagesOf(suite);
    test(`${suite}: ${pages.length} pages`, { skip: pages.length ? false : 'not there' }, async () => {
      /** @type {string[]} */ const wrong = [];
      let there = native(pages[0]);
      for (const [i, fixture] of pages.entries()) {
        const next = pages[i + 1];
        const [here, said] = await Promise.all([bench.report(fixture, readFileSync(fixture.page)), there]);
        if (next) there = native(next);
        try { agree(fixture, here, said); } catch (error) { wrong.push(`${relative(corpus, fixture.page)}: ${/** @type {Error} */ (error).message}`); }
      }
      assert.ok(!wrong.length, wrong.join('\n\n'));
    });
  }
});
