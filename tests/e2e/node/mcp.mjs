// The official MCP client over streamable HTTP against the gate.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { assert, explained, given, run } from './scenarios.mjs';

async function connect(key, headers = {}) {
  const transport = new StreamableHTTPClientTransport(new URL(given.url + '/tools/mcp'), {
    requestInit: { headers: { ...(key && { authorization: `Bearer ${key}` }), ...headers } },
  });
  const client = new Client({ name: 'e2e', version: '1.0.0' });
  await client.connect(transport);
  return { client, transport };
}

await run({
  async 'a session is opened, used and ended'() {
    const { client, transport } = await connect(given.key);
    assert.ok(transport.sessionId);
    assert.equal(client.getServerVersion().name, 'e2e');
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map((t) => t.name).sort(), ['add', 'count', 'say']);
    const sum = await client.callTool({ name: 'add', arguments: { a: 19, b: 23 } });
    assert.equal(sum.content[0].text, '42');
    await transport.terminateSession();
    await client.close();
  },
  async 'progress is streamed'() {
    const { client } = await connect(given.key);
    const seen = [];
    const result = await client.callTool({ name: 'count', arguments: { to: 5 } }, undefined,
      { onprogress: ({ progress }) => seen.push(progress) });
    assert.equal(result.content[0].text, 'counted');
    assert.deepEqual(seen, [1, 2, 3, 4, 5]);
    await client.close();
  },
  async 'a resource is read'() {
    const { client } = await connect(given.key);
    assert.equal((await client.readResource({ uri: 'note://one' })).contents[0].text, 'a note');
    await client.close();
  },
  async 'an error of the server arrives'() {
    const { client } = await connect(given.key);
    await assert.rejects(client.readResource({ uri: 'note://two' }), /not found/i);
    await client.close();
  },
  async 'without a key nothing is reached'() {
    await assert.rejects(connect(null), (error) => (assert.match(error.message, /401|unauthorized|api key/i), true));
  },
  async 'a key without the right is refused'() {
    await assert.rejects(connect(given.other), (error) => Boolean(explained(error)) && /403/.test(`${error.code} ${error.message}`));
  },
  async 'an origin that is not listed is refused'() {
    await assert.rejects(connect(given.key, { origin: 'https://evil.example' }),
      (error) => /403/.test(`${error.code} ${error.message}`));
  },
  async 'a secret in an argument is refused'() {
    const { client } = await connect(given.key);
    await assert.rejects(client.callTool({ name: 'say', arguments: { text: given.secret } }), (error) => Boolean(explained(error)));
    await client.close();
  },
});
