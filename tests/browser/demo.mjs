/**
 * The main job, for a person to look at: opens two sample profiles in Chromium with the extension, presses its button, captures
 * what may be captured, prints verdicts and cards, verifies the log, derives its decisions again and takes pictures. `--headless` closes
 * at the end.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cardOf, launch, problemLine, ROOT, sample, tableOf, until } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Page} Page */

const OUT = join(ROOT, 'dist/demo');
const headless = process.argv.includes('--headless');
/** Pictures are to be sharp. (Emulating a scale once the side panel is open upsets it.) */
const SCALE = headless ? 2 : 1;

/** @param {string} name @param {Uint8Array | string} content */
function keep(name, content) {
  writeFileSync(join(OUT, name), content);
  console.log(`saved ${relative(process.cwd(), join(OUT, name))}`);
}

/** Pictures side by side, as they are in the window. @param {Session} session @param {Uint8Array[]} shots */
async function together(session, shots) {
  // Width and height stand at fixed places of a PNG.
  const sizes = shots.map((shot) => [16, 20].map((at) => Buffer.from(shot).readUInt32BE(at) / SCALE));
  const page = await session.browser.newPage();
  try {
    await page.setViewport({ width: sizes.reduce((sum, [width]) => sum + width, 0), height: Math.max(...sizes.map(([, height]) => height)), deviceScaleFactor: SCALE });
    await page.setContent(`<style>body{margin:0;display:flex;align-items:end;background:#dfe3e8}</style>${shots.map((shot, i) =>
      `<img width=${sizes[i][0]} src="data:image/png;base64,${Buffer.from(shot).toString('base64')}">`).join('')}`, { waitUntil: 'load' });
    return await page.screenshot();
  } finally {
    await page.close();
  }
}

/** Until the last window is closed. @param {Session} session */
const closed = ({ browser }) => new Promise((done) => { browser.once('disconnected', done); });

/** @param {Session} session @param {string} name */
async function show(session, name) {
  const { url, body } = sample(`${name}.html`);
  const page = await session.open(url, { body });
  const { panel, state } = await session.inspect(page);
  if (!state.report) throw new Error(`no verdicts: ${state.problem?.code} ${state.problem?.detail ?? ''}`);
  const { page: { kind, relation } } = state.report;
  console.log(`\n${url}\n${kind}, viewer: ${relation}\n\n${tableOf(state.report)}\n`);
  await until('the panel to show the verdicts', async () => await panel.$('#content > *') ?? undefined);
  const verdicts = await panel.screenshot();
  const { report, problem } = await session.capture(panel);
  if (!report) throw new Error(`the capture failed: ${problem?.code}`);
  console.log(cardOf(report));
  await until('the panel to show the card', async () => await panel.$('#card') ?? (report.card ? undefined : true));
  keep(`${name}-verdicts.png`, verdicts);
  keep(`${name}-panel.png`, await panel.screenshot());
  await page.bringToFront();
  keep(`${name}.png`, await together(session, [await page.screenshot(), verdicts]));
}

mkdirSync(OUT, { recursive: true });
/** @type {Session | undefined} */ let session;
try {
  session = await launch({ headless, args: headless ? [`--force-device-scale-factor=${SCALE}`] : [] });
  const policy = join(ROOT, 'www/policies/with-email.json');
  const answer = await session.setPolicy(readFileSync(policy, 'utf8'));
  if (!answer.ok) throw new Error(`the policy is refused: ${answer.problems?.map(problemLine).join('; ')}`);
  console.log(`policy: ${relative(ROOT, policy)}`);
  for (const name of ['first-degree', 'third-degree']) await show(session, name);

  const log = await session.log();
  console.log();
  keep('demo.scruplelog', log);
  const { SCRUPLE_BIN } = process.env;
  if (!SCRUPLE_BIN) throw new Error('the environment variable SCRUPLE_BIN does not name the command line tool');
  for (const [verb, ...options] of [['verify', '--list'], ['replay']]) process.stdout.write(execFileSync(SCRUPLE_BIN, [verb, join(OUT, 'demo.scruplelog'), ...options], { encoding: 'utf8' }));
  if (!headless) {
    console.log('\nThe browser stays open until you close it.');
    if (session.browser.connected) await closed(session);
  }
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
} finally {
  await session?.close().catch(() => {});
}
