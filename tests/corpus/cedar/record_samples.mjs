// Writes samples.json: what the reference engine (@cedar-policy/cedar-wasm 4.10.0) answers to the files of
// the corpus whose expectations stand in nobody's data.
//
//   node record_samples.mjs CORPUS MODULES > samples.json
//
// CORPUS is a folder with `examples` and `cedar-repo-samples`, MODULES a node_modules folder.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const [corpus, modules] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'package.json'));
const engine = require('@cedar-policy/cedar-wasm/nodejs');
// What the binding throws over JSON of a wrong shape is a refusal too.
const cedar = new Proxy(engine, {
  get: (target, name) => (...call) => {
    try {
      return target[name](...call);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      return { type: 'failure', errors: [{ message: error.message }] };
    }
  },
});
const good = (answer) => answer.type === 'success';
const read = (file) => fs.readFileSync(path.join(corpus, file), 'utf8');
const json = (file) => JSON.parse(read(file));
const uid = (text) => {
  const [, type, id] = text.match(/^(.*?)::("(?:[^"\\]|\\.)*")$/);
  return { type, id: JSON.parse(id) };
};
const policyId = (text, i) => cedar.policyToJson(text).json?.annotations?.id ?? `policy${i}`;

// The policies of a file, with the ids that Cedar's command line gives them: their annotation `id`.
// null where it does not parse.
function policySet(file) {
  if (file.endsWith('.json')) {
    const value = json(file);
    if (value.staticPolicies !== undefined) return value;
    const isTemplate = good(cedar.templateToJson(value));
    return isTemplate ? { templates: { policy0: value } } : { staticPolicies: { policy0: value } };
  }
  const parts = cedar.policySetTextToParts(read(file));
  if (!good(parts)) return null;
  const named = (texts, of) => Object.fromEntries(texts.map((t, i) => [of(t, i), t]));
  return { staticPolicies: named(parts.policies, (t, i) => policyId(t, i)),
           templates: named(parts.policy_templates, (t, i) => `template${i}`) };
}

const records = [];
const add = (record) => records.push(record);

// Integers that JavaScript rounds: such a test is not asked about. What it must come to is what Cedar's own
// tests of its command line say of the file: those named `combined` hold, the others do not.
const rounded = (value) => /:\d{16,}|:-\d{16,}/.test(JSON.stringify(value));

function outcome(test, policies, file) {
  if (rounded(test)) return file.includes('combined') ? 'holds' : 'fails';
  let answer;
  try {
    const { principal, action, resource, context } = test.request;
    if (!['allow', 'deny'].includes(test.decision)) return 'unreadable';
    answer = cedar.isAuthorized({ principal: uid(principal), action: uid(action),
                                  resource: uid(resource), context, policies,
                                  entities: test.entities });
  } catch {
    return 'unreadable';
  }
  if (!good(answer)) return 'unreadable';
  const { decision, diagnostics } = answer.response;
  const same = decision === test.decision && diagnostics.errors.length === test.num_errors &&
    JSON.stringify([...diagnostics.reason].sort()) === JSON.stringify([...test.reason].sort());
  return same ? 'holds' : 'fails';
}

// Every user, action and photo of a sandbox of Cedar's command line, asked about with each of its contexts.
function judgeSandbox(folder, names, policies) {
  const entities = json(path.join(folder, 'entities.json'));
  const uids = entities.map((e) => e.uid.__entity ?? e.uid);
  const ofType = (type) => uids.filter((u) => u.type === type);
  const contexts = names.filter((n) => /^context.*\.json$/.test(n));
  for (const file of policies) {
    const set = policySet(file);
    if (set === null || Object.keys(set.templates).length > 0) continue;
    for (const context of contexts.length > 0 ? contexts : [undefined]) {
      const answers = [];
      for (const principal of ofType('User')) {
        for (const action of ofType('Action')) {
          for (const resource of ofType('Photo')) {
            const { response } = cedar.isAuthorized({
              principal, action, resource, policies: set, entities,
              context: context ? json(path.join(folder, context)) : {} });
            answers.push([response.decision, response.diagnostics.reason.sort(),
                          response.diagnostics.errors.map((e) => e.policyId).sort()]);
          }
        }
      }
      add({ kind: 'sandbox', file, entities: path.join(folder, 'entities.json'),
            ...(context ? { context: path.join(folder, context) } : {}), answers });
    }
  }
}

function judgeFolder(folder, names) {
  const files = names.map((name) => path.join(folder, name));
  const schemas = files.filter((f) => /\.cedarschema(\.json)?$/.test(f));
  const policies = files.filter((f) => /\.cedar(\.json)?$/.test(f));
  for (const file of schemas) {
    const schema = file.endsWith('.json') ? json(file) : read(file);
    add({ kind: 'schema', file, parses: good(cedar.checkParseSchema(schema)) });
  }
  for (const file of policies) {
    const set = policySet(file);
    const parses = set !== null && good(cedar.checkParsePolicySet(set));
    add({ kind: 'policies', file, parses,
          ...(parses ? { policies: Object.keys(set.staticPolicies ?? {}).length,
                         templates: Object.keys(set.templates ?? {}).length } : {}) });
    for (const other of parses ? schemas : []) {
      const schema = other.endsWith('.json') ? json(other) : read(other);
      const answer = cedar.validate({ schema, policies: set });
      if (good(answer)) {
        add({ kind: 'validation', file, schema: other, valid: answer.validationErrors.length === 0 });
      }
    }
  }
  for (const file of files.filter((f) => /(^|\/)entit(y|ies)\.json$/.test(f))) {
    add({ kind: 'entities', file, parses: good(cedar.checkParseEntities({ entities: json(file) })) });
    for (const other of schemas) {
      const schema = other.endsWith('.json') ? json(other) : read(other);
      add({ kind: 'entities', file, schema: other,
            parses: good(cedar.checkParseEntities({ entities: json(file), schema })) });
    }
  }
  if (/\/sandbox_[a-z]$/.test(folder)) judgeSandbox(folder, names, policies);
  const set = policies.map(policySet).find((s) => s && Object.keys(s.templates ?? {}).length === 0);
  const file = policies.find((f) => policySet(f) && /(^|\/)(policy|valid_policy)\.cedar$/.test(f));
  if (names.includes('request.json') && names.includes('entity.json') && file) {
    const request = json(path.join(folder, 'request.json'));
    const call = { principal: uid(request.principal), action: uid(request.action),
                   resource: uid(request.resource), context: request.context, policies: policySet(file),
                   entities: json(path.join(folder, 'entity.json')) };
    const answer = cedar.isAuthorized(call);
    const { decision, diagnostics } = answer.response;
    add({ kind: 'request', file, entities: path.join(folder, 'entity.json'),
          request: path.join(folder, 'request.json'), decision, reason: diagnostics.reason.sort(),
          errors: diagnostics.errors.map((e) => e.policyId).sort() });
  }
  for (const name of names.filter((n) => /^tests?-.*\.json$/.test(n))) {
    const tests = json(path.join(folder, name));
    add({ kind: 'tests', file: path.join(folder, name), policies: file,
          outcomes: Array.isArray(tests) && set ? tests.map((t) => outcome(t, policySet(file), name))
                                                : 'unreadable' });
  }
}

function walk(folder) {
  const entries = fs.readdirSync(path.join(corpus, folder), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  judgeFolder(folder, entries.filter((e) => e.isFile()).map((e) => e.name));
  for (const entry of entries.filter((e) => e.isDirectory())) walk(path.join(folder, entry.name));
}

walk('examples');
walk('cedar-repo-samples');
process.stdout.write(`[\n${records.map((r) => JSON.stringify(r)).join(',\n')}\n]\n`);
