// A real OpenID provider (npm's oidc-provider) on a free port of 127.0.0.1. Tells where it listens;
// then obeys lines of stdin: `rotate` exchanges its signing key, and says so.
//
// Tokens come by client credentials. A client's id is the subject; what else its tokens claim stands
// in E2E, by client: {"clients": {"alice": {"groups": ["sales"]}}, "ttl": {"brief": 2}}.
import http from 'node:http';
import readline from 'node:readline';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const given = JSON.parse(process.env.E2E ?? '{}');
const audience = given.audience ?? 'https://gate.example';

async function key(id) {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: id, alg: 'ES256', use: 'sig' };
}

function provider(issuer, signing) {
  return new Provider(issuer, {
    jwks: { keys: [signing] },
    clients: Object.keys(given.clients).map((id) => ({
      client_id: id,
      client_secret: `${id}-secret-of-thirty-two-octets-ok`,
      grant_types: ['client_credentials'],
      scope: 'models:call',
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
    })),
    scopes: ['models:call'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource, client) => ({
          scope: 'models:call models:list',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: given.ttl?.[client.clientId] ?? 600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    extraTokenClaims: (_, token) => given.clients[token.clientId],
  });
}

let answer = (_, response) => response.writeHead(503).end();
const server = http.createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  let number = 1;
  answer = provider(issuer, await key(`key-${number}`)).callback();
  console.log(issuer);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === 'rotate') {
      number += 1;
      answer = provider(issuer, await key(`key-${number}`)).callback();
      console.log(`key-${number}`);
    }
  }
  process.exit(0);
});
