/**
 * Chromium with the extension installed, and pages served at their true addresses: what the tests, the demo, `capture` and
 * `bench` share. Everything is done as a person would: the real toolbar button, the real side panel, its real buttons.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import puppeteer, { CDPSessionEvent } from 'puppeteer-core';

/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {import('puppeteer-core').Browser} Browser */
/** @typedef {import('puppeteer-core').CDPSession} CDPSession */
/** @typedef {import('../../extension/messages.js').PanelState} PanelState */
/** @typedef {import('../../extension/messages.js').Report} Report */
/** @typedef {import('../../extension/messages.js').Request} Request */
/** @typedef {{ body: string | Buffer, type?: string, headers?: Record<string, string> }} Served */
/** @typedef {import('../../extension/messages.js').DocumentProblem} DocumentProblem */
/** @typedef {{ from: string, text: string }} Line something that was said, and by whom */

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The policy that is tried when none is named. */
export const DEFAULT_POLICY = join(ROOT, 'www/policies/professional.json');

/** How long anything may take before a test gives up; far more than it needs. */
const PATIENCE = 20_000;

/** Like that of the sites the extension is for: no inline script, no WebAssembly, nothing from elsewhere. */
const PAGE_CSP = "default-src 'none'; script-src 'self' 'nonce-c2NydXBsZQ'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
  + "font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/** @param {string} message @returns {never} */
const fail = (message) => { throw new Error(message); };

/** @returns {string} */
function chromium() {
  const { CHROME, PATH = '' } = process.env;
  if (CHROME) return CHROME;
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const places = [...PATH.split(delimiter), '/Applications/Google Chrome.app/Contents/MacOS', '/Applications/Chromium.app/Contents/MacOS'];
  return places.flatMap((place) => [...names, 'Chromium', 'Google Chrome'].map((name) => join(place, name))).find(existsSync)
    ?? fail('no Chromium found: name it in the environment variable CHROME');
}

/** The built extension: the one named in the environment, or where the build puts it. */
export function extensionDir() {
  const dir = resolve(process.env.SCRUPLE_EXTENSION ?? join(ROOT, 'dist/extension'));
  return existsSync(join(dir, 'manifest.json')) ? dir : fail(`no extension in ${dir}: build it with \`cargo xtask build\``);
}

/**
 * A copy of the extension in a folder of its own, where Chromium gives it another id: what is set for one by policy does not reach a
 * test that runs beside it.
 */
export function extensionCopy() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'scruple-extension-')));
  cpSync(extensionDir(), folder, { recursive: true });
  return folder;
}

/** The id that Chromium gives to an unpacked extension: made of the place it lies in. @param {string} folder */
function idOf(folder) {
  const digits = createHash('sha256').update(folder).digest('hex').slice(0, 32);
  return [...digits].map((digit) => String.fromCharCode(97 + parseInt(digit, 16))).join('');
}

/**
 * What an organisation sets for an extension, as administrators do on Linux: a file in the browser's policy folder. Chromium takes
 * about five seconds to notice a change, and none to notice that a file is gone.
 */
export class PolicyFile {
  /** @type {string[]} folders that were made for it, the outermost first */ #made = [];

  /** @param {string} extension its folder */
  constructor(extension) {
    this.id = idOf(extension);
    this.folder = /google|chrome$/.test(chromium()) ? '/etc/opt/chrome/policies/managed' : '/etc/chromium/policies/managed';
    this.path = join(this.folder, `scruple-test-${this.id}.json`);
    // Whatever ends the tests: an organisation's settings must not outlive them.
    process.on('exit', () => this.remove());
  }

  /** @param {object | string} settings a text is written as it is */
  write(settings) {
    const text = typeof settings === 'string' ? settings : JSON.stringify({ '3rdparty': { extensions: { [this.id]: settings } } });
    try {
      const outermost = mkdirSync(this.folder, { recursive: true });
      for (let made = this.folder; outermost && made.length >= outermost.length; made = dirname(made)) this.#made.unshift(made);
      writeFileSync(this.path, text);
    } catch (error) {
      fail(`cannot write the policy file ${this.path}: these tests set policies for the browser, and have to be run as root (${/** @type {Error} */ (error).message})`);
    }
  }

  remove() {
    rmSync(this.path, { force: true });
    for (const made of this.#made.splice(0).reverse()) {
      // Another test may have put a file of its own there.
      try { rmdirSync(made); } catch { /* not empty */ }
    }
  }
}

/**
 * @typedef {object} Options
 * @property {string | null} [extension] its folder; null for a browser without one
 * @property {boolean} [fromStart] it is there when the browser starts, as for anybody who installed it once; or else it is installed then
 * @property {boolean} [ready] nobody has to wait: that no organisation has settings counts as known already, and a page of the extension that does nothing stays
 *   open behind the others, to ask the worker from
 * @property {boolean} [headless]
 * @property {string} [userDataDir] kept after closing; without it a new one is made, and removed
 * @property {string[]} [args] further flags
 */

/** @param {Options} [options] @returns {Promise<Session>} */
export async function launch({ extension = extensionDir(), fromStart = false, ready = false, headless = true, userDataDir, args = [] } = {}) {
  const profile = userDataDir ?? await mkdtemp(join(tmpdir(), 'scruple-browser-'));
  const browser = await puppeteer.launch({
    executablePath: chromium(),
    pipe: true,
    headless,
    userDataDir: profile,
    enableExtensions: true,
    defaultViewport: null,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--lang=en-US', '--window-size=1400,900',
      // Pages are answered by the harness (see `open`). Whatever is not, by mistake, finds no network.
      '--host-resolver-rules=MAP * ~NOTFOUND',
      ...(fromStart ? [`--load-extension=${extension}`] : []),
      ...args,
    ],
  });
  try {
    const session = new Session(browser, profile, userDataDir === undefined);
    if (extension !== null) await (fromStart ? session.attach(extension) : session.install(extension));
    if (ready) await session.makeReady();
    return session;
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/**
 * Has a worker or page of the extension tell every message it sends and every answer it gets. A worker that starts anew is a
 * new target, and is told again; what it says before that is missed, so tests wake the worker before they press the button.
 */
const TRACE = `(${() => {
  const self = /** @type {any} */ (globalThis);
  if (!self.chrome?.runtime?.id || self.scrupleTraced) return;
  self.scrupleTraced = true;
  const tell = (/** @type {string} */ kind, /** @type {unknown} */ what) => self.scrupleTrace(JSON.stringify([kind, what]));
  /** @param {any} api @param {string} name */
  const wrap = (api, name) => {
    if (!api) return;
    const real = api[name].bind(api);
    api[name] = async (/** @type {any[]} */ ...args) => {
      tell(`${name} call`, args.map((each) => typeof each?.func === 'function' ? { ...each, func: String(each.func) } : each));
      const result = await real(...args);
      tell(`${name} result`, result);
      return result;
    };
  };
  wrap(self.chrome.scripting, 'executeScript');
  wrap(self.chrome.tabs, 'sendMessage');
  wrap(self.chrome.runtime, 'sendMessage');
}})()`;

/** A running browser. */
export class Session {
  /** What any page, worker or panel wrote to its console, exceptions included. @type {Line[]} */ console = [];
  /** What any of them asked the network for. @type {Line[]} */ requests = [];
  /** Every message between worker and page, and between worker and extension pages, as JSON. @type {Line[]} */ messages = [];
  /** Chromium's id of the extension. */ id = '';
  /** @type {import('puppeteer-core').Extension | undefined} */ #extension;
  /** @type {WeakSet<import('puppeteer-core').Target>} */ #watched = new WeakSet();
  /** Sessions attached to workers: to which, and who can let go of it. @type {Map<string, { targetId: string, from: Pick<CDPSession, 'send'> }>} */ #attached = new Map();
  /** @type {Promise<unknown>[]} */ #pending = [];
  /** A page of the extension to ask from, if one stays open. @type {Page | null} */ #own = null;

  /** @param {Browser} browser @param {string} profile @param {boolean} temporary */
  constructor(browser, profile, temporary) {
    this.browser = browser;
    this.profile = profile;
    this.temporary = temporary;
    const connection = /** @type {import('puppeteer-core').Connection} */ (/** @type {any} */ (browser)._connection);
    this.#count(connection);
    connection.on(CDPSessionEvent.SessionAttached, (session) => this.#count(session));
    browser.on('targetcreated', (target) => { this.#pending.push(this.#watch(target).catch(() => {})); });
    for (const target of browser.targets()) this.#pending.push(this.#watch(target).catch(() => {}));
  }

  /** Finds the extension that was there when the browser started. @param {string} folder */
  async attach(folder) {
    this.id = idOf(folder);
    this.#extension = await until('the extension', async () => (await this.browser.extensions()).get(this.id));
  }

  /** Installs the extension, and closes the settings that it opens then: they would come to the front at some moment of a test. @param {string} folder */
  async install(folder) {
    this.id = await this.browser.installExtension(folder);
    this.#extension = (await this.browser.extensions()).get(this.id);
    const settings = await this.browser.waitForTarget((target) => target.url() === this.url('pages/settings.html'), { timeout: PATIENCE });
    await (await settings.page())?.close();
  }

  /** See `Options`. */
  async makeReady() {
    const own = await this.desk('icons/32.png');
    await until('the worker to know that there are no settings of an organisation', async () => {
      // As for a worker that starts anew, long after the first one looked.
      await own.evaluate(() => chrome.storage.session.set({ firstLook: 1 }));
      await this.killWorker();
      return (await this.ask({ type: 'policy.get' }, own)).settled === false ? undefined : true;
    });
    this.#own = own;
  }

  /** Has something done from a page of the extension: from the one given, from the one that stays open, or from a new one. @template T @param {Page | undefined} from @param {(page: Page) => Promise<T>} work */
  async #within(from, work) {
    const open = from ?? this.#own, page = open ?? await this.desk();
    try {
      return await work(page);
    } finally {
      if (!open) await page.close();
    }
  }

  /** Listens to a target: its console, its requests, and, if it is ours, its messages. @param {import('puppeteer-core').Target} target */
  async #watch(target) {
    const type = target.type();
    if (this.#watched.has(target) || !['page', 'service_worker', 'other'].includes(type) || target.url().startsWith('chrome://')) return;
    this.#watched.add(target);
    // A worker has one session for everything: any other that stays attached would keep it from being stopped.
    const client = (await target.worker())?.client ?? await target.createCDPSession();
    /** @param {Line[]} log */
    const into = (log) => (/** @type {unknown} */ what) => { log.push({ from: `${type} ${target.url()}`, text: JSON.stringify(what) }); };
    for (const event of /** @type {const} */ (['Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded'])) client.on(event, into(this.console));
    client.on('Network.requestWillBeSent', into(this.requests));
    client.on('Runtime.bindingCalled', into(this.messages));
    await Promise.allSettled(['Runtime.enable', 'Log.enable', 'Network.enable', 'Page.enable'].map((method) => client.send(/** @type {any} */ (method))));
    if (target.url().startsWith('chrome-extension://')) await this.#trace(client);
  }

  /** Has a worker or page of the extension tell its messages; pages of others are left as they are. @param {CDPSession} client */
  async #trace(client) {
    await client.send('Runtime.addBinding', { name: 'scrupleTrace' });
    // In every document to come, and in what there is.
    await client.send('Page.addScriptToEvaluateOnNewDocument', { source: TRACE }).catch(() => {});   // a worker has no documents
    await client.send('Runtime.evaluate', { expression: TRACE });
  }

  /**
   * Keeps account of who is attached to workers through a session or the connection itself.
   *
   * Chromium keeps a worker that somebody is attached to. Puppeteer lets go of the ones it was attached to without asking, but not if that happens while
   * it attaches to the same one itself, as for a worker that starts beside a page that has just been opened.
   * @param {CDPSession | import('puppeteer-core').Connection} from
   */
  #count(from) {
    from.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => { if (targetInfo.type === 'service_worker') this.#attached.set(sessionId, { targetId: targetInfo.targetId, from }); });
    from.on('Target.detachedFromTarget', ({ sessionId }) => { this.#attached.delete(sessionId); });
  }

  /** Waits until the listeners above stand, for every target that exists by now. */
  async traced() {
    for (let done = 0; done < this.#pending.length;) done = (await Promise.all(this.#pending)).length;
  }

  /**
   * Opens a new tab at an address, answered with a given document.
   *
   * The request is answered inside the browser, by the protocol's `Fetch` domain, before any name is resolved. So the page is
   * at its true https address, with its origin, its secure context and the headers given here, and neither a certificate that
   * the browser would have to be told to trust nor a server is needed. The extension notices nothing: `activeTab` and
   * `scripting` see the committed address. Everything else that the page asks for is answered with 404.
   * @param {string} url @param {Served} served @returns {Promise<Page>}
   */
  async open(url, { body, type = 'text/html; charset=utf-8', headers = {} }) {
    const page = await this.browser.newPage();
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      const main = request.isNavigationRequest() && request.frame() === page.mainFrame();
      // `no-store` keeps the page itself out of the profile folder, where the tests look for what the extension left.
      const answer = main ? { status: 200, contentType: type, body, headers: { 'cache-control': 'no-store', 'content-security-policy': PAGE_CSP, ...headers } }
        : { status: 404, contentType: 'text/plain', body: '' };
      request.respond(answer).catch(() => {});   // the tab may be gone
    });
    // Chromium itself needs many seconds to lay out some of the pages that the tests make up.
    await page.goto(url, { waitUntil: 'domcontentloaded', timeout: 3 * PATIENCE });
    return page;
  }

  /** Presses the toolbar button for the page in front. @param {Page} page */
  async push(page) {
    await (this.#extension ?? fail('no extension is installed')).triggerAction(page);
  }

  /** Brings a page to the front, presses the toolbar button for it, and waits for the side panel. @param {Page} page @returns {Promise<Page>} */
  async press(page) {
    await page.bringToFront();
    await this.push(page);
    return this.panel();
  }

  /** The side panel beside the tab in front. @returns {Promise<Page>} */
  async panel() {
    const url = this.url('panel/panel.html');
    return until('the side panel', async () => {
      for (const target of this.browser.targets()) {
        if (!target.url().startsWith(url)) continue;
        const panel = await target.asPage();
        if (await panel.evaluate(() => document.visibilityState === 'visible' && document.readyState === 'complete')) return panel;
      }
    });
  }

  /** An address of the extension. @param {string} path */
  url(path) {
    return `chrome-extension://${this.id}/${path}`;
  }

  /** Opens one of the extension's own pages in a tab. @param {string} [path] */
  async desk(path = 'pages/settings.html') {
    const page = await this.browser.newPage();
    await page.goto(this.url(path), { timeout: PATIENCE });
    const client = await page.createCDPSession();
    client.on('Runtime.bindingCalled', (what) => { this.messages.push({ from: `page ${page.url()}`, text: JSON.stringify(what) }); });
    await client.send('Runtime.enable');
    await this.#trace(client);
    return page;
  }

  /** Puts a request to the worker, as a page of the extension does; wakes it if need be. @param {Request} request @param {Page} [from] @returns {Promise<any>} */
  async ask(request, from) {
    return this.#within(from, (page) => page.evaluate((/** @type {Request} */ message) => chrome.runtime.sendMessage(message), request));
  }

  /** What the panel knows about the tab in front. @param {Page} panel @returns {Promise<PanelState>} */
  async state(panel) {
    const tabId = await panel.evaluate(async () => (await chrome.tabs.query({ active: true, currentWindow: true }))[0]?.id);
    const answer = await this.ask({ type: 'state', tabId: tabId ?? fail('no tab is in front') }, panel);
    return answer?.ok ? answer.state : fail(`the worker does not tell its state: ${JSON.stringify(answer)}`);
  }

  /** Waits until the worker is done with what it was asked. @param {Page} panel @param {PanelState['phase'][]} [phases] @param {number} [patience] milliseconds */
  async settled(panel, phases = ['judged', 'captured', 'failed'], patience = PATIENCE) {
    return until(`a state among ${phases.join(', ')}`, async () => {
      const state = await this.state(panel);
      return phases.includes(state.phase) ? state : undefined;
    }, patience);
  }

  /** Presses the toolbar button and waits for the verdicts. @param {Page} page @param {number} [patience] milliseconds */
  async inspect(page, patience = PATIENCE) {
    const pressed = async () => {
      const panel = await this.press(page);
      return { panel, state: await this.settled(panel, ['judged', 'failed'], patience) };
    };
    const first = await pressed();
    // Seen on machines with much else to do: Chromium tells of the press a moment before it lets the extension into the tab. A person presses again.
    const early = first.state.report?.verdicts.some(({ reasons }) => reasons.some(({ detail }) => detail === 'no_access'));
    return early && /^https:/.test(page.url()) ? pressed() : first;
  }

  /** Has the tab in front judged anew, as the panel's button does. @param {Page} panel @returns {Promise<PanelState>} */
  async again(panel) {
    const { tabId } = await this.state(panel), answer = await this.ask({ type: 'inspect', tabId }, panel);
    return answer?.ok ? answer.state : fail(`the worker does not inspect: ${JSON.stringify(answer)}`);
  }

  /** Presses "Capture" in the panel. False if there is nothing to capture. @param {Page} panel */
  async pressCapture(panel) {
    const { report } = await this.state(panel);
    if (!report?.verdicts.some(({ decision }) => decision === 'allow')) return false;
    // The panel shows a moment later what the worker knows already, and a press while it still moves may miss the button.
    // While a capture is under way the panel takes no second press.
    await until('the press of "Capture" to be felt', async () => {
      const button = await panel.$('#capture:enabled');
      if (!await button?.isVisible()) return;
      await button?.click();
      return until('its effect', async () => (await this.state(panel)).phase === 'judged' ? undefined : true, 1000);
    });
    return true;
  }

  /** Captures what may be captured, if anything. @param {Page} panel @returns {Promise<PanelState>} */
  async capture(panel) {
    if (!await this.pressCapture(panel)) return this.state(panel);
    return this.settled(panel, ['captured', 'failed']);
  }

  /** @param {string} text @returns {Promise<{ ok: boolean, problems?: DocumentProblem[] }>} */
  async setPolicy(text) {
    return this.ask({ type: 'policy.set', text });
  }

  #workerTarget() {
    return this.browser.targets().find((target) => target.type() === 'service_worker' && target.url().startsWith(this.url('')));
  }

  /** The running worker, or null when Chromium has stopped it. */
  async worker() {
    return await this.#workerTarget()?.worker() ?? null;
  }

  /** Makes sure that the worker runs and is listened to. @returns {Promise<import('puppeteer-core').WebWorker>} */
  async wake() {
    if (!await this.worker()) await this.ask({ type: 'policy.get' });
    const worker = await until('the worker', async () => await this.worker() ?? undefined);
    await this.traced();
    await worker.evaluate(TRACE);   // when it was heard of first, it had no interfaces yet
    return worker;
  }

  /** Stops the worker, as Chromium does when it has been idle. False if it was not running. */
  async killWorker() {
    const target = this.#workerTarget();
    if (!target) return false;
    // Closing the target and letting go of it is how Chrome's own documentation has extensions tested for this.
    await (await target.worker())?.close().catch(() => {});
    const client = await this.browser.target().createCDPSession(), id = /** @type {any} */ (target)._targetId;
    // A message may have started another one by now: it is this one that has to be gone. One that was just starting needs telling again.
    await until('the worker to stop', async () => {
      if (!this.browser.targets().includes(target)) return true;
      for (const [sessionId, { targetId, from }] of this.#attached) if (targetId === id) await from.send('Target.detachFromTarget', { sessionId }).catch(() => {});
      const { targetInfos } = await client.send('Target.getTargets');
      for (const { type, url, targetId } of targetInfos) if (type === 'service_worker' && url === target.url()) await client.send('Target.closeTarget', { targetId });
    });
    await client.detach();
    return true;
  }

  /** The log as it is handed to whoever checks it: its text. */
  async log() {
    const page = await this.desk();
    try {
      return await page.evaluate(async (path) => {
        const { parts } = await (await (await import(path)).createGuard()).log.export();
        let text = '';
        for await (const part of parts) text += part;
        return text;
      }, this.url('guard/index.js'));
    } finally {
      await page.close();
    }
  }

  /** Everything the extension has stored, as one JSON text. @param {Page} [from] one of its pages */
  async stored(from) {
    return this.#within(from, (page) => page.evaluate(async () => {
      /** @type {Record<string, unknown>} */ const all = {};
      for (const area of /** @type {const} */ (['local', 'sync', 'session', 'managed'])) {
        all[`chrome.storage.${area}`] = await chrome.storage[area].get(null).catch(String);
      }
      /** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
      const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); });
      for (const { name = '', version = 1 } of await indexedDB.databases()) {
        const db = await done(indexedDB.open(name, version));
        for (const store of db.objectStoreNames) {
          const rows = db.transaction(store).objectStore(store);
          all[`${name}/${store}`] = [await done(rows.getAllKeys()), await done(rows.getAll())];
        }
        db.close();
      }
      all.caches = await caches.keys();
      all.localStorage = { ...localStorage };
      // Bytes are told as text, so that what is in them can be found.
      return JSON.stringify(all, (_key, value) => {
        const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : null;
        return bytes ? [...bytes].map((byte) => String.fromCharCode(byte)).join('') : value instanceof CryptoKey ? `[${value.algorithm.name} key]` : value;
      });
    }));
  }

  /** How many cards and log entries are kept: entries about pages, of which so many are captures, and what happened beside the pages. */
  async kept() {
    const all = JSON.parse(await this.stored());
    /** @type {unknown[]} */ const lines = all['scruple/entries']?.[1] ?? [];
    // What is no text keeps the place of the next entry.
    /** @type {{ kind: string, decisions?: unknown[] }[]} */ const entries = lines.filter((line) => typeof line === 'string').map((line) => JSON.parse(line)), pages = entries.filter(({ decisions }) => decisions);
    const captured = pages.filter(({ kind }) => kind === 'captured').length;
    return { cards: all['scruple/cards']?.[1].length ?? 0, captured, entries: pages.length, events: entries.length - pages.length };
  }

  /** The card of a page, as the vault gives it out. @param {string} url @returns {Promise<import('../../extension/guard/index.js').Card | null>} */
  async card(url) {
    return this.inVault((vault, url) => vault.card(url), url);
  }

  /**
   * Has something done with the vault, in a page of the extension.
   * @template T
   * @param {(vault: import('../../extension/guard/index.js').Guard["vault"], url: string) => Promise<T>} work runs in that page
   * @param {string} url
   * @returns {Promise<T>}
   */
  async inVault(work, url) {
    const page = await this.desk();
    try {
      const vault = await page.evaluateHandle(async (path) => (await (await import(path)).createGuard()).vault, this.url('guard/index.js'));
      return await vault.evaluate(/** @type {any} */ (work), url);
    } finally {
      await page.close();
    }
  }

  async close() {
    await this.browser.close();
    if (this.temporary) await rm(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/**
 * Asks again until there is an answer. What throws meanwhile (a page on its way in or out) counts as no answer yet.
 * @template T @param {string} what @param {() => Promise<T | undefined>} ask @param {number} [patience] milliseconds @returns {Promise<T>}
 */
export async function until(what, ask, patience = PATIENCE) {
  const end = Date.now() + patience;
  /** @type {unknown} */ let trouble;
  while (Date.now() < end) {
    const answer = await ask().catch((error) => { trouble = error; });
    if (answer !== undefined) return answer;
    await new Promise((go) => { setTimeout(go, 15); });
  }
  throw new Error(`waited in vain for ${what}`, { cause: trouble });
}

/** A problem with a document as people read it. @param {DocumentProblem} problem */
export function problemLine({ line, column, what, instead }) {
  return `line ${line}, column ${column}: ${what}${instead ? `; write ${instead}` : ''}`;
}

/**
 * Has the command line tool check an exported log: that nothing in it was changed, and that every decision in it can be derived again
 * from its evidence and settings.
 * @param {string} text @returns {{ verified: string, replayed: string } | null} what it says; null where there is no tool
 */
export function checkLog(text) {
  const { SCRUPLE_BIN } = process.env;
  if (!SCRUPLE_BIN) return null;
  const folder = mkdtempSync(join(tmpdir(), 'scruple-log-')), file = join(folder, 'log');
  try {
    writeFileSync(file, text);
    const [verified, replayed] = ['verify', 'replay'].map((verb) => execFileSync(SCRUPLE_BIN, [verb, file], { encoding: 'utf8' }));
    return { verified, replayed };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether the command line tool finds nothing in a picture that it would leave out; true where there is no tool. @param {Buffer} picture */
export function isClean(picture) {
  const { SCRUPLE_BIN } = process.env;
  if (!SCRUPLE_BIN) return true;
  const folder = mkdtempSync(join(tmpdir(), 'scruple-picture-')), file = join(folder, 'picture');
  try {
    writeFileSync(file, picture);
    return JSON.parse(execFileSync(SCRUPLE_BIN, ['strip', file, '--json'], { encoding: 'utf8' })).removed.length === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The content type under which a saved page is served. @param {string} path */
export function typeOf(path) {
  const known = { xml: 'application/xml', txt: 'text/plain', json: 'application/json', svg: 'image/svg+xml', xhtml: 'application/xhtml+xml' };
  const ending = /** @type {keyof typeof known} */ (path.toLowerCase().split('.').pop());
  return `${known[ending] ?? 'text/html'}; charset=utf-8`;
}

/** A sample page of the project, and the address it says it has. @param {string} name */
export function sample(name) {
  const file = join(ROOT, 'www/samples', name), body = readFileSync(file, 'utf8');
  const link = /<link\b[^>]*\brel=["']?canonical\b[^>]*>/i.exec(body)?.[0] ?? '';
  const url = /\bhref=["']([^"']+)/i.exec(link)?.[1] ?? fail(`${file} has no canonical address`);
  return { file, body, url };
}

/** Every file below a folder, with its bytes. @param {string} folder @returns {AsyncGenerator<{ path: string, bytes: Buffer }>} */
export async function* filesBelow(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    yield { path, bytes: await readFile(path) };
  }
}

/** A verdict as people read it: one line of a table. @param {Report} report */
export function tableOf({ verdicts }) {
  const rows = [['field', 'decision', 'reason', 'audience'], ...verdicts.map(({ field, decision, would, reasons, audience, present }) =>
    [field, would ? `${decision} (would ${would})` : decision, reasons.map(({ code }) => code).join(', ') + (present ? '' : ' (not on the page)'), audience])];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, i) => i < 3 ? cell.padEnd(widths[i]) : cell).join('  ').trimEnd()).join('\n');
}

/** The rest of a report as people read it: card and log line. @param {Report} report */
export function cardOf({ card, log }) {
  const lines = card ? [`card ${card.id}`, ...Object.entries(card.fields).map(([field, { values, cuts = [] }]) =>
    `  ${field}: ${values.join(' | ')}${cuts.length ? ` (cut: ${cuts.join(', ')})` : ''}`),
    `  source: ${card.source.url}`, `  kept until: ${card.expires_at}`] : ['no card: nothing was captured'];
  lines.push(log ? `log entry ${log.index} of ${log.size}, root ${log.root}` : 'no log entry');
  return lines.join('\n');
}
