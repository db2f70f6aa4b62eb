// The oracle: answers cases (one JSON line each, on standard input) with the reference engine,
// @cedar-policy/cedar-wasm 4.10.0, one JSON line each. README.md gives the shape of both lines.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [modules] = process.argv.slice(2);
const require = createRequire(new URL(`file://${modules}/package.json`));
const module = require.resolve('@cedar-policy/cedar-wasm/nodejs');
// What the binding throws over JSON of a wrong shape is a refusal; a trap of the engine is not.
const load = () => {
  delete require.cache[module];
  return new Proxy(require(module), {
    get: (target, name) => (...call) => {
      try {
        return target[name](...call);
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) throw error;
        return { type: 'failure' };
      }
    },
  });
};
let cedar = load();
const wanted = '4.10.0';
if (cedar.getCedarSDKVersion() !== wanted) {
  throw new Error(`the oracle is ${wanted}, not ${cedar.getCedarSDKVersion()}`);
}

const sorted = (ids) => [...new Set(ids)].sort();
const good = (answer) => answer.type === 'success';

function policyJson(policies, kind, of) {
  const out = {};
  for (const [id, text] of Object.entries(policies[kind] ?? {})) {
    const answer = of(text);
    out[id] = good(answer) ? answer.json : null;
  }
  return out;
}

function authorize(request, extra) {
  const { principal, action, resource, context } = request;
  const answer = cedar.statefulIsAuthorized({ principal, action, resource, context, ...extra });
  if (!good(answer)) return { failure: true };
  const { decision, diagnostics } = answer.response;
  return { decision, reason: sorted(diagnostics.reason),
           errors: sorted(diagnostics.errors.map((e) => e.policyId)) };
}

function judge(test) {
  const out = {};
  if (test.policies !== undefined) {
    out.policies = good(cedar.preparsePolicySet('set', test.policies));
    out.json = { ...policyJson(test.policies, 'staticPolicies', cedar.policyToJson),
                 ...policyJson(test.policies, 'templates', cedar.templateToJson) };
  }
  if (test.schema !== undefined) {
    out.schema = good(cedar.preparseSchema('schema', test.schema));
    const json = cedar.schemaToJson(test.schema);
    if (good(json)) out.schemaJson = json.json;
  }
  if (out.policies && out.schema) {
    const answer = cedar.validate({ schema: test.schema, policies: test.policies });
    out.validation = good(answer) ? sorted(answer.validationErrors.map((e) => e.policyId)) : null;
  }
  const schema = out.schema ? { schema: test.schema } : {};
  if (test.entities !== undefined) {
    out.entities = good(cedar.checkParseEntities({ entities: test.entities }));
    if (out.schema) {
      out.entitiesWithSchema = good(cedar.checkParseEntities({ entities: test.entities, ...schema }));
    }
  }
  if (test.printed) return { json: out.json };
  out.requests = (test.requests ?? []).map((request) => {
    const answer = { context: good(cedar.checkParseContext({ context: request.context })) };
    if (out.policies) {
      const set = { preparsedPolicySetId: 'set', entities: test.entities };
      answer.plain = authorize(request, set);
      if (out.schema) {
        answer.checked = authorize(request,
          { ...set, preparsedSchemaName: 'schema', validateRequest: true });
        answer.unchecked = authorize(request,
          { ...set, preparsedSchemaName: 'schema', validateRequest: false });
      }
    }
    return answer;
  });
  return out;
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let answer;
  try {
    answer = judge(JSON.parse(line));
  } catch (error) {
    // The engine trapped (its stack is small): such a case says nothing, and the instance is lost.
    answer = { broken: String(error) };
    cedar = load();
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
