/**
 * What an organisation sets for a browser, as administrators do: by a policy file, while people use the extension. It can only make
 * things stricter, a person cannot get around it, and before it is known nothing is looked at.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { checkLog, extensionCopy, launch, PolicyFile, ROOT, sample, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */
/** @typedef {import('./harness.mjs').PanelState} PanelState */

const WITH_EMAIL = readFileSync(join(ROOT, 'www/policies/with-email.json'), 'utf8');
const third = sample('third-degree.html');
const NAME = 'Example Group';
const NO_EMAIL = { organisation: NAME, forbid: [{ id: 'group-no-email', says: 'E-mail addresses are not collected in our group.', fields: ['email'] }] };

const extension = extensionCopy();
const policy = new PolicyFile(extension);
/** @type {Session} */ let session;

/** @param {PanelState} state @param {string} field */
const verdict = ({ report }, field) => report?.verdicts.find((each) => each.field === field) ?? assert.fail(`no verdict on ${field}`);
/** @param {PanelState} state @returns {string[]} */
const allowed = ({ report }) => (report?.verdicts ?? []).filter(({ decision }) => decision === 'allow').map(({ field }) => field);
/** What the worker put to any page. */
const looks = () => session.messages.filter(({ from, text }) => from.startsWith('service_worker') && text.includes('executeScript call'));
/** Every state that the worker told to panels. @returns {PanelState[]} */
const told = () => session.messages.filter(({ from }) => from.startsWith('service_worker')).map(({ text }) => JSON.parse(JSON.parse(text).payload))
  .filter(([kind, args]) => kind === 'sendMessage call' && args[0].type === 'state').map(([, args]) => args[0].state);
/** What the panel says. @param {Page} panel */
const notice = (panel) => until('a sentence in the panel', async () => await panel.$eval('#notice', (each) => each.textContent?.trim()) || undefined);
/** @param {Page} page @param {string} selector */
const text = (page, selector) => page.$eval(selector, (each) => /** @type {HTMLElement} */ (each).innerText);

/** Waits until the panel says whether a field may be taken. @param {Page} panel @param {string} field @param {boolean} may */
const becomes = (panel, field, may) => until(`${field} to be ${may ? 'allowed' : 'denied'}`, async () => {
  const state = await session.state(panel);
  return state.phase === 'judged' && allowed(state).includes(field) === may ? state : undefined;
});

/**
 * In a browser of its own; at its end the log is checked, if it has an entry.
 * @param {import('./harness.mjs').Options} options @param {() => Promise<unknown>} work
 */
async function browsing(options, work) {
  session = await launch({ extension, ...options });
  try {
    await work();
    const said = (await session.kept()).entries > 0 ? checkLog(await session.log()) : null;
    const { entries, events } = await session.kept();
    if (said) assert.match(said.replayed, new RegExp(`^${entries + events} entr(y|ies), \\d+ decisions re-derived, 0 differences$`, 'm'));
  } finally {
    await session.close();
    policy.remove();
  }
}

/** @param {(page: Page) => Promise<unknown>} work */
async function onThird(work) {
  const page = await session.open(third.url, { body: third.body });
  try { await work(page); } finally { await page.close(); }
}

/** Opens the settings, and waits until they show what is in force. */
async function settings() {
  const desk = await session.desk();
  await until('the settings', async () => {
    const status = await text(desk, '#status-title');
    return status && !status.startsWith('Waiting') || undefined;
  });
  return desk;
}

afterEach(() => policy.remove());
after(() => rmSync(extension, { recursive: true, force: true }));

describe('what an organisation knows of a site', () => {
  const page = { url: 'https://people.example/p/ines', body: '<!doctype html><title>x</title><main class="sheet"><h1>Ines Morel</h1><p class="job">Buyer</p></main>' };
  const adapter = {
    id: 'intranet', version: '3', rests_on: 'Our own pages.', hosts: ['people.example'], profile_paths: ['/p/*'],
    layouts: [{ id: 'sheet', view: 'any', owner: { css: 'main.sheet' }, fields: { name: [{ css: 'h1' }], jobTitle: [{ css: '.job' }] } }],
    audience: [{ groups: ['professional'], kind: 'site_rule', bound: 'platform_members' }],
  };
  /** @param {object | string} one */
  const set = (one) => policy.write({ organisation: NAME, forbid: NO_EMAIL.forbid, adapters: [typeof one === 'string' ? one : JSON.stringify(one)] });
  /** @param {(state: PanelState) => unknown} wanted */
  const judged = (wanted) => browsing({}, async () => {
    await session.setPolicy(WITH_EMAIL);
    await session.wake();
    const tab = await session.open(page.url, { body: page.body });
    const panel = await session.press(tab);
    await until('what the organisation set to count', async () => {
      const state = await session.settled(panel, ['judged', 'failed']);
      // Where the settings came late, the page has to be asked other questions.
      return wanted(state.outdated ? await session.again(panel) : state) || undefined;
    });
    await tab.close();
  });

  test('its adapter is in charge of the site it names', async () => {
    set(adapter);
    await judged((state) => state.report?.page.adapter === 'intranet@3' && allowed(state).join() === 'name,jobTitle');
  });

  test('an adapter that cannot be used holds everything back', async () => {
    set({ ...adapter, layouts: [{ id: 'sheet' }] });
    await judged((state) => state.problem?.detail === 'managed_broken' && allowed(state).length === 0);
  });
});

describe('settings of an organisation', () => {
  test('what it forbids is held back and locked, whatever the person saves; and free again when it is lifted', async () => {
    policy.write(NO_EMAIL);
    await browsing({}, async () => {
      await session.setPolicy(WITH_EMAIL);
      await session.wake();
      await onThird(async (page) => {
        const panel = await session.press(page);
        const state = await until('the organisation to be heard', async () => {
          const now = await session.settled(panel, ['judged']);
          return verdict(now, 'email').decision === 'deny' ? now : undefined;
        });
        assert.deepEqual(verdict(state, 'email').reasons.map(({ code, rule, locked }) => [code, rule, locked]), [['deny.policy.field', 'group-no-email', NAME]]);
        assert.ok(allowed(state).includes('name'));
        await until('the lock in the panel', async () => (await text(panel, '[data-field=email]')).includes(`Locked by ${NAME}`) || undefined);
        assert.equal((await text(panel, '[data-field=name]')).includes('Locked by'), false);

        const desk = await settings();
        assert.equal(await text(desk, '#organisation-heading'), `Set by ${NAME}`);
        assert.ok((await text(desk, '#organisation-body')).includes('E-mail addresses are not collected in our group.'));
        assert.deepEqual(await desk.$eval('#email', (box) => [/** @type {HTMLInputElement} */ (box).disabled, /** @type {HTMLInputElement} */ (box).checked]), [true, false]);
        assert.ok((await text(desk, '.choice:has(#email)')).includes(`Locked by ${NAME}`));
        // Saved with every answer as it is, and imported with a permission of its own: neither gets around it.
        await desk.bringToFront();
        await desk.$eval('#save', (button) => button.scrollIntoView({ block: 'center' }));
        await desk.click('#save');
        await until('the policy to be saved', async () => (await text(desk, '#saved')).startsWith('Saved') || undefined);
        await desk.close();
        await page.bringToFront();
        assert.ok((await session.setPolicy(WITH_EMAIL.replace('email-with-assessment', 'mine'))).ok);
        const again = await session.again(panel);
        assert.equal(verdict(again, 'email').reasons[0].locked, NAME);
        assert.deepEqual(told().filter((each) => allowed(each).includes('email')), [], 'at no time it might have been taken');
        assert.equal((await session.capture(panel)).report?.card?.fields.email, undefined);

        // Lifted while the browser runs: the open panel changes, without another look.
        await session.again(panel);
        const before = looks().length;
        policy.remove();
        await becomes(panel, 'email', true);
        assert.equal(looks().length, before);
        assert.equal((await session.capture(panel)).report?.card?.fields.email?.values[0], 'jonas.weber@example.org');
        // And set again.
        await session.again(panel);
        policy.write(NO_EMAIL);
        await becomes(panel, 'email', false);
      });
    });
  });

  test('what was answered before is there again when the lock goes', async () => {
    policy.write(NO_EMAIL);
    await browsing({}, async () => {
      await session.setPolicy(WITH_EMAIL);
      const desk = await settings();
      await until('the lock', async () => await desk.$eval('#email', (box) => /** @type {HTMLInputElement} */ (box).disabled) || undefined);
      await desk.$eval('#save', (button) => button.scrollIntoView({ block: 'center' }));
      await desk.click('#save');
      await until('the policy to be saved', async () => (await text(desk, '#saved')).startsWith('Saved') || undefined);
      const saved = JSON.parse((await session.ask({ type: 'policy.get' }, desk)).text);
      assert.ok(saved.permit.some((/** @type {any} */ { fields }) => fields.includes('email')), 'the answer of the person was kept');
      policy.remove();
      await until('the lock to go', async () => await desk.$eval('#email', (box) => !/** @type {HTMLInputElement} */ (box).disabled && /** @type {HTMLInputElement} */ (box).checked) || undefined);
      assert.equal(await desk.$eval('#organisation', (section) => section.checkVisibility()), false);
    });
  });

  test('a whole policy of the organisation needs none of the person', async () => {
    const { purpose, basis, permit, controller } = JSON.parse(WITH_EMAIL);
    policy.write({ organisation: NAME, controller, purpose, basis, permit: [permit[0]], retention: { days: 90 }, modes: { 'example.org': 'off' },
      screen: { special: 'deny', terms: [{ term: 'burnout*', category: 'health' }] } });
    await browsing({}, async () => {
      const desk = await settings();
      await until('the banner', async () => (await text(desk, '#status-title')).startsWith("Your organisation’s rules are in force") || undefined);
      for (const part of ['#purposes', '#bases', '#company, #contact']) {
        assert.deepEqual(await desk.$$eval(`:is(${part}):is(input), :is(${part}) input`, (all) => all.filter((each) => !/** @type {HTMLInputElement} */ (each).disabled).length), 0, part);
      }
      assert.equal(await desk.$eval('#purposes :checked', (each) => /** @type {HTMLInputElement} */ (each).value), purpose);
      assert.ok((await text(desk, '#organisation-body')).includes('At most 90 days'));
      assert.match(await text(desk, '#organisation-body'), /Do not take the text at all[^]*burnout\* \(Health\)/);
      assert.deepEqual(await desk.$eval('#special', (select) => [/** @type {HTMLSelectElement} */ (select).value, select.matches(':disabled')]), ['deny', true]);
      assert.match(await text(desk, '#screening'), /Locked by Example Group/);
      assert.match(await text(desk, '#preview'), /A text that mentions health, belief and the like is not taken/);
      assert.match(await text(desk, '#modes-locked'), /example\.org\s+Off\s+Locked by Example Group/);
      await onThird(async (page) => {
        const { panel, state } = await session.inspect(page);
        assert.ok(allowed(state).includes('name') && !allowed(state).includes('email'));
        const { report } = await session.capture(panel);
        const { first_captured_at: from, expires_at: to } = report?.card ?? assert.fail('nothing was captured');
        assert.equal((Date.parse(to) - Date.parse(from)) / 86_400_000, 90);
      });
      await desk.close();
    });
  });

  test('a site that is only observed says whose decision that is', async () => {
    policy.write({ organisation: NAME, modes: { 'linkedin.com': 'observe' } });
    await browsing({}, async () => {
      await session.setPolicy(WITH_EMAIL);
      await onThird(async (page) => {
        const { panel } = await session.inspect(page);
        const state = await becomes(panel, 'name', false);
        assert.deepEqual([state.report?.mode, verdict(state, 'name').would], ['observe', 'allow']);
        await until('the notice', async () => (await notice(panel)).startsWith(`Observing only, by decision of ${NAME}`) || undefined);
        assert.equal(await panel.$eval('#capture', (button) => button.checkVisibility()), false);
      });
    });
  });
});

describe('settings of an organisation that cannot be used', () => {
  /** @param {object} broken @param {RegExp} says what the settings page says of it */
  const denies = (broken, says) => async () => {
    policy.write(broken);
    await browsing({}, async () => {
      await session.setPolicy(WITH_EMAIL);
      await onThird(async (page) => {
        const { panel } = await session.inspect(page);
        await becomes(panel, 'name', false);
        await until('the notice', async () => /rules your organisation has set cannot be read/.test(await notice(panel)) || undefined);
        const state = await session.state(panel);
        assert.deepEqual([allowed(state), state.problem], [[], { code: 'deny.guard.error', detail: 'managed_broken' }]);
        assert.equal(await panel.$('#capture:enabled').then((button) => button?.isVisible()) ?? false, false);
        const desk = await settings();
        await until('the banner', async () => /rules of your organisation cannot be read/.test(await text(desk, '#status-title')) || undefined);
        assert.match(await text(desk, '#organisation-body'), says);
        await desk.close();
        await page.bringToFront();
        policy.write(NO_EMAIL);
        await becomes(panel, 'name', true);
        assert.equal(verdict(await session.state(panel), 'email').reasons[0].locked, NAME);
      });
    });
  };
  test('a word that is mistyped', denies({ organisation: NAME, mode: 'strikt' }, /`strikt`.*`strict`/));
  test('a key of a rule that is mistyped', denies({ organisation: NAME, forbid: [{ id: 'a', says: 'A.', feilds: ['email'] }] }, /`feilds`.*`fields`/));
  test('no name', denies({ mode: 'strict' }, /`organisation`/));
  test('a rule that Chromium drops, since a list in it is none', denies({ ...NO_EMAIL, expects: ['forbid'], forbid: [{ id: 'a', says: 'A.', fields: 'email' }] }, /expected a list/));
  test('a key that Chromium drops, since nobody knows it', denies({ organisation: NAME, expects: ['organisation', 'forbids'], forbids: [] }, /`forbids`.*`forbid`/));

  test('a browser that does not tell them', () => browsing({}, async () => {
    await session.setPolicy(WITH_EMAIL);
    const worker = await session.wake();
    await worker.evaluate(`chrome.storage.managed.get = async () => { throw new Error('no'); }`);
    await onThird(async (page) => {
      const { panel, state } = await session.inspect(page);
      assert.deepEqual([allowed(state), state.problem?.detail], [[], 'managed_broken']);
      assert.match(await notice(panel), /rules your organisation has set cannot be read/);
    });
  }));
});

describe('before it is known whether an organisation has settings', () => {
  test('nothing is looked at; and after that nobody waits again', () => browsing({}, async () => {
    await session.setPolicy(WITH_EMAIL);
    await session.wake();
    session.messages.length = 0;
    await onThird(async (page) => {
      const panel = await session.press(page);
      await until('the panel to say so', async () => /^Waiting for your organisation’s rules/.test(await notice(panel)) || undefined);
      assert.deepEqual([looks().length, page.extensionRealms().length], [0, 0], 'no probe is put into the page');
      assert.equal(await panel.$eval('#capture', (button) => button.ariaDisabled), 'true');
      assert.equal((await session.state(panel)).report, null);
      const state = await session.settled(panel);
      assert.ok(allowed(state).includes('email'));
      const phases = told().map(({ phase }) => phase);
      assert.deepEqual(phases.filter((phase, i) => phase !== phases[i - 1]), ['inspecting', 'waiting', 'inspecting', 'judged']);
    });
    await session.killWorker();
    await session.wake();
    session.messages.length = 0;
    await onThird(async (page) => {
      await session.inspect(page);
      assert.equal(told().some(({ phase }) => phase === 'waiting'), false, 'another worker of the same browser knows');
    });
  }));

  test('a browser that starts with settings never allows what they forbid', async () => {
    const userDataDir = mkdtempSync(join(tmpdir(), 'scruple-managed-'));
    try {
      await browsing({ userDataDir, fromStart: true }, async () => {
        await session.setPolicy(WITH_EMAIL);
        await onThird(async (page) => assert.ok(allowed((await session.inspect(page)).state).includes('email')));
      });
      for (let time = 0; time < 3; time++) {
        policy.write(NO_EMAIL);
        await browsing({ userDataDir, fromStart: true }, async () => {
          await session.wake();
          await onThird(async (page) => {
            const { state } = await session.inspect(page);
            assert.equal(verdict(state, 'email').reasons[0]?.locked, NAME);
            assert.ok(allowed(state).includes('name'), 'the policy of the person is still there');
            assert.deepEqual(told().filter((each) => allowed(each).includes('email')), []);
          });
        });
      }
    } finally {
      rmSync(userDataDir, { recursive: true, force: true });
    }
  });
});
