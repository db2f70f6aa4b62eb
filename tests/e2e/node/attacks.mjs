// Attacks on models in what the official clients send and get: told of, and refused where the route says so.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { assert, explained, given, run } from './scenarios.mjs';

const { attack } = given;
const openai = new OpenAI({ baseURL: given.url + '/v1', apiKey: given.key, maxRetries: 0 });
const strict = new OpenAI({ baseURL: given.url + '/strict/v1', apiKey: given.key, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: given.url + '/anthropic', apiKey: given.key, maxRetries: 0 });
const user = (content) => ({ role: 'user', content });
// A tool's answer stands before the last question.
const with_result = (result, question = 'echo: fine') => [
  user('look it up'),
  { role: 'assistant', content: null, tool_calls: [
    { id: 'c1', type: 'function', function: { name: 'search', arguments: '{"q":"news"}' } }] },
  { role: 'tool', tool_call_id: 'c1', content: result },
  user(question),
];

async function connect(key) {
  const transport = new StreamableHTTPClientTransport(new URL(given.url + '/tools/mcp'),
    { requestInit: { headers: { authorization: `Bearer ${key}` } } });
  const client = new Client({ name: 'e2e', version: '1.0.0' });
  await client.connect(transport);
  return client;
}
const refused = (error) => Boolean(explained(error));

const annotated = {
  async 'openai: an attack in a tool\'s answer is told, and the request goes on'() {
    const answer = await openai.chat.completions.create({ model: 'chat', messages: with_result(attack) });
    assert.equal(answer.choices[0].message.content, 'fine');
  },
  async 'openai: a streamed answer is looked at'() {
    const stream = openai.chat.completions.stream({ model: 'chat', messages: [user('echo: ' + attack)] });
    assert.equal(await stream.finalContent(), attack);
  },
  async 'openai: responses, with a tool\'s answer'() {
    const answer = await openai.responses.create({ model: 'chat', input: [
      { type: 'function_call', call_id: 'c1', name: 'search', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: attack }, user('echo: fine')] });
    assert.equal(answer.output_text, 'fine');
  },
  async 'anthropic: a tool\'s result and a document'() {
    const answer = await anthropic.messages.create({ model: 'chat', max_tokens: 100, messages: [
      user([{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: attack } },
        { type: 'text', text: 'echo: fine' }])] });
    assert.equal(answer.content[0].text, 'fine');
    const again = await anthropic.messages.create({ model: 'chat', max_tokens: 100, messages: [
      user('look it up'),
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'search', input: {} }] },
      user([{ type: 'tool_result', tool_use_id: 't1', content: attack }, { type: 'text', text: 'echo: fine' }])] });
    assert.equal(again.content[0].text, 'fine');
  },
  async 'anthropic: a streamed answer is looked at'() {
    const stream = anthropic.messages.stream({ model: 'chat', max_tokens: 100, messages: [user('echo: ' + attack)] });
    assert.equal(await stream.finalText(), attack);
  },
  async 'mcp: the result of a tool'() {
    const client = await connect(given.key);
    const result = await client.callTool({ name: 'say', arguments: { text: attack } });
    assert.equal(result.content[0].text, attack);
    await client.close();
  },
};

const refusing = {
  async 'openai: refused, with what explains it'() {
    await assert.rejects(strict.chat.completions.create({ model: 'chat', messages: with_result(attack) }), (error) =>
      error instanceof OpenAI.PermissionDeniedError && refused(error));
  },
  async 'openai: harmless results pass'() {
    const answer = await strict.chat.completions.create({ model: 'chat',
      messages: with_result('The bridge was built in 1932 and is 1,149 metres long.') });
    assert.equal(answer.choices[0].message.content, 'fine');
  },
  async 'openai: a streamed answer ends where the attack is seen'() {
    const stream = await strict.chat.completions.create({ model: 'chat', stream: true, messages: [user('echo: ' + attack)] });
    await assert.rejects(async () => { for await (const _ of stream); }, refused);
  },
};

// A session that has read an attack calls nothing that leads outside.
const quarantine = {
  async 'mcp: outside is open before'() {
    const client = await connect(given.key);
    const sum = await client.callTool({ name: 'add', arguments: { a: 19, b: 23 } });
    assert.equal(sum.content[0].text, '42');
    await client.callTool({ name: 'say', arguments: { text: attack } });
    await client.close();
  },
  async 'mcp: and closed after'() {
    const client = await connect(given.key);
    await assert.rejects(client.callTool({ name: 'add', arguments: { a: 1, b: 2 } }), refused);
    const said = await client.callTool({ name: 'say', arguments: { text: 'still here' } });
    assert.equal(said.content[0].text, 'still here');
    await client.close();
  },
  async 'mcp: another session is free'() {
    const client = await connect(given.other);
    assert.equal((await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } })).content[0].text, '3');
    await client.close();
  },
};

await run({ annotated, refusing, quarantine }[given.part]);
