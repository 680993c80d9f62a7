/**
 * What is denied leaves no trace. Every value on a page that may not be taken is a text that stands nowhere else; after inspecting
 * and capturing none of them may be found in any message, store, console, page of the extension, request, or byte on the disk.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_POLICY, extensionCopy, filesBelow, launch, PolicyFile, sample, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */

const PROFESSIONAL = readFileSync(DEFAULT_POLICY, 'utf8');
const extension = extensionCopy();
const policy = new PolicyFile(extension);

/** What has been planted. @type {string[]} */ const canaries = [];
/** A text that stands nowhere else, and in which no other is contained. @param {string} what */
function canary(what) {
  const text = `zq${what}${Math.random().toString(36).slice(2, 10)}kw${canaries.length}`;
  canaries.push(text);
  return text;
}

/**
 * Replaces everything in a sample that its owner limited, that is hidden, or that is about somebody else.
 * @param {string} body @param {string[]} more further texts to replace
 */
function planted(body, more = []) {
  /** @param {string} html @param {string | RegExp} text @param {string} by */
  const swap = (html, text, by) => {
    const swapped = html.replaceAll(text, by);
    assert.notEqual(swapped, html, `the sample has no ${text}: mend this test`);
    return swapped;
  };
  let html = body;
  html = swap(html, 'camille.roussel@example.org', `${canary('mail')}@example.org`);
  html = swap(html, 'never.shown@example.org', `${canary('blobmail')}@example.org`);
  html = swap(html, '+33 1 99 00 66 01', `+33 1 99 ${canary('blobphone')}`);
  html = swap(html, 'https://camille-roussel.example/', `https://${canary('site')}.example/`);
  html = swap(html, 'camille-roussel.example', `${canary('sitetext')}.example`);
  // The digits are the canary here: a number has no letters.
  canaries.push('64831927');
  html = swap(html, '+33 1 99 00 27 18', '+33 1 64831927');
  for (const [text, what] of [['(Mobile)', 'kind'], ['8 quai des Essais, 69002 Lyon', 'street'], ['May 12', 'birthday'], ['Sep 3, 2024', 'connected'],
    ['Alex Martin', 'viewer'], ['Basile Okafor', 'bystander'], ['Léonie Marchand', 'bystander'], ['Yuna Park', 'bystander'], ['Orchard manager', 'theirjob'],
    ['Quality lead', 'theirjob'], ['Glass packaging sales', 'theirjob'], ['basile-okafor-demo', 'theirslug'], ['leonie-marchand-demo', 'theirslug'],
    ['I buy fruit', 'about'], ['École des Métiers du Goût', 'school'], ['Master, Food Supply Chains', 'degree'], ['Seasonal forecasting', 'skill'],
    ['Halles Durance', 'formerfirm'], ['Category buyer', 'formerjob'], ...more.map((text) => [text, 'owner'])]) html = swap(html, text, canary(what));
  html = swap(html, '<main class="scaffold-layout__main">', `<main class="scaffold-layout__main" data-note="${canary('data')}"><!-- ${canary('comment')} -->
    <input type="hidden" value="${canary('input')}"><p hidden>${canary('hidden')}</p><p style="position:absolute;left:-9999px">${canary('moved')}</p>
    <template>${canary('template')}</template><script type="application/json">{"email":"${canary('json')}@example.org"}</script>
    <script type="application/ld+json">{"@type":"WebSite","name":"${canary('ld')}","email":"${canary('ldmail')}@example.org"}</script>`);
  html = swap(html, 'Invented person.', canary('foot'));
  // Of the owner's photo, what stands in the data of the picture.
  const photo = canary('photo');
  html = html.replace(/(pv-top-card-profile-picture__image--show"[^>]*?%3C\/svg%3E)/, `$1%3C!--${photo}--%3E`);
  assert.ok(html.includes(photo), 'the sample has no photo: mend this test');
  return html;
}

/** Replaces the owner too, of whom nothing may be taken. @param {string} body */
function stranger(body) {
  // The title is the browser's to know, and stands in its history: only the body is searched for.
  const [head, person] = planted(body, ['Procurement director', 'Maison Verdane', 'Lyon, Auvergne']).split(/(?=<body)/);
  return head + person.replaceAll('Camille', canary('given')).replaceAll('Roussel', canary('family'));
}

/** @param {string} text @param {string[]} [of] */
const found = (text, of = canaries) => of.filter((each) => text.includes(each) || text.toLowerCase().includes(each));

/** Everything that can be seen while the browser runs. @param {Session} session @param {string[]} [elsewhere] canaries that the page may tell the worker */
async function clean(session, elsewhere = []) {
  for (const { from, text } of session.messages) {
    // What was allowed is read before it is screened. So it may pass from page to worker, and nowhere else.
    /** @type {string[]} */ const screened = from.startsWith('service_worker') && text.includes('executeScript result') ? elsewhere : [];
    assert.deepEqual(found(text, canaries.filter((each) => !screened.includes(each))), [], `in a message of ${from}`);
  }
  for (const { from, text } of session.console) assert.deepEqual(found(text), [], `in the console of ${from}`);
  for (const { from, text } of session.requests) {
    const { url } = JSON.parse(text).request;
    // A picture that stands in the page itself goes over no network.
    if (!url.startsWith('data:')) assert.deepEqual(found(text), [], `in a request of ${from}`);
    if (from.includes(session.id)) assert.ok(url.startsWith(session.url('')), `${from} asks for ${url}`);
  }
  assert.deepEqual(found(await session.stored()), [], 'in a store');
  for (const target of session.browser.targets().filter((target) => target.url().startsWith(`chrome-extension://${session.id}/`) && target.type() !== 'service_worker')) {
    const page = await target.asPage();
    const shown = await page.evaluate(() => document.documentElement.outerHTML + [...document.querySelectorAll('input, textarea')].map((each) => /** @type {HTMLInputElement} */ (each).value).join());
    assert.deepEqual(found(shown), [], `in ${target.url()}`);
  }
  assert.deepEqual(found(await session.log()), [], 'in the exported log');
}

/** Every byte the browser wrote, as UTF-8 and as UTF-16. @param {string} profile @param {string[]} texts @returns {Promise<string[]>} */
async function onDisk(profile, texts) {
  const found = new Set(), sought = texts.flatMap((text) => [[text, Buffer.from(text, 'utf8')], [text, Buffer.from(text, 'utf16le')]]);
  for await (const { path, bytes } of filesBelow(profile)) {
    for (const [text, form] of sought) if (bytes.includes(form)) found.add(`${text} in ${relative(profile, path)}`);
  }
  return [...found];
}

test('no denied value leaves the page', async (t) => {
  const profile = mkdtempSync(join(tmpdir(), 'scruple-canary-'));
  const session = await launch({ ready: true, extension, userDataDir: profile });
  try {
    const { body, url } = sample('first-degree.html');

    await t.test('a capture', async () => {
      assert.ok((await session.setPolicy(PROFESSIONAL)).ok);
      await session.wake();
      const page = await session.open(url, { body: planted(body) });
      const before = await page.evaluate(() => document.documentElement.outerHTML);
      const { panel, state } = await session.inspect(page);
      await session.traced();
      for (const field of ['email', 'telephone', 'streetAddress', 'birthDate', 'image']) {
        const verdict = state.report?.verdicts.find((each) => each.field === field);
        assert.deepEqual([verdict?.decision, verdict?.present], ['deny', true], `${field} is there and denied`);
      }
      const { report } = await session.capture(panel);
      assert.deepEqual(report?.card?.fields.name?.values, ['Camille Roussel']);
      assert.equal(await page.evaluate(() => document.documentElement.outerHTML), before, 'nothing was added to the page');
      assert.ok(session.messages.some(({ text }) => text.includes('executeScript result') && text.includes('Camille Roussel')), 'the messages were heard');
      assert.deepEqual((await session.card(url))?.fields.name?.values, ['Camille Roussel'], 'the vault gives it out');
      const stored = await session.stored();
      assert.ok(stored.includes(String(report?.card?.id)), 'the store was searched');
      assert.ok(!stored.includes('Camille Roussel') && !stored.includes(url), 'what is kept is sealed');
      await clean(session);
      await page.close();
    });

    await t.test('a contact detail inside an allowed text', async () => {
      const cut = canary('cut');
      const page = await session.open(url, { body: planted(body).replace('Procurement director at Maison Verdane', `Procurement director, ${cut}@example.org`) });
      const { panel } = await session.inspect(page);
      const { report } = await session.capture(panel);
      assert.deepEqual(report?.card?.fields.headline?.cuts ?? ['email'], ['email'], 'cut out, or dropped whole');
      assert.deepEqual(found(JSON.stringify(report)), []);
      assert.ok(session.messages.some(({ text }) => text.includes('executeScript result') && text.includes(cut)), 'the page told it');
      await clean(session, [cut]);
      await page.close();
    });

    // What may not be taken on a site that is only observed is everything.
    await t.test('a page that is only observed', async () => {
      assert.ok((await session.setPolicy(JSON.stringify({ ...JSON.parse(PROFESSIONAL), modes: { 'linkedin.com': 'observe' } }))).ok);
      session.messages.length = 0;
      const page = await session.open(url, { body: stranger(body) });
      const { panel, state } = await session.inspect(page);
      await session.traced();
      assert.deepEqual(state.report?.verdicts.filter(({ would }) => would === 'allow').map(({ field }) => field).slice(0, 2), ['name', 'headline']);
      assert.deepEqual(state.report?.verdicts.filter(({ decision }) => decision === 'allow'), []);
      assert.equal((await session.ask({ type: 'capture', tabId: state.tabId }, panel)).state.report.card, null);
      assert.ok(session.messages.some(({ text }) => text.includes('executeScript result')), 'the messages were heard');
      await clean(session);
      await page.close();
    });

    // Judged under the person's policy, then under the organisation's: what it forbids meanwhile is not read any more.
    await t.test('a field that the organisation forbids while the panel is open', async () => {
      assert.ok((await session.setPolicy(PROFESSIONAL)).ok);
      session.messages.length = 0;
      const page = await session.open(url, { body: planted(body, ['Procurement director', 'Maison Verdane']) });
      const { panel, state } = await session.inspect(page);
      const may = (/** @type {typeof state} */ { report }) => report?.verdicts.filter(({ decision }) => decision === 'allow').map(({ field }) => field) ?? [];
      assert.ok(['headline', 'jobTitle', 'worksFor'].every((field) => may(state).some((each) => each === field)));
      policy.write({ organisation: 'Example Group', forbid: [{ id: 'no-work', says: 'Nothing about work.', fields: ['headline', 'jobTitle', 'worksFor'] }] });
      await until('the organisation to be heard', async () => may(await session.state(panel)).includes('headline') ? undefined : true);
      const { report } = await session.capture(panel);
      assert.deepEqual(report?.card?.fields.name?.values, ['Camille Roussel']);
      await clean(session);
      // And one that cannot be used forbids everything.
      await session.again(panel);
      policy.write({ organisation: 'Example Group', mode: 'strikt' });
      await until('the organisation to be heard', async () => may(await session.state(panel)).length > 0 ? undefined : true);
      assert.equal((await session.ask({ type: 'capture', tabId: state.tabId }, panel)).state.report.card, null);
      await clean(session);
      await page.close();
      policy.remove();
      await until('the organisation to be gone', async () => (await session.ask({ type: 'policy.get' })).managed === null || undefined);
    });

    await t.test('a person of whom nothing may be taken', async () => {
      const { purpose, ...rest } = JSON.parse(PROFESSIONAL);
      assert.ok(purpose && (await session.setPolicy(JSON.stringify(rest))).ok);
      const slug = canary('slug');
      session.messages.length = 0;
      const page = await session.open(`https://www.linkedin.com/in/${slug}/`, { body: stranger(body) });
      const { panel, state } = await session.inspect(page);
      assert.deepEqual(state.report?.verdicts.filter(({ decision }) => decision === 'allow'), []);
      assert.equal((await session.capture(panel)).report?.card ?? null, null);
      await page.close();
      // So is the address; but it may stand nowhere in what is ours.
      canaries.splice(canaries.indexOf(slug), 1);
      assert.deepEqual(found(await session.stored(), [slug]), []);
      assert.deepEqual(found(await session.log(), [slug]), []);
      await clean(session);
    });

    await session.close();
    await t.test('the disk', async () => {
      assert.notDeepEqual(await onDisk(profile, ['Example Group']), [], 'what is no secret is found: the search works');
      assert.deepEqual(await onDisk(profile, canaries), []);
    });
  } finally {
    policy.remove();
    await session.close().catch(() => {});
    for (const folder of [profile, extension]) rmSync(folder, { recursive: true, force: true });
  }
});
