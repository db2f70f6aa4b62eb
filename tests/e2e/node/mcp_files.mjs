// The official MCP client before the tools of mcp_files_server.mjs, with the gate between: what is
// listed, what may be called with what. `given.part` names the scenarios.
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { assert, explained, given, run } from './scenarios.mjs';

// Calls `action` with a client of this key, which is closed after it.
async function as(key, action) {
  const transport = new StreamableHTTPClientTransport(new URL(given.url + '/tools/mcp'), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  });
  const client = new Client({ name: 'e2e', version: '1.0.0' });
  await client.connect(transport);
  try {
    return await action(client);
  } finally {
    await client.close();
  }
}
const tools = async (client) => (await client.listTools()).tools.map((tool) => tool.name).sort();
const call = async (client, name, args) => (await client.callTool({ name, arguments: args })).content[0].text;
const refused = (status, action) => assert.rejects(action,
  (error) => Boolean(explained(error)) && new RegExp(status).test(`${error.code} ${error.message}`));
const all = ['read_file', 'remove', 'write_file'];

const parts = {
  first: {
    'who may do everything is shown everything': () => as(given.admin, async (client) => {
      assert.deepEqual(await tools(client), all);
      assert.equal((await client.listPrompts()).prompts.length, 2);
    }),
  },
  rules: {
    'a list holds what the caller could call': async () => {
      await as(given.reader, async (client) => {
        assert.deepEqual(await tools(client), ['read_file']);
        const [tool] = (await client.listTools()).tools;
        assert.deepEqual(tool.inputSchema.required, ['path']);
      });
      await as(given.admin, async (client) => assert.deepEqual(await tools(client), all));
    },
    'a call is decided by its arguments': () => as(given.reader, async (client) => {
      assert.equal(await call(client, 'read_file', { path: '/srv/a' }), 'read /srv/a all');
      assert.equal(await call(client, 'read_file', { path: '/srv/a', lines: 3 }), 'read /srv/a 3');
      await refused(403, call(client, 'read_file', { path: '/etc/passwd' }));
      await refused(403, call(client, 'read_file', { path: '/srv/../etc/passwd' }));
      await refused(403, call(client, 'read_file', { path: '/srv/a', lines: 1000 }));
    }),
    'arguments that do not fit are refused with the reason': () => as(given.reader, async (client) => {
      await assert.rejects(call(client, 'read_file', { path: 7 }), /arguments\.path.*expected a string/);
      await assert.rejects(call(client, 'read_file', {}), /arguments\.path.*missing/);
      await assert.rejects(call(client, 'read_file', { path: '/srv/a', Path: '/etc/passwd' }), /only in case/);
    }),
    'what is not shown is not called': () => as(given.reader, async (client) => {
      await refused(403, call(client, 'remove', {}));
      await refused(403, call(client, 'write_file', { path: '/srv/a', text: 'x' }));
    }),
    'prompts are listed and given by their names': () => as(given.reader, async (client) => {
      assert.deepEqual((await client.listPrompts()).prompts.map((prompt) => prompt.name), ['greet']);
      assert.equal((await client.getPrompt({ name: 'greet' })).messages[0].content.text, 'hello');
      await refused(403, client.getPrompt({ name: 'obey' }));
    }),
    'resources are listed and read by their URIs': () => as(given.reader, async (client) => {
      assert.deepEqual((await client.listResources()).resources.map((one) => one.uri), ['note://public/one']);
      assert.equal((await client.listResourceTemplates()).resourceTemplates.length, 1);
      assert.equal((await client.readResource({ uri: 'note://public/two' })).contents[0].text, 'of note://public/two');
      await refused(403, client.readResource({ uri: 'note://secret/one' }));
    }),
    'who may read nothing is shown no resource': () => as(given.visitor, async (client) => {
      assert.deepEqual((await client.listResources()).resources, []);
      assert.deepEqual((await client.listResourceTemplates()).resourceTemplates, []);
      assert.deepEqual(await tools(client), []);
    }),
  },
  changed: {
    'a tool that describes itself otherwise is hidden and refused': () => as(given.admin, async (client) => {
      assert.deepEqual(await tools(client), ['remove', 'write_file']);
      await refused(403, call(client, 'read_file', { path: '/srv/a' }));
      assert.equal(await call(client, 'write_file', { path: '/srv/a', text: 'x' }), 'wrote /srv/a');
    }),
  },
  approved: {
    'once it is approved it is shown and called again': () => as(given.admin, async (client) => {
      while (!(await tools(client)).includes('read_file')) {
        await wait(50);
      }
      assert.equal(await call(client, 'read_file', { path: '/srv/a' }), 'read /srv/a all');
    }),
  },
};

await run(parts[given.part]);
