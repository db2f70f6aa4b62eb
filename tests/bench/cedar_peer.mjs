// The peer of the policy engine: decisions by @cedar-policy/cedar-wasm (the reference engine compiled to
// WebAssembly) on a workload of policies, entities and requests with answers.
//
//   node cedar_peer.mjs WORKLOAD MODULES [SECONDS]
//
// WORKLOAD holds policies.cedar, entities.json and requests.json; MODULES is a node_modules folder. Policies
// are parsed once. The binding takes the entities of a decision with each call, so it is given no more than
// the request needs: what principal, action and resource lie in, and one attribute further. Prints one JSON
// object: microseconds a decision (median, 99th percentile, CPU), and how many decisions were wrong.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const [workload, modules, seconds = '3'] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'package.json'));
const cedar = require('@cedar-policy/cedar-wasm/nodejs');
const read = (name) => fs.readFileSync(path.join(workload, name), 'utf8');

const entities = JSON.parse(read('entities.json'));
const requests = JSON.parse(read('requests.json'));
const parsed = cedar.preparsePolicySet('workload', { staticPolicies: read('policies.cedar') });
if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed));

const nameOf = (uid) => `${uid.type}::${JSON.stringify(uid.id)}`;
const byName = new Map(entities.map((entity) => [nameOf(entity.uid), entity]));

function needed(request) {
  const found = new Map();
  const todo = [request.principal, request.action, request.resource];
  while (todo.length > 0) {
    const uid = todo.pop();
    const entity = byName.get(nameOf(uid));
    if (entity === undefined || found.has(nameOf(uid))) continue;
    found.set(nameOf(uid), entity);
    todo.push(...entity.parents);
    for (const value of Object.values(entity.attrs)) if (value?.__entity) todo.push(value.__entity);
  }
  return [...found.values()];
}

const calls = requests.map(({ principal, action, resource, context, decision }) => ({
  decision,
  call: { principal, action, resource, context, preparsedPolicySetId: 'workload',
          entities: needed({ principal, action, resource }) },
}));
const decide = (call) => cedar.statefulIsAuthorized(call).response?.decision;
const wrong = calls.filter(({ call, decision }) => decide(call) !== decision).length;

const times = [];
const cpu = process.cpuUsage();
const end = performance.now() + 1000 * Number(seconds);
for (let i = 0; performance.now() < end; ++i) {
  const { call } = calls[i % calls.length];
  const start = process.hrtime.bigint();
  decide(call);
  times.push(Number(process.hrtime.bigint() - start) / 1000);
}
const used = process.cpuUsage(cpu);
times.sort((a, b) => a - b);
const at = (part) => times[Math.min(times.length - 1, Math.floor(part * times.length))];
console.log(JSON.stringify({
  engine: `cedar-wasm ${cedar.getCedarSDKVersion()}`, decisions: times.length, wrong,
  p50_us: at(0.5), p99_us: at(0.99), cpu_us: (used.user + used.system) / times.length,
}));
