/**
 * Saved pages, served at their addresses to a real Chromium with the extension, inspected and captured as a person would.
 *
 *   capture.mjs PAGE --url URL [--policy POLICY.json] [--json]
 *   capture.mjs --batch LIST.jsonl        one {"page","url","policy"} a line; one JSON document a line, in the same order
 *
 * The result goes to standard output, everything else to standard error.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { cardOf, DEFAULT_POLICY, launch, problemLine, ROOT, tableOf, typeOf } from './harness.mjs';

/** @typedef {import('./harness.mjs').Session} Session */
/** @typedef {import('./harness.mjs').Report} Report */
/** @typedef {{ page: string, url: string, policy?: string }} Job */

/** What keeps one capture from a report. */
class Trouble extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @param {string} path @param {string} code */
function read(path, code) {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Trouble(code, `cannot read ${path}: ${/** @type {Error} */ (error).message}`);
  }
}

/** @param {string} url */
function address(url) {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new Trouble('bad_url', `not an http or https address: ${url}`);
  return url;
}

/** @param {Session} session @param {Job} job @returns {Promise<Report>} */
async function capture(session, { page: path, url, policy = DEFAULT_POLICY }) {
  const body = read(path, 'unreadable_page'), rules = read(policy, 'unreadable_policy').toString('utf8');
  const page = await session.open(address(url), { body, type: typeOf(path) });
  try {
    const answer = await session.setPolicy(rules);
    if (!answer?.ok) throw new Trouble('policy_refused', `${policy}: ${answer?.problems?.map(problemLine).join('; ') ?? 'no answer'}`);
    const { panel, state } = await session.inspect(page);
    const { phase, report, problem } = state.phase === 'judged' ? await session.capture(panel) : state;
    // A page that cannot be judged may still have a report, of denials. A capture that failed has none worth the name.
    if (report && (phase !== 'failed' || state.phase === 'failed')) return report;
    const said = await panel.$eval('#notice', (notice) => notice.textContent?.trim());
    throw new Trouble(problem?.code ?? 'no_report', [said, problem?.detail].filter(Boolean).join(' | '));
  } finally {
    await page.close().catch(() => {});
  }
}

/** @param {unknown} error */
const told = (error) => ({ error: {
  code: error instanceof Trouble ? error.code : 'failed',
  message: error instanceof Error ? error.message : String(error),
} });

/** @param {string} list */
async function batch(list) {
  const lines = readFileSync(list, 'utf8').split('\n').filter((line) => line.trim());
  const lacking = lines.filter((line) => !line.includes('"policy"')).length;
  if (lacking > 0) console.error(`policy, where none is named: ${relative(ROOT, DEFAULT_POLICY)}`);
  let failed = false;
  /** @type {Session | null} */ let session = null;
  try {
    for (const [i, line] of lines.entries()) {
      let result;
      try {
        // A browser that died with one page is not the end of the list.
        if (!session?.browser.connected) session = await launch();
        const job = parsed(line);
        console.error(`${i + 1}/${lines.length} ${job.page}`);
        result = await capture(session, job);
      } catch (error) {
        failed = true;
        result = told(error);
        console.error(`  ${result.error.code}: ${result.error.message}`);
      }
      console.log(JSON.stringify(result));
    }
  } finally {
    await session?.close();
  }
  return failed;
}

/** @param {string} line @returns {Job} */
function parsed(line) {
  let job;
  try { job = JSON.parse(line); } catch { /* told below */ }
  const { page, url, policy } = job ?? {};
  if (typeof page !== 'string' || typeof url !== 'string' || !['string', 'undefined'].includes(typeof policy)) {
    throw new Trouble('bad_line', 'a line is {"page": PATH, "url": URL, "policy": PATH (optional)}');
  }
  return { page, url, policy };
}

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: {
    url: { type: 'string' }, policy: { type: 'string' }, json: { type: 'boolean' }, batch: { type: 'string' },
  } });
  const [page, ...rest] = positionals;
  if (values.batch !== undefined ? page !== undefined : page === undefined || rest.length > 0 || values.url === undefined) {
    console.error('usage: capture PAGE --url URL [--policy POLICY.json] [--json]\n       capture --batch LIST.jsonl');
    return true;
  }
  if (values.batch !== undefined) return batch(values.batch);
  if (values.policy === undefined) console.error(`policy: ${relative(ROOT, DEFAULT_POLICY)} (name another with --policy)`);
  const session = await launch();
  try {
    const report = await capture(session, { page, url: values.url ?? '', policy: values.policy });
    console.log(values.json ? JSON.stringify(report) : `${tableOf(report)}\n\n${cardOf(report)}`);
    return false;
  } catch (error) {
    if (values.json) console.log(JSON.stringify(told(error)));
    throw error;
  } finally {
    await session.close();
  }
}

try {
  process.exitCode = await main() ? 1 : 0;
} catch (error) {
  const { code, message } = told(error).error;
  console.error(`${code}: ${message}`);
  process.exitCode = 1;
}
