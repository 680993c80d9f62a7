/**
 * The package as a stranger gets it: packed, installed in an empty folder, compiled against in strict TypeScript, and run.
 * The package is the one named in the environment, or the one the build left in `dist/npm`.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGE = process.env.SCRUPLE_NPM ?? join(ROOT, 'dist/npm');
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/** The folder of the stranger. */
const home = mkdtempSync(join(tmpdir(), 'scruple-consumer-'));
const installed = join(home, 'node_modules/scruple');
after(() => rmSync(home, { recursive: true, force: true }));

/** @param {string} program @param {string[]} args @param {string} [cwd] */
function run(program, args, cwd = home) {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error);
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`);
  }
}

/** @param {string} name @param {string} text */
const write = (name, text) => writeFileSync(join(home, name), text);

/** All files in a folder, by their paths in it. @param {string} folder @returns {string[]} */
const filesIn = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

before(() => {
  assert.ok(existsSync(join(PACKAGE, 'package.json')), `no package in ${PACKAGE}: make it with \`cargo xtask build\``);
  const [{ filename }] = JSON.parse(run('npm', ['pack', PACKAGE, '--json', '--pack-destination', home]));
  write('package.json', '{ "private": true, "type": "module" }');
  // It needs nothing else, so it needs no network.
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', `./${filename}`]);
});

describe('what is in the package', () => {
  const manifest = () => JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

  test('every file of the build arrives, and nothing that is for its makers', () => {
    const arrived = filesIn(installed).toSorted();
    assert.deepEqual(arrived, filesIn(PACKAGE).toSorted());
    assert.deepEqual(arrived.filter((file) => /(^|\/)(\.|tsconfig|layout\.json|.*\.test\.)|\.rs$/.test(file)), []);
    for (const file of ['README.md', 'LICENSE-MIT', 'LICENSE-APACHE']) assert.ok(arrived.includes(file), file);
  });

  test('its version is that of the crate, and it needs nothing', () => {
    const { version, license, dependencies, scripts } = manifest();
    const [, crate] = /^version = "([^"]+)"/m.exec(readFileSync(join(ROOT, 'Cargo.toml'), 'utf8')) ?? [];
    assert.deepEqual([version, license, dependencies, scripts], [crate, 'MIT OR Apache-2.0', undefined, undefined]);
  });

  test('what it exports is there', () => {
    for (const [name, target] of Object.entries(manifest().exports)) {
      for (const file of typeof target === 'string' ? [target] : Object.values(target)) {
        if (file.includes('*')) assert.ok(filesIn(join(installed, file.split('/*')[0])).length > 0, `${name}: ${file}`);
        else assert.ok(existsSync(join(installed, file)), `${name}: ${file}`);
      }
    }
  });

  test('nothing in it reaches out, and nothing is loaded that is not in it', () => {
    for (const file of filesIn(installed).filter((file) => file.endsWith('.js'))) {
      const text = readFileSync(join(installed, file), 'utf8');
      for (const [, from] of text.matchAll(/^(?:import|export)[^'"]*from ["']([^"']+)["']/gm)) {
        assert.ok(from.startsWith('.') && existsSync(join(installed, file, '..', from)), `${file}: ${from}`);
      }
      assert.doesNotMatch(text, /XMLHttpRequest|WebSocket|sendBeacon|\beval\(|new Function|importScripts/, file);
    }
  });
});

describe('in TypeScript', () => {
  const CONSUMER = `
import {
  createGuard, checkPolicy, mark, qrCode, isScrupleError, Guard, ScrupleError,
  type Ask, type Audience, type Captured, type Card, type Channel, type CheckedPolicy, type Code, type Decision,
  type DocumentProblem, type Entry, type ErrorCode, type Evaluated, type Evidence, type EvidenceKind, type Facts, type Field,
  type GuardOptions, type Judged, type Kept, type LegalBasis, type LogPosition, type MarkChange, type Mode, type Page,
  type PageKind, type Planned, type Policy, type Problem, type Purpose, type Reason, type Refused, type Relation, type Report,
  type Rule, type RuleError, type Signal, type SignedLog, type Standing, type State, type Summary, type Use, type Verdict, type WasmSource,
  type WordLists,
} from "scruple";
import * as worker from "scruple/worker";
import type { PageDoor } from "scruple/worker";
import type { ScrupleProbe } from "scruple/content";
import { evaluation, evaluations, type EvaluationDecision, type EvaluationsRequest } from "scruple/authzen";

const policy: Policy = {
  version: 1,
  controller: { name: "Example SARL", contact: "privacy@example.org" },
  purpose: "dpv:DirectMarketing",
  basis: { kind: "eu-gdpr:A6-1-f", assessment: "LIA-2026-03" },
  permit: [{ id: "professional", says: "Names.", fields: ["name"], audiences: ["public_web"], evidence: ["site_rule"] }],
  retention: { days: 365 },
};
// @ts-expect-error a field that there is none of
policy.permit?.push({ id: "x", says: "x", fields: ["shoeSize"], audiences: ["public_web"], evidence: ["site_rule"] });
// @ts-expect-error a misspelt key
const misspelt: Policy = { ...policy, forbids: [] };

const field: Field = "email", code: Code = "deny.visibility.restricted", state: State = "masked", mode: Mode = "observe";
const audience: Audience = "public_web", kind: EvidenceKind = "site_rule";
const signal: Signal = "noindex", relation: Relation = "third";
const basis: LegalBasis = "eu-gdpr:A6-1-f", purpose: Purpose = "dpv:DirectMarketing", channel: Channel = "email";
// @ts-expect-error
const noField: Field = "shoeSize";
// @ts-expect-error
const noCode: Code = "deny.mood";
// @ts-expect-error
const noState: State = "blurred";
// @ts-expect-error
const noMode: Mode = "lax";
// @ts-expect-error
const noAudience: Audience = "everybody";
// @ts-expect-error
const noKind: EvidenceKind = "rumour";
// @ts-expect-error
const noSignal: Signal = "nofollow";
// @ts-expect-error
const noRelation: Relation = "friend";
// @ts-expect-error
const noChannel: Channel = "fax";
// @ts-expect-error
const noBasis: LegalBasis = "because";
// @ts-expect-error
const noPurpose: Purpose = "fun";
// @ts-expect-error
const noErrorCode: ErrorCode = "other";

const evidence: Evidence = { kind, bound: audience };
const facts: Facts = {
  site: "linkedin.com", relation, signals: [signal], country: "FR", use: null, refusal: null,
  fields: { email: { evidence: [evidence], states: [state] } },
};
// @ts-expect-error no such field
const wrongField: Facts = { ...facts, fields: { shoeSize: { evidence: [], states: [] } } };
// @ts-expect-error no such state
const wrongState: Facts = { ...facts, fields: { email: { evidence: [], states: ["blurred"] } } };
// @ts-expect-error no such key
const wrongKey: Facts = { ...facts, signal: [] };

export async function use(bytes: Uint8Array<ArrayBuffer>, url: URL, module: WebAssembly.Module): Promise<Decision[]> {
  const sources: WasmSource[] = [bytes, bytes.buffer, url, module];
  const options: GuardOptions = { policy, managed: null, marks: undefined, adapters: ["{}"], wasm: sources[0], desk: sources[1] };
  const guard: Guard = await createGuard(options);
  // @ts-expect-error a guard is made by \`createGuard\`
  new Guard();
  // @ts-expect-error a misspelt option
  await createGuard({ polcy: policy });
  await createGuard({ managed: { organisation: "Example Group" }, marks: "{}", adapters: [{ id: "x" }] });

  const summary: Summary = guard.summary();
  const words: WordLists = summary.words;
  const fields: Field[] = words.field;

  const page: PageDoor = worker.pageOf(1, { probe: "probe.js" });
  const ask: Ask = page.inspect;
  const planned: Planned | Refused = guard.plan("https://example.org/", { use: null, country: "FR" });
  // @ts-expect-error it may have been refused
  planned.planned;
  if (planned.kind === "refused") return planned.report.verdicts.map((verdict: Verdict) => verdict.decision);
  const judged: Judged | Refused = await guard.inspect(planned, ask);
  // @ts-expect-error it may have been refused
  await guard.capture(judged.inspection, page.read);
  if (judged.kind !== "judged") return [];
  // @ts-expect-error nothing was captured yet, so there is no card for sure
  judged.report.card.fields;
  const again: Judged | Refused = guard.evaluate(judged.inspection);
  const captured: Captured | Refused = await guard.capture(judged.inspection, page.read);
  if (captured.kind === "captured") {
    const card: Card = captured.report.card;
    const kept: Kept | undefined = card.fields.email, values: string[] | undefined = kept?.values;
    // @ts-expect-error no such field
    card.fields.shoeSize;
    void values;
  }
  const report: Report = again.report, problem: Problem | null = captured.problem;
  const { kind: pageKind }: Page = report.page, ofKind: PageKind = pageKind;
  const position: LogPosition | null | undefined = report.log, entry: Entry | undefined = position?.entry;
  const standing: Standing | undefined = facts.fields.email, rule: Rule | undefined = policy.permit?.[0];
  const use: Use | undefined = summary.uses[0], faults: RuleError[] | undefined = report.verdicts[0]?.errors;
  void [ofKind, entry, standing, rule, use, faults];

  const evaluated: Evaluated = guard.evaluate(facts);
  for (const { field, decision, reasons, would } of evaluated.verdicts) {
    const reason: Reason | undefined = reasons[0];
    // @ts-expect-error a decision is one of two words
    if (decision === "maybe") throw reason;
    void [field, would];
  }
  // @ts-expect-error neither facts nor an inspection
  guard.evaluate(7);

  const lines: string[] = await guard.log.newest(5), older: string[] = await guard.log.newest(5, { before: 9 }), gone: number = await guard.purge();
  const log: SignedLog = await guard.log.export({ anew: false }), entries: number = log.size, code: { side: number, path: string } = await qrCode(log.checkpoint);
  for await (const part of log.parts) void part.length;
  // @ts-expect-error the log cannot be replaced
  guard.log = {};

  const checked: CheckedPolicy = await checkPolicy(JSON.stringify(policy), { wasm: module });
  const problems: DocumentProblem[] = checked.problems;
  const change: MarkChange = { do: "add", what: "site", field, url: "https://example.org/" };
  // @ts-expect-error a mark on a site names a field
  const noChange: MarkChange = { do: "add", what: "site", url: "https://example.org/" };
  const marks: string = await mark(undefined, change);

  const request: EvaluationsRequest = {
    subject: { type: "operator", id: "ada" },
    action: { name: "capture" },
    options: { evaluations_semantic: "deny_on_first_deny" },
    evaluations: [{ resource: { type: "profile_field", id: "email", properties: {} } }],
  };
  // @ts-expect-error no such semantic
  const noRequest: EvaluationsRequest = { ...request, options: { evaluations_semantic: "first" } };
  const answer = evaluations(guard, request);
  const decided: EvaluationDecision[] = "evaluations" in answer ? answer.evaluations : [answer];
  // @ts-expect-error a question has a subject
  evaluation(guard, { action: { name: "capture" }, resource: { type: "profile_field", id: "email" } });

  const probe: ScrupleProbe | undefined = globalThis.scrupleProbe;
  void [fields, report, problem, lines, log, gone, problems, marks, probe, summary, code, mode, basis, purpose, channel];
  return [...evaluated.verdicts.map(({ decision }) => decision), decided[0]?.decision ? "allow" : "deny"];
}

export function detail(error: unknown): string {
  if (!isScrupleError(error)) throw error;
  const known: ScrupleError = error;
  switch (known.code) {
    case "wasm_unavailable": case "adapter_invalid": case "invalid_argument": case "invalid_facts": case "invalid_marks":
    case "not_an_inspection": case "guard_failed": case "guard_timeout":
      return known.detail;
    default: {
      // All codes are there: nothing is left.
      const none: never = known.code;
      return none;
    }
  }
}

export const same: typeof createGuard = worker.createGuard;
void [misspelt, noField, noCode, noState, noMode, noAudience, noKind, noSignal, noRelation, noChannel, noBasis, noPurpose];
void [noErrorCode, wrongField, wrongState, wrongKey];
`;

  for (const [module, moduleResolution] of [['nodenext', 'nodenext'], ['esnext', 'bundler']]) {
    test(`its types are whole, and closed (${moduleResolution})`, () => {
      write('consumer.ts', CONSUMER);
      write('tsconfig.json', JSON.stringify({
        compilerOptions: {
          strict: true, noUncheckedIndexedAccess: true, noEmit: true, target: 'es2022', module, moduleResolution,
          lib: ['es2023', 'dom'], types: [], skipLibCheck: false,
        },
        files: ['consumer.ts'],
      }));
      run(process.execPath, [TSC, '-p', home]);
    });
  }

  test('what it says of its parts is there to be read', () => {
    const types = readFileSync(join(installed, 'extension/guard/index.d.ts'), 'utf8');
    for (const said of ['Makes a guard: reads the documents once', 'The only way to a value', 'where the person lives']) {
      assert.ok(types.includes(said), said);
    }
  });
});

describe('in node', () => {
  test('a guard made from it judges', () => {
    write('run.mjs', `
      import { readFile } from "node:fs/promises";
      import { fileURLToPath } from "node:url";
      import { createGuard, checkPolicy } from "scruple";
      import { evaluation } from "scruple/authzen";
      import schema from "scruple/schema/policy.schema.json" with { type: "json" };
      import sentences from "scruple/locales/en/messages.json" with { type: "json" };
      const wasm = await readFile(fileURLToPath(import.meta.resolve("scruple/guard.wasm")));
      const policy = process.argv[2];
      const guard = await createGuard(process.argv[3] === "own" ? { policy, wasm } : { policy });
      const page = { site: "linkedin.com", relation: "third", signals: [], country: null };
      const standing = { evidence: [{ kind: "site_rule", bound: "platform_members" }], states: [] };
      const { verdicts } = guard.evaluate({ ...page, use: null, refusal: null, fields: { headline: standing, image: standing } });
      const resource = { type: "profile_field", id: "image", properties: { ...page, country: undefined, ...standing } };
      const request = { subject: { type: "operator", id: "ada" }, action: { name: "capture" }, resource };
      const answer = evaluation(guard, request, { sentences });
      console.log(JSON.stringify({
        title: schema.title,
        problems: (await checkPolicy(policy)).problems,
        decisions: verdicts.map(({ field, decision }) => [field, decision]),
        answer: answer.decision,
        said: answer.context.reason_user["deny.policy.field"],
      }));
    `);
    const policy = readFileSync(join(ROOT, 'www/policies/professional.json'), 'utf8');
    const { reason_deny_policy_field } = JSON.parse(readFileSync(join(ROOT, 'extension/_locales/en/messages.json'), 'utf8'));
    for (const wasm of ['own', 'beside']) {
      assert.deepEqual(JSON.parse(run(process.execPath, ['--no-warnings', 'run.mjs', policy, wasm])), {
        title: 'Policy',
        problems: [],
        decisions: [['headline', 'allow'], ['image', 'deny']],
        answer: false,
        said: reason_deny_policy_field.message,
      });
    }
  });
});

describe('the example of its guide', () => {
  /** @param {string} language */
  const blocks = (language) => {
    const guide = readFileSync(join(installed, 'README.md'), 'utf8');
    return [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text);
  };

  /**
   * Runs its worker under a Chrome that records, and presses the button.
   * @param {string} url
   * @param {string} answer of the page
   */
  function press(url, answer) {
    const folder = join(home, 'extension');
    mkdirSync(folder, { recursive: true });
    cpSync(installed, join(folder, 'scruple'), { recursive: true });
    const [worker] = blocks('js');
    writeFileSync(join(folder, 'worker.js'), worker);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'press.js'), `
      import { readFile } from "node:fs/promises";
      const said = [], injected = [];
      console.info = (...words) => said.push(words.join(" "));
      console.warn = (...words) => said.push(words.join(" "));
      globalThis.fetch = async (url) => new Response(await readFile(url));
      let pressed;
      const event = { addListener() {} };
      globalThis.chrome = {
        action: { onClicked: { addListener(listener) { pressed = listener; } } },
        runtime: { onInstalled: event },
        alarms: { onAlarm: event },
        scripting: { async executeScript({ files }) { injected.push(...files ?? []); return [{ result: process.argv[3] }]; } },
      };
      await import("./worker.js");
      await pressed({ id: 1, url: process.argv[2] });
      await new Promise((resolve) => setTimeout(resolve, 50));
      console.log(JSON.stringify({ said, injected }));
    `);
    return JSON.parse(run(process.execPath, [join(folder, 'press.js'), url, answer]));
  }

  test('its manifest asks for what it uses, and no host', () => {
    const manifest = JSON.parse(blocks('json')[0]);
    assert.deepEqual(Object.keys(manifest).filter((key) => /host|content_scripts|web_accessible/.test(key)), []);
    for (const permission of ['activeTab', 'scripting', 'alarms']) assert.ok(manifest.permissions.includes(permission));
    assert.match(manifest.content_security_policy.extension_pages, /wasm-unsafe-eval.*connect-src 'self'/);
  });

  test('its worker runs: where nothing can be judged, it says why and takes nothing', () => {
    const nowhere = press('chrome://settings/', '');
    assert.deepEqual(nowhere, { said: ['deny.site.unsupported this is not a page of the web'], injected: [] });
    const { said, injected } = press('https://www.linkedin.com/in/lea-morel/', 'no answer');
    assert.deepEqual(injected, ['scruple/extension/content/probe.js']);
    assert.equal(said.length, 1, JSON.stringify(said));
    assert.match(said[0], /^deny\.guard\.error /);
    assert.ok(existsSync(join(home, 'extension', injected[0])));
  });

  test('every other piece of code in it can be parsed', () => {
    const rest = blocks('js').slice(1);
    assert.ok(rest.length >= 2);
    for (const [nth, text] of rest.entries()) {
      write(`piece${nth}.mjs`, text);
      run(process.execPath, ['--check', `piece${nth}.mjs`]);
    }
  });
});
