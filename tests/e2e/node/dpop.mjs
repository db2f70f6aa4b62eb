// Tokens bound to a key of their holder (DPoP, RFC 9449): a real provider issues them, the proofs
// are made with npm's jose.
import { randomUUID, createHash } from 'node:crypto';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { assert, given, run } from './scenarios.mjs';

const holder = await generateKeyPair('ES256');
const thief = await generateKeyPair('ES256');

async function proof(keys, method, url, more = {}) {
  return new SignJWT({ htm: method, htu: url, jti: randomUUID(), ...more })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(keys.publicKey) })
    .setIssuedAt()
    .sign(keys.privateKey);
}

async function token() {
  const url = given.issuer + '/token';
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: 'Basic ' + Buffer.from(`${given.client}:${given.secret}`).toString('base64'),
      dpop: await proof(holder, 'POST', url),
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'models:call' }),
  });
  const got = await answer.json();
  assert.equal(got.token_type, 'DPoP', JSON.stringify(got));
  return got.access_token;
}

const access = await token();
const ath = createHash('sha256').update(access).digest('base64url');
const url = given.url + '/v1/chat/completions';

async function call(headers) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello' }] }),
  });
  await answer.text();
  return answer;
}
let nonce;
const bound = (dpop) => call({ authorization: 'DPoP ' + access, dpop });

await run({
  async 'the holder of the key is let in, with the nonce that the gate asks for'() {
    const first = await bound(await proof(holder, 'POST', url, { ath }));
    assert.equal(first.status, 401);
    assert.match(first.headers.get('www-authenticate'), /^DPoP .*error="use_dpop_nonce"/);
    nonce = first.headers.get('dpop-nonce');
    assert.equal((await bound(await proof(holder, 'POST', url, { ath, nonce }))).status, 200);
  },
  async 'a proof serves once'() {
    const once = await proof(holder, 'POST', url, { ath, nonce });
    assert.equal((await bound(once)).status, 200);
    const again = await bound(once);
    assert.equal(again.status, 401);
    assert.match(again.headers.get('www-authenticate'), /^DPoP .*error="invalid_dpop_proof"/);
  },
  async 'a bound token is no bearer token'() {
    assert.equal((await call({ authorization: 'Bearer ' + access })).status, 401);
  },
  async 'a proof by another key, for another method, host or token is refused'() {
    for (const wrong of [
      await proof(thief, 'POST', url, { ath, nonce }),
      await proof(holder, 'GET', url, { ath, nonce }),
      await proof(holder, 'POST', 'https://evil.example/v1/chat/completions', { ath, nonce }),
      await proof(holder, 'POST', url, { nonce, ath: createHash('sha256').update('x').digest('base64url') }),
      await proof(holder, 'POST', url, { nonce }),
      await proof(holder, 'POST', url, { ath, nonce: 'made-up' }),
    ]) {
      assert.equal((await bound(wrong)).status, 401);
    }
  },
});
