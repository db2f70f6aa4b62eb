// The official OpenAI client against the gate.
import OpenAI from 'openai';
import { assert, explained, given, refused, run } from './scenarios.mjs';

const client = (apiKey, more = {}) =>
  new OpenAI({ baseURL: given.url + '/v1', apiKey, maxRetries: 0, ...more });
const api = client(given.key);
const ask = (content, more = {}) =>
  ({ model: 'chat', messages: [{ role: 'user', content }], ...more });
const weather = [{
  type: 'function',
  function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}];

async function collect(stream) {
  const out = { text: '', chunks: 0, usage: null, finish: null, arguments: '', tool: null };
  for await (const chunk of stream) {
    out.chunks += 1;
    out.usage = chunk.usage ?? out.usage;
    const choice = chunk.choices[0];
    if (!choice) continue;
    out.text += choice.delta.content ?? '';
    out.finish = choice.finish_reason ?? out.finish;
    const call = choice.delta.tool_calls?.[0];
    out.tool = call?.function?.name ?? out.tool;
    out.arguments += call?.function?.arguments ?? '';
  }
  return out;
}

await run({
  async 'a plain answer arrives'() {
    const answer = await api.chat.completions.create(ask('echo: Grüße, 世界 👋'));
    assert.equal(answer.choices[0].message.content, 'Grüße, 世界 👋');
    assert.ok(answer.usage.total_tokens > 0);
  },
  async 'a streamed answer arrives in pieces'() {
    const text = 'one two three four five six 世界 👋';
    const got = await collect(await api.chat.completions.create(ask('echo: ' + text, { stream: true })));
    assert.equal(got.text, text);
    assert.equal(got.finish, 'stop');
    assert.ok(got.chunks > 3);
  },
  async 'usage is streamed to those who ask for it and to nobody else'() {
    const asked = { stream: true, stream_options: { include_usage: true } };
    assert.ok((await collect(await api.chat.completions.create(ask('echo: x', asked)))).usage.total_tokens > 0);
    assert.equal((await collect(await api.chat.completions.create(ask('echo: x', { stream: true })))).usage, null);
  },
  async 'a tool is called'() {
    const answer = await api.chat.completions.create(ask('tool: weather {"city":"Oslo"}', { tools: weather }));
    const call = answer.choices[0].message.tool_calls[0];
    assert.equal(call.function.name, 'weather');
    assert.deepEqual(JSON.parse(call.function.arguments), { city: 'Oslo' });
    assert.equal(answer.choices[0].finish_reason, 'tool_calls');
  },
  async 'a tool is called in a stream'() {
    const got = await collect(await api.chat.completions.create(
      ask('tool: weather {"city":"Oslo"}', { tools: weather, stream: true })));
    assert.equal(got.tool, 'weather');
    assert.deepEqual(JSON.parse(got.arguments), { city: 'Oslo' });
  },
  async 'the answer to a tool call goes up'() {
    const answer = await api.chat.completions.create({ model: 'chat', tools: weather, messages: [
      { role: 'user', content: 'echo: done' },
      { role: 'assistant', content: null, tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }] },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' }] });
    assert.equal(answer.choices[0].message.content, 'done');
  },
  async 'the helper that streams works'() {
    const stream = api.chat.completions.stream(ask('echo: hello there', { stream: true }));
    assert.equal(await stream.finalContent(), 'hello there');
  },
  async 'completions work, plain and streamed'() {
    const asked = { model: 'chat', prompt: 'echo: old style' };
    assert.equal((await api.completions.create(asked)).choices[0].text, 'old style');
    let text = '';
    for await (const chunk of await api.completions.create({ ...asked, stream: true })) {
      text += chunk.choices[0]?.text ?? '';
    }
    assert.equal(text, 'old style');
  },
  async 'embeddings work'() {
    const answer = await api.embeddings.create({ model: 'chat', input: ['a', 'b', 'a'] });
    assert.equal(answer.data.length, 3);
    assert.equal(answer.data[0].embedding.length, 16);
    assert.deepEqual(answer.data[0].embedding, answer.data[2].embedding);
  },
  async 'responses work, plain and streamed'() {
    const asked = { model: 'chat', input: 'echo: new style' };
    const answer = await api.responses.create(asked);
    assert.equal(answer.output_text, 'new style');
    let text = '', done = null;
    for await (const event of await api.responses.create({ ...asked, stream: true })) {
      if (event.type === 'response.output_text.delta') text += event.delta;
      if (event.type === 'response.completed') done = event.response;
    }
    assert.equal(text, 'new style');
    assert.equal(done.status, 'completed');
  },
  async 'models are those that the key may use'() {
    const names = [];
    for await (const model of api.models.list()) names.push(model.id);
    assert.deepEqual(names.sort(), ['chat', 'scripted']);
    assert.equal((await api.models.retrieve('chat')).id, 'chat');
    await refused(OpenAI.NotFoundError, 404, () => api.models.retrieve('large'));
  },
  async 'what reached the model shows no key of the caller'() {
    const answer = await api.chat.completions.create(ask('What reached you?'));
    const text = answer.choices[0].message.content;
    assert.match(text, /authorization: present/);
    assert.ok(!text.includes(given.key));
    assert.match(text, /POST \/v1\/chat\/completions/);
  },
  async 'a wrong key is an AuthenticationError'() {
    explained(await refused(OpenAI.AuthenticationError, 401,
      () => client('sk-not-a-key').chat.completions.create(ask('echo: x'))));
  },
  async 'a key without the right is a PermissionDeniedError'() {
    explained(await refused(OpenAI.PermissionDeniedError, 403,
      () => client(given.other).chat.completions.create(ask('echo: x'))));
  },
  async 'a secret in the prompt is a PermissionDeniedError'() {
    explained(await refused(OpenAI.PermissionDeniedError, 403,
      () => api.chat.completions.create(ask('echo: ' + given.secret))));
  },
  async 'an unknown model is a NotFoundError'() {
    explained(await refused(OpenAI.NotFoundError, 404,
      () => api.chat.completions.create(ask('echo: x', { model: 'no-such-model' }))));
  },
  async 'an unknown path is a NotFoundError'() {
    await refused(OpenAI.NotFoundError, 404, () => api.get('/nothing/here'));
  },
  async 'a malformed request is a BadRequestError'() {
    explained(await refused(OpenAI.BadRequestError, 400,
      () => api.chat.completions.create(ask('echo: x', { stream: 'yes' }))));
  },
  async 'too many requests are a RateLimitError'() {
    const slow = client(given.limited);
    let caught = null;
    for (let i = 0; i < 5 && !caught; ++i) {
      try {
        await slow.chat.completions.create(ask('echo: x'));
      } catch (error) {
        caught = error;
      }
    }
    assert.ok(caught instanceof OpenAI.RateLimitError, String(caught));
    assert.ok(Number(caught.headers.get('retry-after')) > 0, 'retry-after is missing');
    explained(caught);
  },
  async 'an error of the model is an InternalServerError'() {
    await refused(OpenAI.InternalServerError, 500,
      () => api.chat.completions.create(ask('status: 500')));
  },
  async "a model's own refusal passes with its status"() {
    await refused(OpenAI.BadRequestError, 400, () => api.chat.completions.create(ask('status: 400')));
    await refused(OpenAI.RateLimitError, 429, () => api.chat.completions.create(ask('status: 429')));
  },
  async 'the client retries until the model answers'() {
    const patient = client(given.key, { maxRetries: 4 });
    const answer = await patient.chat.completions.create(ask('flaky', { model: 'scripted' }));
    assert.equal(answer.choices[0].message.content, 'at last');
  },
  async 'a stream can be aborted'() {
    const stream = await api.chat.completions.create(ask('endless', { model: 'scripted', stream: true }));
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta?.content) {
        stream.controller.abort();
        break;
      }
    }
  },
  async 'a plain request can be aborted'() {
    const controller = new AbortController();
    const asked = api.chat.completions.create(ask('silent', { model: 'scripted' }), { signal: controller.signal });
    setTimeout(() => controller.abort(), 200);
    await assert.rejects(asked, OpenAI.APIUserAbortError);
  },
  async 'a stream that turns bad ends with an APIError'() {
    const stream = await api.chat.completions.create(ask('leak', { model: 'scripted', stream: true }));
    let text = '', caught = null;
    try {
      for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? '';
    } catch (error) {
      caught = error;
    }
    assert.ok(caught instanceof OpenAI.APIError, String(caught));
    explained(caught);
    assert.ok(text.startsWith('The key'), text);
    assert.ok(!text.includes(given.secret.slice(0, 24)), 'the secret came through');
  },
  async 'an answer with a secret is a PermissionDeniedError'() {
    explained(await refused(OpenAI.PermissionDeniedError, 403,
      () => api.chat.completions.create(ask('leak', { model: 'scripted' }))));
  },
  async 'fifty requests at once are answered each with its own'() {
    const answers = await Promise.all([...Array(50).keys()].map(
      (i) => api.chat.completions.create(ask(`echo: number ${i}`))));
    answers.forEach((a, i) => assert.equal(a.choices[0].message.content, `number ${i}`));
  },
});
