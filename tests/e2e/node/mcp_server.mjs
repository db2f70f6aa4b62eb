// A small MCP server on the official SDK: prints its port. One tool that answers, one that reports
// progress first, one prompt, one resource.
import { randomUUID } from 'node:crypto';
import express from 'express';
import { z } from 'zod';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const transports = new Map();

function create() {
  const server = new McpServer({ name: 'e2e', version: '1.0.0' });
  server.registerTool('add', { description: 'adds', inputSchema: { a: z.number(), b: z.number() } },
    async ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }));
  server.registerTool('say', { description: 'says it back', inputSchema: { text: z.string() } },
    async ({ text }) => ({ content: [{ type: 'text', text }] }));
  server.registerTool('count', { description: 'counts and tells', inputSchema: { to: z.number() } },
    async ({ to }, { _meta, sendNotification }) => {
      for (let i = 1; i <= to; ++i) {
        await sendNotification({ method: 'notifications/progress',
          params: { progressToken: _meta.progressToken, progress: i, total: to } });
      }
      return { content: [{ type: 'text', text: 'counted' }] };
    });
  server.registerResource('note', 'note://one', {},
    async (uri) => ({ contents: [{ uri: uri.href, text: 'a note' }] }));
  return server;
}

const app = express();
app.use(express.json());
app.all('/mcp', async (request, response) => {
  const id = request.headers['mcp-session-id'];
  let transport = id && transports.get(id);
  if (!transport) {
    transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (session) => transports.set(session, transport),
      onsessionclosed: (session) => transports.delete(session),
    });
    await create().connect(transport);
  }
  await transport.handleRequest(request, response, request.body);
});
const listener = app.listen(0, '127.0.0.1', () => console.log(listener.address().port));
