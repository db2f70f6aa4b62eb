// Answers that must not be read, whole and streamed, by the official clients. The model says what
// stands behind `say: `.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { assert, given, run } from './scenarios.mjs';

const openai = new OpenAI({ baseURL: given.url + '/v1', apiKey: given.key, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: given.url + '/anthropic', apiKey: given.key, maxRetries: 0 });

const chat = (text) => ({ model: 'chat',
  messages: [{ role: 'system', content: given.system }, { role: 'user', content: 'say: ' + text }] });
const message = (text) => ({ model: 'chat', max_tokens: 1000, system: given.system,
  messages: [{ role: 'user', content: 'say: ' + text }] });

// Each answers, or throws; what came until then is in `seen.text`.
const clients = {
  async 'openai, whole'(text, seen) {
    seen.text = (await openai.chat.completions.create(chat(text))).choices[0].message.content;
  },
  async 'openai, streamed'(text, seen) {
    for await (const chunk of await openai.chat.completions.create({ ...chat(text), stream: true })) {
      seen.text += chunk.choices[0]?.delta.content ?? '';
    }
  },
  async 'anthropic, whole'(text, seen) {
    seen.text = (await anthropic.messages.create(message(text))).content[0].text;
  },
  async 'anthropic, streamed'(text, seen) {
    for await (const event of await anthropic.messages.create({ ...message(text), stream: true })) {
      seen.text += event.type === 'content_block_delta' ? event.delta.text : '';
    }
  },
};

const scenarios = {};
for (const [client, answer] of Object.entries(clients)) {
  for (const [what, { text, hidden }] of Object.entries(given.refused)) {
    scenarios[`${client}: ${what} does not arrive`] = async () => {
      const seen = { text: '' };
      let caught;
      try {
        await answer('Gladly. ' + text + ' And so on.', seen);
      } catch (error) {
        caught = error;
      }
      assert.ok(caught, 'nothing was thrown: ' + seen.text);
      assert.ok(caught instanceof OpenAI.APIError || caught instanceof Anthropic.APIError, String(caught));
      assert.ok(!seen.text.includes(hidden), seen.text);
      assert.ok(client.endsWith('whole') ? seen.text === '' : 'Gladly.'.startsWith(seen.text.slice(0, 7)));
    };
  }
  for (const [what, text] of Object.entries(given.passes)) {
    scenarios[`${client}: ${what} arrives`] = async () => {
      const seen = { text: '' };
      await answer(text, seen);
      assert.equal(seen.text, text);
    };
  }
}
await run(scenarios);
