// A card number that the model never sees and the caller gets back, by the official clients.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { assert, given, run } from './scenarios.mjs';

const openai = new OpenAI({ baseURL: given.url + '/v1', apiKey: given.key, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: given.url + '/anthropic', apiKey: given.key, maxRetries: 0 });
const messages = (content) => [{ role: 'user', content }];
const tools = [{ type: 'function', function: { name: 'pay', parameters: {
  type: 'object', properties: { card: { type: 'string' } } } } }];
const prompt = `seen: charge ${given.card} and write to ${given.mail}`;

// What the model answers: the text as the caller wrote it, and the letters that reached the model.
function check(text) {
  const [answer, seen] = text.split('\nwhat reached me: ');
  assert.equal(answer, `charge ${given.card} and write to ${given.mail}`);
  const letters = seen.replaceAll(' ', '');
  assert.ok(!letters.includes('4111'), letters);
  assert.ok(!letters.includes('example'), letters);
  assert.match(letters, /\[CREDIT_CARD_\d+_\w{8}\].*\[EMAIL_ADDRESS_\d+_\w{8}\]/);
}

await run({
  async 'openai: a plain answer gives the values back'() {
    const answer = await openai.chat.completions.create({ model: 'chat', messages: messages(prompt) });
    check(answer.choices[0].message.content);
  },
  async 'openai: a streamed answer gives them back, in pieces'() {
    const stream = openai.chat.completions.stream({ model: 'chat', messages: messages(prompt) });
    let chunks = 0;
    for await (const chunk of stream) chunks += chunk.choices.length;
    check(await stream.finalContent());
    assert.ok(chunks > 5);
  },
  async 'openai: the arguments of a tool have them, plain and streamed'() {
    const asked = { model: 'chat', tools, messages: messages(`tool: pay {"card":"${given.card}"}`) };
    const answer = await openai.chat.completions.create(asked);
    const call = answer.choices[0].message.tool_calls[0].function;
    assert.deepEqual(JSON.parse(call.arguments), { card: given.card });
    let streamed = '';
    for await (const chunk of await openai.chat.completions.create({ ...asked, stream: true })) {
      streamed += chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '';
    }
    assert.deepEqual(JSON.parse(streamed), { card: given.card });
  },
  async 'openai: long arguments of a tool are streamed whole'() {
    const given_arguments = { card: given.card, note: 'word '.repeat(10_000) };
    let streamed = '';
    for await (const chunk of await openai.chat.completions.create({ model: 'chat', tools, stream: true,
      messages: messages('tool: pay ' + JSON.stringify(given_arguments)) })) {
      streamed += chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '';
    }
    assert.deepEqual(JSON.parse(streamed), given_arguments);
  },
  async 'openai: responses have them, plain and streamed'() {
    const answer = await openai.responses.create({ model: 'chat', input: prompt });
    check(answer.output_text);
    let text = '';
    let last = '';
    for await (const event of await openai.responses.create({ model: 'chat', input: prompt, stream: true })) {
      text += event.type === 'response.output_text.delta' ? event.delta : '';
      last = event.type === 'response.completed' ? event.response.output[0].content[0].text : last;
    }
    check(text);
    check(last);
  },
  async 'anthropic: plain and streamed answers give them back'() {
    const asked = { model: 'chat', max_tokens: 100, messages: messages(prompt) };
    const answer = await anthropic.messages.create(asked);
    check(answer.content[0].text);
    check(await anthropic.messages.stream(asked).finalText());
  },
  async 'a conversation keeps one placeholder for one value'() {
    const seen = [];
    for (const _ of [1, 2]) {
      const answer = await openai.chat.completions.create({ model: 'chat', messages: messages(prompt) });
      seen.push(answer.choices[0].message.content.split('what reached me: ')[1]);
    }
    assert.equal(seen[0], seen[1]);
  },
});
