/**
 * Every scenario, judged and captured in Chromium, and the same natively: the two must say the same. And both must say what the
 * scenario expects, which the native test holds.
 *
 * A folder of further pages can be given in SCRUPLE_CORPUS (the `skeletons` and `li-synthetic` folders in it are used); without it
 * that part is skipped.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, ROOT, typeOf } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Report} Report */
/** @typedef {{ name: string, url: string, page: string, policy: string, never: string[] }} Fixture */

const SCENARIOS = join(ROOT, 'tests/scenarios');

/**
 * Where the two may differ, and why. The native reader has no layout engine: what only layout can tell, the browser knows and it does
 * not. In every one of these the browser denies what the native reader denies too, for one more reason or another one.
 * @type {Map<string, { fields: string[], because: string }>}
 */
const RENDERING = new Map([
  ['github-2018.html', { fields: ['image'], because: 'without its sheets the picture has no size: hidden, beside the reasons both give' }],
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

/** @param {string} corpus @returns {Fixture[]} */
function corpusPages(corpus) {
  const addresses = [[/^github/, 'https://github.com/someone'], [/^twitter/, 'https://twitter.com/someone'], [/^fb/, 'https://mbasic.facebook.com/someone']];
  return ['skeletons', 'li-synthetic'].flatMap((folder) => readdirSync(join(corpus, folder)).filter((name) => name.endsWith('.html')).map((name) => ({
    name,
    url: String(addresses.find(([pattern]) => name.match(pattern))?.[1] ?? 'https://www.linkedin.com/in/someone/'),
    page: join(corpus, folder, name),
    policy: join(ROOT, 'www/policies/with-email.json'),
    never: [],
  })));
}

/** What must agree of a report. @param {Report} report @param {string[]} [besides] fields that may differ */
function essence({ page, verdicts, card }, besides = []) {
  const { kind, layout, relation, signals } = page;
  return {
    page: { kind, layout, relation, signals },
    verdicts: verdicts.filter(({ field }) => !besides.includes(field)).map(({ field, decision, present, reasons, audience, evidence }) =>
      ({ field, decision, present, reasons: reasons.map(({ code, rule }) => `${code} ${rule ?? ''}`), audience, evidence })),
    card: card && Object.fromEntries(Object.entries(card.fields).map(([field, { values, cuts }]) => [field, { values, cuts }])),
  };
}

/** @param {Fixture} fixture @returns {Report} */
function native({ page, url, policy }) {
  const { SCRUPLE_BIN = join(ROOT, 'target/debug/scruple') } = process.env;
  return JSON.parse(execFileSync(SCRUPLE_BIN, ['inspect', page, '--url', url, '--policy', policy, '--card', '--json'], { encoding: 'utf8', maxBuffer: 1 << 26 }));
}

/** @param {Fixture} fixture @returns {Promise<Report>} */
async function inBrowser({ page: file, url, policy }) {
  const page = await session.open(url, { body: readFileSync(file), type: typeOf(file) });
  try {
    // Straight into storage: some scenarios are about policies that the settings would not take.
    const desk = await session.desk();
    await desk.evaluate((text) => chrome.storage.local.set({ policy: text }), readFileSync(policy, 'utf8'));
    const { panel, state } = await session.inspect(page);
    const allows = state.report?.verdicts.some(({ decision }) => decision === 'allow');
    const { report } = allows ? await session.capture(panel) : state;
    return report ?? assert.fail('no report');
  } finally {
    await page.close();
  }
}

/** @param {Fixture} fixture */
async function agree(fixture) {
  const [here, there] = [await inBrowser(fixture), native(fixture)];
  const { fields = [] } = RENDERING.get(fixture.name) ?? {};
  assert.deepEqual(essence(here, fields), essence(there, fields));
  const text = JSON.stringify(here);
  for (const secret of fixture.never) assert.ok(!text.includes(secret), `${secret} is in the report`);
}

describe('the browser and the native reader agree', () => {
  before(async () => { session = await launch(); });
  after(() => session?.close());

  for (const fixture of scenarios()) test(fixture.name, () => agree(fixture));

  const { SCRUPLE_CORPUS: corpus } = process.env;
  if (corpus && existsSync(corpus)) for (const fixture of corpusPages(corpus)) test(fixture.name, () => agree(fixture));
  else test('further pages', { skip: 'SCRUPLE_CORPUS names no folder' }, () => {});
});
