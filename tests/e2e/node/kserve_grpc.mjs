// A gRPC client of the KServe v2 protocol against the gate.
import { readFileSync } from 'node:fs';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import { assert, given, run } from './scenarios.mjs';

const definition = loader.loadSync(given.proto, { keepCase: true, longs: Number, oneofs: true });
const { GRPCInferenceService } = grpc.loadPackageDefinition(definition).inference;
const credentials = given.ca
  ? grpc.credentials.createSsl(readFileSync(given.ca)) : grpc.credentials.createInsecure();
const service = new GRPCInferenceService(given.target, credentials);
const digit = JSON.parse(readFileSync(given.digit)).inputs[0].data;

function call(method, request, key = given.key) {
  const metadata = new grpc.Metadata();
  if (key) metadata.set('authorization', `Bearer ${key}`);
  return new Promise((resolve, reject) => {
    service[method](request, metadata, { deadline: Date.now() + 30_000 },
      (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}
const infer = (more = {}) => ({
  model_name: 'digits', id: 'one',
  inputs: [{ name: 'pixels', datatype: 'FP32', shape: [1, 64], contents: { fp32_contents: digit } }], ...more,
});
async function fails(code, action) {
  let caught = null;
  try {
    await action();
  } catch (error) {
    caught = error;
  }
  assert.ok(caught, 'nothing was thrown');
  assert.equal(caught.code, code, `${caught.code} ${caught.details}`);
  return caught;
}

await run({
  async 'the server is live and ready'() {
    assert.equal((await call('ServerLive', {})).live, true);
    assert.equal((await call('ServerReady', {})).ready, true);
  },
  async 'the model is described'() {
    const model = await call('ModelMetadata', { name: 'digits' });
    assert.equal(model.inputs[0].name, 'pixels');
    assert.equal((await call('ModelReady', { name: 'digits' })).ready, true);
  },
  async 'a digit is classified from numbers'() {
    const answer = await call('ModelInfer', infer());
    assert.equal(answer.id, 'one');
    assert.equal(answer.raw_output_contents[0].readBigInt64LE(), 7n);
  },
  async 'a digit is classified from raw bytes'() {
    const raw = Buffer.from(new Float32Array(digit).buffer);
    const answer = await call('ModelInfer', infer({
      inputs: [{ name: 'pixels', datatype: 'FP32', shape: [1, 64] }], raw_input_contents: [raw] }));
    assert.equal(answer.raw_output_contents[0].readBigInt64LE(), 7n);
  },
  async 'a hundred calls share the connection'() {
    const answers = await Promise.all([...Array(100)].map(() => call('ModelInfer', infer())));
    assert.ok(answers.every((a) => a.raw_output_contents[0].readBigInt64LE() === 7n));
  },
  async "an error of the model arrives with its status"() {
    const wrong = infer({ inputs: [{ name: 'sound', datatype: 'FP32', shape: [1, 64], contents: { fp32_contents: digit } }] });
    const error = await fails(grpc.status.INVALID_ARGUMENT, () => call('ModelInfer', wrong));
    assert.match(error.details, /sound/);
  },
  async 'without a key a call is UNAUTHENTICATED'() {
    await fails(grpc.status.UNAUTHENTICATED, () => call('ModelInfer', infer(), null));
  },
  async 'a key without the right is PERMISSION_DENIED'() {
    const error = await fails(grpc.status.PERMISSION_DENIED, () => call('ModelInfer', infer(), given.other));
    assert.match(error.details, /\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/);
  },
  async 'an unknown model is NOT_FOUND'() {
    await fails(grpc.status.NOT_FOUND, () => call('ModelInfer', infer({ model_name: 'nothing' })));
  },
});
