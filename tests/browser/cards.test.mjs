/** What is kept can be looked through, and moves to a new machine: in a real browser, with the page that people use. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkLog, DEFAULT_POLICY, extensionCopy, filesBelow, launch, ROOT, sample, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */

const { body, url } = sample('third-degree.html'), PASSPHRASE = 'four words are best', DAY = 86_400_000;

/** People with names and addresses of their own, on pages like the sample. */
const PEOPLE = ['Éloïse Marchand', 'Zoran Petrovic', 'Jean-Pierre Lefèvre'];

describe('what is kept', () => {
  const extension = extensionCopy(), downloads = mkdtempSync(join(tmpdir(), 'scruple-backup-'));
  /** @type {Session} */ let session;
  /** @type {Page} */ let page;
  before(async () => {
    session = await launch({ extension });
    assert.ok((await session.setPolicy(readFileSync(DEFAULT_POLICY, 'utf8'))).ok);
    for (const [i, name] of PEOPLE.entries()) await captured(session, name, `${url.replace(/\/$/, '')}-${i}/`);
  });
  after(async () => {
    await session.close().catch(() => {});
    for (const folder of [extension, downloads]) rmSync(folder, { recursive: true, force: true });
  });

  /** Captures a page like the sample, of somebody else. @param {Session} session @param {string} name @param {string} address */
  async function captured(session, name, address) {
    const [, old = ''] = /<h1[^>]*>\s*([^<]+?)\s*</.exec(body) ?? [];
    assert.notEqual(old, '', 'the sample has a name: mend this test');
    const page = await session.open(address, { body: body.replaceAll(old, name).replaceAll(url, address) });
    const { panel } = await session.inspect(page), { report } = await session.capture(panel);
    assert.equal(report?.card?.fields.name?.values[0], name);
    await page.close();
  }

  /** @param {Page} page @returns {Promise<string[]>} */
  const names = (page) => page.$$eval('#cards .name', (all) => all.map((one) => one.textContent ?? ''));

  /** Looks for something in the page. @param {Page} page @param {string} text @param {string} said */
  async function found(page, text, said) {
    // A tab that is not in front paints nothing, and a click waits for that.
    await page.bringToFront();
    await page.$eval('#text', (input, text) => { /** @type {HTMLInputElement} */ (input).value = text; }, text);
    await page.click('#form .primary');
    await until(`the answer to ${text}`, async () => (await page.$eval('#shown', (one) => one.textContent)) === said ? true : undefined);
    return names(page);
  }

  /** Asks the vault of a page. @template T @param {Page} page @param {(guard: any) => Promise<T>} work @returns {Promise<T>} */
  const ask = async (page, work) => {
    const guard = await page.evaluateHandle(async () => {
      const self = /** @type {any} */ (globalThis);
      return self.vaultGuard ??= await (await import(chrome.runtime.getURL('guard/index.js'))).createGuard();
    });
    return guard.evaluate(work);
  };

  test('the list shows the newest first, and a search finds the beginnings of words', async () => {
    page = await session.desk('pages/cards.html');
    await until('the list', async () => (await names(page)).length === 3 ? true : undefined);
    assert.deepEqual(await names(page), PEOPLE.toReversed());
    assert.deepEqual(await found(page, 'eloise', 'One person.'), [PEOPLE[0]]);
    assert.deepEqual(await found(page, 'JEAN-P', 'One person.'), [PEOPLE[2]]);
    assert.deepEqual(await found(page, 'loise', 'Nobody found.'), []);
    assert.deepEqual(await found(page, '', '3 people.'), PEOPLE.toReversed());
  });

  test('what is searched is sealed: no word of it is in the store', async () => {
    const stored = await session.stored(page), parts = JSON.parse(stored)['scruple/parts'];
    assert.equal(parts[0].length, 1, 'one part was made and kept');
    for (const word of ['Petrovic', 'petrovic', 'marchand']) assert.ok(!stored.includes(word), word);
  });

  test('a card shows what it holds and where it comes from, and can be erased', async () => {
    await page.click('#cards li:first-child summary');
    const told = await (await page.waitForSelector('#cards li:first-child .opened'))?.evaluate((one) => one.textContent ?? '') ?? '';
    assert.ok(told.includes('-2/') && told.includes(PEOPLE[2]), told);
    await page.click('#cards li:first-child .danger');
    await page.waitForSelector('#erasing[open]');
    assert.match(await page.$eval('#erasing-heading', (one) => one.textContent ?? ''), /Jean-Pierre/);
    await page.click('#requested');
    await page.click('#erasing .danger');
    await until('the card to be gone', async () => (await names(page)).length === 2 ? true : undefined);
    const stored = JSON.parse(await session.stored(page));
    assert.deepEqual([stored['scruple/cards'][0].length, stored['scruple/parts'][0].length], [2, 0], 'the part went with its card');
    assert.match(await ask(page, (guard) => guard.log.newest(1)).then(([entry]) => entry), /"kind":"erased".*"why":"request"/);
    assert.deepEqual(await found(page, 'lefevre', 'Nobody found.'), []);
  });

  test('another window notices what changed', async () => {
    const other = await session.desk('pages/cards.html');
    assert.deepEqual(await found(other, 'zoran', 'One person.'), [PEOPLE[1]]);
    await captured(session, PEOPLE[2], `${url.replace(/\/$/, '')}-2/`);
    assert.deepEqual(await found(other, 'lefevre', 'One person.'), [PEOPLE[2]]);
    assert.deepEqual(await found(page, 'lefevre', 'One person.'), [PEOPLE[2]]);
    await other.close();
  });

  test('a part that was damaged is made anew', async () => {
    await page.evaluate(async () => {
      /** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
      const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); });
      const database = await done(indexedDB.open('scruple')), parts = database.transaction('parts', 'readwrite').objectStore('parts');
      const part = await done(parts.get(0));
      await done(parts.put({ ...part, sealed: `${part.sealed.slice(0, -8)}AAAAAAA=` }, 0));
      database.close();
    });
    const fresh = await session.desk('pages/cards.html');
    assert.deepEqual(await found(fresh, 'zoran', 'One person.'), [PEOPLE[1]]);
    await fresh.close();
  });

  test('what has expired is in no list and no answer, though nothing was purged', async () => {
    const late = await page.browser().newPage();
    await late.evaluateOnNewDocument(`{ const now = Date.now; Date.now = () => now() + ${1200 * DAY}; }`);
    await late.goto(session.url('pages/cards.html'));
    await until('an empty list', async () => (await late.$eval('#shown', (one) => one.textContent)) === 'Nobody found.' ? true : undefined);
    assert.deepEqual(await found(late, 'zoran', 'Nobody found.'), []);
    await late.close();
  });

  test('everything moves to a new machine', async () => {
    const client = await page.createCDPSession();
    await client.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads });
    await page.type('#new-passphrase', PASSPHRASE);
    await page.type('#again', PASSPHRASE);
    await page.click('#save button');
    const file = await until('the backup', async () => readdirSync(downloads).find((name) => name.endsWith('.scruplebackup')), 30_000);
    const bytes = readFileSync(join(downloads, file));
    for (const word of ['Petrovic', 'captured', 'people']) assert.ok(!bytes.subarray(400).includes(word), 'nothing of it can be read');
    const before = await ask(page, async (guard) => ({ entries: await guard.log.newest(100), cards: (await guard.vault.list()).cards }));
    const refused = await ask(page, (guard) => guard.backup.restore(new Blob(['x']), 'whatever it is').catch((/** @type {Error} */ error) => error.message));
    assert.match(refused, /not_a_backup/);

    const elsewhere = extensionCopy(), fresh = await launch({ extension: elsewhere });
    try {
      const desk = await fresh.desk('pages/cards.html');
      /** @param {Buffer} bytes @param {string} passphrase */
      const attempt = async (bytes, passphrase) => {
        const path = join(downloads, 'attempt.scruplebackup');
        writeFileSync(path, bytes);
        await desk.$eval('#moved', (one) => { one.textContent = ''; });
        await /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await desk.$('#file')).uploadFile(path);
        await desk.$eval('#passphrase', (input, text) => { /** @type {HTMLInputElement} */ (input).value = text; }, passphrase);
        await desk.click('#restore button');
        return until('an answer', async () => {
          const said = await desk.$eval('#moved', (one) => one.textContent ?? '');
          return said !== '' && said !== 'Working …' ? said : undefined;
        }, 30_000);
      };
      const flipped = Buffer.from(bytes);
      flipped[bytes.length - 40] ^= 1;
      assert.match(await attempt(bytes, 'four words are worse'), /not the one/);
      assert.match(await attempt(flipped, PASSPHRASE), /damaged/);
      assert.match(await attempt(bytes.subarray(0, -1), PASSPHRASE), /end of the backup is missing/);
      assert.match(await attempt(Buffer.concat([bytes, Buffer.from('x')]), PASSPHRASE), /damaged/);
      assert.match(await attempt(Buffer.from(bytes.toString('latin1').replace('"v":1', '"v":2'), 'latin1'), PASSPHRASE), /newer version/);
      assert.equal((await ask(desk, (guard) => guard.log.newest(9))).length, 0, 'nothing of it stayed');
      assert.match(await attempt(bytes, PASSPHRASE), /Everything is back/);
      const there = await ask(desk, async (guard) => ({ entries: await guard.log.newest(100), cards: (await guard.vault.list()).cards }));
      assert.deepEqual(there, before, 'the log, and the cards with their deadlines');
      assert.deepEqual(await found(desk, 'petrovic', 'One person.'), [PEOPLE[1]]);
      assert.deepEqual(await fresh.ask({ type: 'policy.get' }).then(({ text }) => text), await session.ask({ type: 'policy.get' }).then(({ text }) => text));
      const card = await fresh.card(`${url.replace(/\/$/, '')}-1/`);
      assert.equal(card?.fields.name?.values[0], PEOPLE[1], 'the card is found by its page, under its new name');
      assert.match(await attempt(bytes, PASSPHRASE), /kept here already/);
    } finally {
      await fresh.close();
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });
});

test('whoever is erased leaves no key of an index that named them, though it went before', async () => {
  const session = await launch({ ready: true });
  try {
    const policy = readFileSync(DEFAULT_POLICY, 'utf8');
    assert.ok((await session.setPolicy(policy)).ok);
    const page = await session.open(url, { body }), { panel } = await session.inspect(page);
    assert.equal((await session.capture(panel)).phase, 'captured');
    const desk = await session.desk(), vault = await desk.evaluateHandle(async (policy) => (await (await import(chrome.runtime.getURL('guard/index.js'))).createGuard({ policy })).vault, policy);
    /** How many keys the safe has: nobody else has any. */
    const keys = () => desk.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('scruple-safe', { create: true });
      let sizes = 0;
      for await (const handle of /** @type {any} */ (folder).values()) sizes += (await handle.getFile()).size;
      return sizes;
    });
    const one = await keys();
    assert.equal((await vault.evaluate((vault) => vault.search({ text: '' }))).cards.length, 1);
    const both = await keys();
    assert.ok(one > 0 && both > one, `the card has a key, and so has the part: ${one}, ${both}`);
    // What is noted of a card makes the part untrue, so it goes.
    assert.ok(await vault.evaluate((vault, url) => vault.contacted(url, 'replied'), url));
    assert.equal(await vault.evaluate((vault, url) => vault.erase(url, { requested: true }), url), true);
    assert.equal(await keys(), 0);
  } finally {
    await session.close();
  }
});

/** People are written to: what the permission for e-mail addresses is for. */
const WRITTEN_TO = JSON.stringify({ ...JSON.parse(readFileSync(join(ROOT, 'www/policies/with-email.json'), 'utf8')), channel: 'email' });

/**
 * Somebody with a page like the sample. The words of each stand nowhere else, nor does any part of them: the browser packs some of its files so that what
 * stood there before is only referred to.
 * @typedef {{ url: string, name: string, employer: string, email: string }} Person
 */

/** The page of somebody, as it is seen by somebody with no tie to them or by a direct connection, to whom alone LinkedIn may show an address. @param {Person} person @param {boolean} [isConnected] */
function pageOf({ url: address, name, employer, email }, isConnected = false) {
  const changed = body.replaceAll('Jonas Weber', name).replaceAll('Brückner &amp; Sohn', employer).replaceAll('jonas.weber@example.org', email).replaceAll(url, address);
  for (const word of [name, employer, email, '3rd+ degree', '>3rd+<']) assert.ok(changed.includes(word), `the sample has no place for ${word}: mend this test`);
  return isConnected ? changed.replaceAll('3rd+', '1st') : changed;
}

/**
 * Looks at the page of somebody, and captures what it allows.
 * @param {Session} session @param {Person} person @param {boolean} [isConnected] @param {string} [signal] a robots rule of the page
 */
async function visited(session, person, isConnected, signal) {
  const page = await session.open(person.url, { body: pageOf(person, isConnected).replace('<head>', signal ? `<head><meta name="robots" content="${signal}">` : '<head>') });
  try {
    const { panel } = await session.inspect(page);
    return await session.capture(panel);
  } finally {
    await page.close();
  }
}

/** What the log says happened, newest first, of one kind. @param {Session} session @param {string} kind @returns {Promise<any[]>} */
const events = async (session, kind) => (await session.log()).split('\n').filter((line) => line.includes(`"kind":"${kind}"`)).map((line) => JSON.parse(line)).reverse();

/** The text of an element that is shown. @param {Page} page @param {string} selector */
const told = (page, selector) => page.$eval(selector, (one) => one.checkVisibility() && /** @type {HTMLElement} */ (one).innerText || '');

/** Opens the card of somebody in the list. @param {Page} page @param {string} name */
async function openCard(page, name) {
  await page.bringToFront();
  const row = await until(`the card of ${name}`, async () => {
    for (const row of await page.$$('#cards > li')) if ((await row.$eval('.name', (one) => one.textContent)) === name) return row;
  });
  if (!await row.$('[open]')) await (await row.$('summary'))?.click();
  await until('what is in it', async () => await row.$('.opened') ?? undefined);
  return row;
}

/** Waits until the page says something. @param {Page} page @param {RegExp} what */
const says = (page, what) => until(`the page to say ${what}`, async () => what.test(await told(page, '#said')) || undefined);

describe('what is restricted later', () => {
  const profile = mkdtempSync(join(tmpdir(), 'scruple-review-')), extension = extensionCopy();
  /** @type {Record<"keep" | "erase" | "plain" | "more", Person>} */
  const people = {
    keep: { url: `${url}a/`, name: 'Maud Tervane', employer: 'Quorvex Lindgast', email: 'wyzqolm@hvarptune.example' },
    erase: { url: `${url}b/`, name: 'Ilse Brokhaus', employer: 'Dwomptal Fjyrre', email: 'xukvepz@jolmsatty.example' },
    plain: { url: `${url}c/`, name: 'Tarek Oulmi', employer: 'Example Freight', email: 'tarek@oulmi.example' },
    more: { url: `${url}e/`, name: 'Sanne Idrissi', employer: 'Example Freight', email: 'sanne@idrissi.example' },
  };
  /** @type {Session} */ let session;
  /** @type {Page} */ let page;
  /** The cards as they were sealed before anything was decided, by their source. @type {string[]} */ let sealed = [];
  before(async () => {
    session = await launch({ ready: true, extension, userDataDir: profile });
    assert.ok((await session.setPolicy(WRITTEN_TO)).ok);
    for (const person of Object.values(people)) {
      const { report } = await visited(session, person);
      assert.deepEqual(report?.card?.fields.email?.values, [person.email]);
    }
  });
  after(async () => {
    await session.close().catch(() => {});
    for (const folder of [profile, extension]) rmSync(folder, { recursive: true, force: true });
  });

  /** What was sealed, opened again as far as its key is still there. */
  const unsealed = () => page.evaluate(async (all) => {
    const { unsealed } = await import(chrome.runtime.getURL('guard/shelf.js')), { FORM } = await import(chrome.runtime.getURL('guard/vault.js'));
    return unsealed(all.map((/** @type {string} */ one) => [FORM, one]));
  }, sealed);

  /** @returns {Promise<string>} */
  const waiting = () => told(page, '#waiting');

  test('flags the card, is noted, and keeps the page from being captured again', async () => {
    for (const person of [people.keep, people.erase]) {
      const { report } = await visited(session, person, true);
      assert.equal(report?.card ?? null, null);
      assert.ok(report?.verdicts.every(({ reasons }) => reasons.some(({ code }) => code === 'deny.review.pending')), 'although most of it may still be seen by every member');
      const card = await session.inVault((vault, url) => vault.card(url), person.url);
      assert.deepEqual(card?.review, ['email']);
      const [noted] = await events(session, 'restricted');
      assert.deepEqual([noted.cards, noted.fields], [[card.id], ['email']]);
      const again = await visited(session, person);
      assert.ok(again.report?.verdicts.every(({ decision }) => decision === 'deny'), 'also where the page shows it again');
      assert.deepEqual(await session.card(person.url), card, 'nothing was refreshed');
    }
    assert.equal((await events(session, 'restricted')).length, 2, 'what is known already is not noted again');
    assert.equal((await visited(session, people.plain)).phase, 'captured', 'whoever restricted nothing is captured as before');
  });

  test('is said on the page of what is kept, which leads to it', async () => {
    page = await session.desk('pages/cards.html');
    await until('the line', async () => /2 cards wait for your decision/.test(await waiting()) || undefined);
    sealed = JSON.parse(await session.stored(page))['scruple/cards'][1].map((/** @type {{ sealed: string }} */ row) => row.sealed);
    const texts = await unsealed();
    for (const { email } of Object.values(people)) assert.ok(texts.some((/** @type {string | null} */ text) => text?.includes(email)), 'with its key each opens');
    await page.click('#show-waiting');
    await until('those that wait', async () => (await told(page, '#shown')) === '2 people.' || undefined);
    assert.equal(await page.$eval('#flagged', (tick) => /** @type {HTMLInputElement} */ (tick).checked), true);
    assert.deepEqual(await page.$$eval('#cards .name', (all) => all.map((one) => one.textContent)), [people.erase.name, people.keep.name]);
  });

  test('the rest can be kept without it', async () => {
    const row = await openCard(page, people.keep.name), button = await row.$('[data-do="keep"]') ?? assert.fail('there is no such button');
    assert.match(await row.evaluate((one) => one.innerText), /Restricted since: E-mail/);
    assert.match(await row.$eval('.ways', (one) => /** @type {HTMLElement} */ (one).innerText), /E-mail\s+Not allowed\s+Restricted on the page since/);
    const before = await session.card(people.keep.url), entries = (await session.kept()).events;
    await button.click();
    assert.match(await told(page, '#keeping'), /Keep Maud Tervane without.*since the capture: E-mail\. This is deleted for good/s);
    await page.keyboard.press('Escape');
    await until('the dialog to be left', async () => await page.$('#keeping[open]') ? undefined : true);
    assert.equal(await button.evaluate((one) => document.activeElement === one), true, 'the focus is back where it was');
    assert.deepEqual([await session.card(people.keep.url), (await session.kept()).events], [before, entries], 'nothing was decided');

    await page.bringToFront();
    await button.click();
    await page.click('#keeping .danger');
    await says(page, /Deleted from the card of Maud Tervane: E-mail\. The rest is kept\./);
    assert.ok(!(await unsealed()).some((/** @type {string | null} */ text) => text?.includes(people.keep.email)), 'at once, and not only with the next sweep');
    await until('one less', async () => /1 card waits for your decision/.test(await waiting()) || undefined);
    const left = await session.card(people.keep.url), { email, ...fields } = before?.fields ?? {};
    assert.ok(email);
    assert.deepEqual([left?.fields, left?.id, left?.first_captured_at, left?.expires_at], [fields, before?.id, before?.first_captured_at, before?.expires_at], 'it ends when it would have ended');
    assert.deepEqual(Object.keys(left?.channels ?? {}), ['phone', 'post'], 'nobody is told that they may be written to');
    const [noted] = await events(session, 'reviewed');
    assert.deepEqual([noted.cards, noted.fields], [[before?.id], ['email']]);
    assert.match(noted.to, /^sha256:/);
    const { report } = await visited(session, people.keep, true);
    assert.deepEqual([report?.card?.id, report?.card?.fields.email], [before?.id, undefined], 'what the page still allows can be captured again');
  });

  test('or all of it erased', async () => {
    const row = await openCard(page, people.erase.name), { id } = await session.card(people.erase.url) ?? assert.fail('there is no card');
    await page.bringToFront();
    await (await row.$('[data-do="erase"]'))?.click();
    await page.click('#erasing .danger');
    await says(page, /Erased: Ilse Brokhaus\./);
    await until('nothing to wait any more', async () => (await waiting()) === '' || undefined);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'list-heading', 'the focus is in the list, where the card was');
    assert.equal(await session.card(people.erase.url), null);
    const [noted] = await events(session, 'erased');
    assert.deepEqual([noted.cards, noted.why], [[id], 'user']);
    const said = checkLog(await session.log());
    if (said) assert.match(said.verified, /log verified/);
  });

  test('what was not asked about is not dropped, and where nothing would be left there is nothing to keep', async () => {
    await visited(session, people.more, true);
    await page.reload();
    await until('the line', async () => /1 card waits/.test(await waiting()) || undefined);
    const row = await openCard(page, people.more.name);
    await (await row.$('[data-do="keep"]'))?.click();
    await visited(session, people.more, true, 'noindex');
    const before = await session.card(people.more.url), review = await session.inVault(async (vault, url) => (await vault.card(url))?.review ?? [], people.more.url);
    assert.deepEqual(Object.keys(before?.fields ?? {}).sort(), [...review].sort(), 'now all of it is restricted');
    await page.bringToFront();
    await page.click('#keeping .danger');
    await says(page, /changed in the meantime/);
    assert.deepEqual(await session.card(people.more.url), before, 'nothing was dropped');
    const again = await openCard(page, people.more.name);
    assert.match(await again.evaluate((one) => one.innerText), /this can only be erased/);
    assert.deepEqual(await again.$$eval('.decide button', (all) => all.map((one) => one.dataset.do)), ['erase']);
  });

  test('what was dropped can be opened by nobody, and is in no file of the profile', async () => {
    const texts = await unsealed(), kept = texts.filter((/** @type {string | null} */ text) => text !== null);
    assert.equal(texts.length, 4);
    assert.deepEqual(kept.map((/** @type {string} */ text) => [people.plain, people.more].some(({ email }) => text.includes(email))), [true, true], 'of what was sealed then, only cards that nobody decided about still open');
    const words = [people.keep.email, people.erase.email, people.erase.employer].flatMap((words) => words.split(/[@. ]/)).filter((word) => word !== 'example');
    const stored = await session.stored(page);
    for (const word of words) assert.ok(!stored.includes(word), word);
    const found = async (/** @type {string[]} */ words) => {
      /** @type {string[]} */ const places = [];
      for await (const { path, bytes } of filesBelow(profile)) {
        for (const word of words) if (bytes.includes(Buffer.from(word, 'utf8')) || bytes.includes(Buffer.from(word, 'utf16le'))) places.push(`${word} in ${relative(profile, path)}`);
      }
      return places;
    };
    assert.ok((await found(['sha256:'])).some((place) => place.includes('indexeddb')), 'what is no value is found: the search works');
    assert.deepEqual(await found(words), []);
    await session.close();
    assert.deepEqual(await found(words), []);
  });
});

describe('how long, and how', () => {
  /** @type {Person} */
  const person = { url: `${url}d/`, name: 'Noor Castellane', employer: 'Example Freight', email: 'noor@freight.example' };
  const extension = extensionCopy(), KEPT = 1095 * DAY;
  /** @type {Session} */ let session;
  before(async () => {
    session = await launch({ ready: true, extension });
    assert.ok((await session.setPolicy(WRITTEN_TO)).ok);
  });
  after(async () => {
    await session.close().catch(() => {});
    rmSync(extension, { recursive: true, force: true });
  });

  /** The page of what is kept, so many days from now. @param {number} days */
  async function later(days) {
    const page = await session.browser.newPage();
    await page.evaluateOnNewDocument(`{ const now = Date.now; Date.now = () => now() + ${days * DAY}; }`);
    await page.goto(session.url('pages/cards.html'));
    return page;
  }

  /** Opens the dialog that asks how the person got in touch. @param {Page} page */
  const asked = (page) => until('the dialog', async () => {
    // What was noted before may still put the list anew, button and all.
    await openCard(page, person.name).then((row) => row.$('[data-do="contact"]')).then((button) => button?.click()).catch(() => {});
    return await page.$('#contacting[open]') ?? undefined;
  });

  /** Notes in the page that the person got in touch. @param {Page} page @param {string} how @param {number} days from now on */
  async function contacted(page, how, days) {
    await asked(page);
    await page.click(`#how-${how}`);
    const date = await page.$eval('#when', (input, at) => {
      const moment = new Date(at), field = /** @type {HTMLInputElement} */ (input);
      field.value = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
      return field.value;
    }, Date.now() + days * DAY);
    await page.click('#contacting .primary');
    return date;
  }

  test('a contact that came from the person is the new first day, and nothing else is', async () => {
    const first = (await visited(session, person)).report?.card ?? assert.fail('nothing was captured');
    const page = await later(100), noon = await page.evaluate((at) => new Date(at).setHours(12, 0, 0, 0), Date.now() + 50 * DAY);
    await asked(page);
    assert.match(await told(page, '#contacting'), /Noor Castellane got in touch.*as long as your settings allow: 36 months\. Nothing else makes it stay longer/s);
    await page.click('#contacting .primary');
    assert.ok(await page.$('#contacting[open]'), 'nobody can leave out how');
    await page.click('#contacting-cancel');
    assert.equal((await session.card(person.url))?.expires_at, first.expires_at);

    await contacted(page, 'replied', 50);
    await says(page, /^Noted\. The card of Noor Castellane is kept until /);
    const until = new Date(noon + KEPT), card = await session.card(person.url);
    assert.equal(Date.parse(card?.expires_at ?? ''), until.getTime(), 'the days of the settings, counted from that day');
    assert.equal(card?.first_captured_at, first.first_captured_at);
    assert.ok((await told(page, '#said')).includes(until.toLocaleDateString('en-US', { dateStyle: 'long' })), 'and the person is told');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-do')), 'contact', 'the focus is back where it was');
    const [noted] = await events(session, 'contacted');
    assert.deepEqual([noted.cards, noted.how, Date.parse(noted.from), noted.to], [[card?.id], 'replied', noon, card?.expires_at]);

    // An earlier one takes nothing back.
    await page.bringToFront();
    await contacted(page, 'called', 10);
    await says(page, /was to be kept until .* already/);
    assert.equal((await session.card(person.url))?.expires_at, card?.expires_at);
    await page.close();

    const worker = await session.wake();
    await worker.evaluate(`{ const now = Date.now; Date.now = () => now() + ${200 * DAY}; }`);
    const again = (await visited(session, person)).report?.card;
    assert.deepEqual([again?.id, again?.expires_at], [card?.id, card?.expires_at], 'a capture is no contact');
    assert.notEqual(again?.captured_at, first.captured_at);
    assert.equal((await events(session, 'contacted')).length, 2);
  });

  test('no contact lies in the future, or before the first capture', async () => {
    const page = await later(201);
    for (const days of [210, -3]) {
      await contacted(page, 'met', days);
      assert.ok(await page.$('#contacting[open]'), String(days));
      await page.click('#contacting-cancel');
    }
    assert.equal((await events(session, 'contacted')).length, 2);
    await page.close();
  });

  test('a card shows by which ways the person may be contacted, and why not by the others', async () => {
    const page = await later(201), row = await openCard(page, person.name);
    const said = await row.$eval('.ways', (one) => /** @type {HTMLElement} */ (one).innerText);
    assert.match(said, /E-mail\s+Allowed\s+Visible to all members of this site\.\s+Phone\s+Not allowed\s+\S.*\s+Post\s+Not allowed\s+\S/s);
    const { channels } = await session.card(person.url) ?? {};
    assert.deepEqual(Object.entries(channels ?? {}).map(([way, { allowed }]) => [way, allowed]), [['email', true], ['phone', false], ['post', false]]);
    await page.close();
    const profile = await session.open(person.url, { body: pageOf(person) }), { panel } = await session.inspect(profile);
    await session.capture(panel);
    await until('the card in the panel', async () => /May be contacted by\s+e-mail\s/.test(await panel.evaluate(() => document.body.innerText)) || undefined);
    await profile.close();
  });

  test('another employer: what may lead to the one before is marked, until it changes too', async () => {
    const worker = await session.wake();
    await worker.evaluate(`{ const now = Date.now; Date.now = () => now() + ${2 * DAY}; }`);
    const moved = { ...person, employer: 'Example Shipyard' };
    assert.deepEqual((await visited(session, moved)).report?.card?.former, ['email']);
    const page = await later(203), row = await openCard(page, person.name), text = await row.evaluate((one) => one.innerText);
    assert.match(text, /noor@freight\.example\s+May still lead to the employer before/);
    assert.match(await row.$eval('.ways', (one) => /** @type {HTMLElement} */ (one).innerText), /E-mail\s+Allowed\s+It may still lead to the employer before/);
    assert.equal((await session.card(person.url))?.fields.worksFor?.values[0], 'Example Shipyard');
    await page.close();
    assert.equal((await visited(session, { ...moved, email: 'noor@shipyard.example' })).report?.card?.former, undefined);
  });
});

test('half a backup is said wherever something would be captured, and can be thrown away', async () => {
  const session = await launch({ ready: true });
  try {
    const settings = await session.desk(), desk = await session.desk('pages/cards.html');
    const said = (/** @type {Page} */ where, /** @type {string} */ id) => where.$eval(id, (each) => each.checkVisibility() && each.textContent || '');
    await until('the list', async () => (await desk.$eval('#shown', (one) => one.textContent)) === 'Nobody found.' ? true : undefined);
    assert.deepEqual([await said(settings, '#untended'), await said(desk, '#half')], ['', '']);
    // What a page leaves that is closed in the middle: an end of the log that is none.
    await desk.evaluate(async () => {
      /** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
      const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); });
      const database = await done(indexedDB.open('scruple')), meta = database.transaction('meta', 'readwrite').objectStore('meta');
      await done(meta.put(JSON.stringify({ tree: { size: 2, peaks: ['00'.repeat(32), '00'.repeat(32)] } }), 'tree'));
      database.close();
    });
    await desk.reload();
    await until('the sentence', async () => /was not finished.*bottom of this page/.test(await said(desk, '#half')) || undefined);
    await until('the sentence elsewhere', async () => /was not finished.*“What is kept”/.test(await said(settings, '#untended')) || undefined);
    const page = await session.open(url, { body }), { panel } = await session.inspect(page);
    assert.match(await said(panel, '#untended'), /was not finished/);
    await desk.bringToFront();
    await desk.click('#discard');
    await until('it to be gone', async () => /is gone/.test(await said(desk, '#moved')) || undefined);
    for (const [where, id] of /** @type {const} */ ([[desk, '#half'], [settings, '#untended'], [panel, '#untended']])) await until('no sentence', async () => await said(where, id) === '' || undefined);
    assert.equal(await desk.$eval('#shown', (one) => one.textContent), 'Nobody found.');
  } finally {
    await session.close();
  }
});
