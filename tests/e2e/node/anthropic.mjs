// The official Anthropic client against the gate.
import Anthropic from '@anthropic-ai/sdk';
import { assert, explained, given, refused, run } from './scenarios.mjs';

const client = (apiKey, more = {}) =>
  new Anthropic({ baseURL: given.url + '/anthropic', apiKey, authToken: null, maxRetries: 0, ...more });
const api = client(given.key);
const ask = (content, more = {}) =>
  ({ model: 'chat', max_tokens: 100, messages: [{ role: 'user', content }], ...more });
const weather = [{ name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }];

await run({
  async 'a plain answer arrives'() {
    const answer = await api.messages.create(ask('echo: Grüße, 世界 👋'));
    assert.deepEqual(answer.content, [{ type: 'text', text: 'Grüße, 世界 👋' }]);
    assert.equal(answer.stop_reason, 'end_turn');
    assert.ok(answer.usage.input_tokens > 0);
  },
  async 'content in blocks goes up'() {
    const answer = await api.messages.create(ask([{ type: 'text', text: 'echo: in ' }, { type: 'text', text: 'blocks' }]));
    assert.equal(answer.content[0].text, 'in blocks');
  },
  async 'a streamed answer arrives in pieces'() {
    const text = 'one two three four five six 世界 👋';
    const stream = api.messages.stream(ask('echo: ' + text));
    const pieces = [];
    stream.on('text', (piece) => pieces.push(piece));
    const message = await stream.finalMessage();
    assert.equal(message.content[0].text, text);
    assert.equal(pieces.join(''), text);
    assert.ok(pieces.length > 2);
    assert.equal(message.stop_reason, 'end_turn');
  },
  async 'a tool is called'() {
    const answer = await api.messages.create(ask('tool: weather {"city":"Oslo"}', { tools: weather }));
    assert.equal(answer.stop_reason, 'tool_use');
    assert.deepEqual(answer.content[0].input, { city: 'Oslo' });
  },
  async 'a tool is called in a stream'() {
    const message = await api.messages.stream(ask('tool: weather {"city":"Oslo"}', { tools: weather })).finalMessage();
    assert.deepEqual(message.content[0].input, { city: 'Oslo' });
  },
  async 'tokens are counted'() {
    const { max_tokens: _, ...asked } = ask('how long is this?');
    assert.ok((await api.messages.countTokens(asked)).input_tokens > 0);
  },
  async 'a bearer token is a key too'() {
    const bearer = client(null, { authToken: given.key });
    assert.equal((await bearer.messages.create(ask('echo: x'))).content[0].text, 'x');
  },
  async 'a wrong key is an AuthenticationError'() {
    const error = await refused(Anthropic.AuthenticationError, 401,
      () => client('sk-ant-no').messages.create(ask('echo: x')));
    assert.equal(error.error.error.type, 'authentication_error');
    explained(error);
  },
  async 'a key without the right is a PermissionDeniedError'() {
    const error = await refused(Anthropic.PermissionDeniedError, 403,
      () => client(given.other).messages.create(ask('echo: x')));
    assert.equal(error.error.error.type, 'permission_error');
    explained(error);
  },
  async 'a secret in the prompt is a PermissionDeniedError'() {
    explained(await refused(Anthropic.PermissionDeniedError, 403,
      () => api.messages.create(ask('echo: ' + given.secret))));
  },
  async 'an unknown model is a NotFoundError'() {
    explained(await refused(Anthropic.NotFoundError, 404,
      () => api.messages.create(ask('echo: x', { model: 'no-such-model' }))));
  },
  async 'a malformed request is a BadRequestError'() {
    explained(await refused(Anthropic.BadRequestError, 400,
      () => api.messages.create(ask('echo: x', { stream: 'yes' }))));
  },
  async 'an error of the model is an InternalServerError'() {
    await refused(Anthropic.InternalServerError, 500, () => api.messages.create(ask('status: 500')));
  },
  async 'the client retries until the model answers'() {
    const answer = await client(given.key, { maxRetries: 4 }).messages.create(ask('flaky', { model: 'scripted' }));
    assert.equal(answer.content[0].text, 'at last');
  },
  async 'a stream can be aborted'() {
    const stream = api.messages.stream(ask('endless', { model: 'scripted' }));
    stream.on('error', () => {});
    await new Promise((resolve) => stream.once('text', resolve));
    stream.abort();
    await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
  },
  async 'a stream that turns bad ends with an APIError'() {
    let text = '', caught = null;
    try {
      for await (const event of await api.messages.create(ask('leak', { model: 'scripted', stream: true }))) {
        if (event.type === 'content_block_delta') text += event.delta.text ?? '';
      }
    } catch (error) {
      caught = error;
    }
    assert.ok(caught instanceof Anthropic.APIError, String(caught));
    explained(caught);
    assert.ok(!text.includes(given.secret.slice(0, 24)), 'the secret came through');
  },
});
