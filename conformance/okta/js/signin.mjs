// Signs people in to an app with Okta's own SDK for browsers. Each line that it prints is a scenario: {name, error}.
import { createHmac } from 'node:crypto';
import { OktaAuth } from '@okta/okta-auth-js';

const { url, token, username, password } = JSON.parse(process.argv[2]);
// A memory of its own for each app, as each has in its browser.
function memory() {
  const kept = new Map();
  const storageProvider = { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => { kept.set(k, v); }, removeItem: (k) => { kept.delete(k); } };
  return Object.fromEntries(['token', 'cache', 'transaction', 'shared-transaction', 'original-uri', 'idx-response'].map((name) => [name, { storageProvider, useSeparateCookies: false }]));
}

const redirectUri = 'http://localhost:8080/callback';

function want(what, got, wanted) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`${what} is ${JSON.stringify(got)}, want ${JSON.stringify(wanted)}`);
  }
}

async function api(method, path, body) {
  const res = await fetch(url + path, { method, body: body && JSON.stringify(body), headers: { authorization: 'SSWS ' + token, 'content-type': 'application/json' } });
  const text = await res.text();
  if (!res.ok) {
    throw new Error(`${method} ${path}: ${res.status} ${text}`);
  }
  return text && JSON.parse(text);
}

// totp is what a generator of codes shows, some steps of half a minute from now.
function totp(secret, steps = 0) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const sum = createHmac('sha1', key).update(step).digest();
  const at = sum[19] & 15;
  return String((sum.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

// mailed is the code in the last mail to somebody.
async function mailed(to) {
  const { deliveries } = await api('GET', '/_twin/outbox');
  const mail = deliveries.filter((d) => d.kind === 'email' && d.body.includes(to)).pop();
  return JSON.parse(mail.body).body.match(/\b\d{6}\b/)[0];
}

// anApp is an app of a browser that everybody has, for which people may register if it says so.
async function anApp(more = {}) {
  const app = await api('POST', '/api/v1/apps', {
    name: 'oidc_client', label: 'Browser app ' + Math.random(), signOnMode: 'OPENID_CONNECT',
    credentials: { oauthClient: { token_endpoint_auth_method: 'none' } },
    settings: { oauthClient: { application_type: 'browser', redirect_uris: [redirectUri], response_types: ['code'], grant_types: ['authorization_code', 'interaction_code', 'refresh_token'] } },
  });
  const [everyone] = await api('GET', '/api/v1/groups?q=Everyone');
  await api('PUT', `/api/v1/apps/${app.id}/groups/${everyone.id}`, {});
  if (more.register) {
    const policy = await api('POST', '/api/v1/policies', { type: 'PROFILE_ENROLLMENT', name: 'Everybody ' + Math.random() });
    const [rule] = await api('GET', `/api/v1/policies/${policy.id}/rules`);
    rule.actions.profileEnrollment.unknownUserAction = 'REGISTER';
    rule.actions.profileEnrollment.profileAttributes = ['email', 'firstName', 'lastName'].map((name) => ({ name, label: name, required: true }));
    await api('PUT', `/api/v1/policies/${policy.id}/rules/${rule.id}`, rule);
    await api('PUT', `/api/v1/apps/${app.id}/policies/${policy.id}`);
  }
  return new OktaAuth({ issuer: url + '/oauth2/default', clientId: app.credentials.oauthClient.client_id, redirectUri, scopes: ['openid', 'profile', 'email'], storageManager: memory(), idx: { enableLegacyMode: true, ...more.idx } });
}

async function aPerson(login) {
  return api('POST', '/api/v1/users', { profile: { login, email: login, firstName: 'Pilot', lastName: 'Test' }, credentials: { password: { value: password } } });
}

// The server gives no tokens for interactions until its policy says so.
const [policy] = await api('GET', '/api/v1/authorizationServers/default/policies');
const [rule] = await api('GET', `/api/v1/authorizationServers/default/policies/${policy.id}/rules`);
rule.conditions.grantTypes.include.push('interaction_code');
await api('PUT', `/api/v1/authorizationServers/default/policies/${policy.id}/rules/${rule.id}`, rule);

const scenarios = {
  async password() {
    const client = await anApp();
    const wrong = await client.idx.authenticate({ username, password: 'wrong' });
    want('status', wrong.status, 'PENDING');
    want('message', wrong.messages[0].i18n.key, 'incorrectPassword');
    client.transactionManager.clear();
    const nobody = await client.idx.authenticate({ username: 'nobody@acme.example' });
    want('message', nobody.messages[0].message, 'There is no account with the Username nobody@acme.example.');
    client.transactionManager.clear();
    const { status, tokens } = await client.idx.authenticate({ username, password });
    want('status', status, 'SUCCESS');
    want('who', tokens.idToken.claims.email, username);
    want('how', tokens.idToken.claims.amr, ['pwd']);
    want('access', (await client.token.getUserInfo(tokens.accessToken, tokens.idToken)).email, username);
  },

  async 'step by step'() {
    const client = await anApp({ idx: { enableLegacyMode: false, useGenericRemediator: true } });
    let tx = await client.idx.start();
    want('form', tx.neededToProceed[0].name, 'identify');
    tx = await client.idx.proceed({ step: 'identify', identifier: username });
    want('form', tx.nextStep.name, 'challenge-authenticator');
    want('authenticator', tx.context.currentAuthenticatorEnrollment.value.key, 'okta_password');
    tx = await client.idx.proceed({ step: 'challenge-authenticator', credentials: { passcode: password } });
    want('status', tx.status, 'SUCCESS');
    want('who', tx.tokens.idToken.claims.preferred_username, username);
  },

  async 'generator of codes'() {
    const login = 'totp@pilots.example';
    const user = await aPerson(login);
    const factor = await api('POST', `/api/v1/users/${user.id}/factors`, { factorType: 'token:software:totp', provider: 'GOOGLE' });
    const secret = factor._embedded.activation.sharedSecret;
    await api('POST', `/api/v1/users/${user.id}/factors/${factor.id}/lifecycle/activate`, { passCode: totp(secret, -1) });
    const client = await anApp();
    let tx = await client.idx.authenticate({ username: login, password, authenticators: ['okta_password'] });
    want('form', tx.nextStep.name, 'challenge-authenticator');
    want('authenticator', tx.nextStep.authenticator.key, 'google_otp');
    tx = await client.idx.proceed({ verificationCode: '000000' });
    want('message', tx.messages[0].message, 'Invalid code. Try again.');
    tx = await client.idx.proceed({ verificationCode: totp(secret) });
    want('status', tx.status, 'SUCCESS');
    want('how', tx.tokens.idToken.claims.amr, ['pwd', 'otp', 'mfa']);
  },

  async 'code by mail'() {
    const login = 'mail@pilots.example';
    const user = await aPerson(login);
    await api('POST', `/api/v1/users/${user.id}/factors?activate=true`, { factorType: 'email', provider: 'OKTA', profile: { email: login } });
    const client = await anApp();
    let tx = await client.idx.authenticate({ username: login, authenticator: 'okta_email' });
    want('form', tx.nextStep.name, 'challenge-authenticator');
    tx = await client.idx.proceed({ verificationCode: await mailed(login) });
    want('form', tx.nextStep.name, 'challenge-authenticator');
    want('authenticator', tx.nextStep.authenticator.key, 'okta_password');
    tx = await client.idx.proceed({ password });
    want('status', tx.status, 'SUCCESS');
  },

  async 'forgotten password'() {
    const login = 'lost@pilots.example';
    await aPerson(login);
    const client = await anApp();
    let tx = await client.idx.recoverPassword({ username: login });
    want('form', tx.nextStep.name, 'authenticator-verification-data');
    tx = await client.idx.proceed({ methodType: 'email' });
    want('form', tx.nextStep.name, 'challenge-authenticator');
    tx = await client.idx.proceed({ verificationCode: await mailed(login) });
    want('form', tx.nextStep.name, 'reset-authenticator');
    tx = await client.idx.proceed({ password: 'short' });
    want('message', tx.messages[0].message.startsWith('Password requirements were not met.'), true);
    tx = await client.idx.proceed({ password: 'Another-Rocket-7' });
    want('status', tx.status, 'SUCCESS');
    want('who', tx.tokens.idToken.claims.email, login);
  },

  async 'locked account'() {
    const login = 'locked@pilots.example';
    await aPerson(login);
    const [everyone] = await api('GET', '/api/v1/groups?q=Everyone');
    const policy = await api('POST', '/api/v1/policies', { type: 'PASSWORD', name: 'Locks ' + Math.random(), conditions: { people: { groups: { include: [everyone.id] } } }, settings: { password: { lockout: { maxAttempts: 2, showLockoutFailures: true } } } });
    await api('POST', `/api/v1/policies/${policy.id}/rules`, { name: 'Helps', type: 'PASSWORD', actions: { passwordChange: { access: 'ALLOW' }, selfServicePasswordReset: { access: 'ALLOW' }, selfServiceUnlock: { access: 'ALLOW' } } });
    const client = await anApp();
    for (const key of ['incorrectPassword', 'errors.E0000119']) {
      const tx = await client.idx.authenticate({ username: login, password: 'wrong' });
      want('message', tx.messages[0].i18n.key, key);
      client.transactionManager.clear();
    }
    let tx = await client.idx.unlockAccount();
    want('form', tx.nextStep.name, 'select-authenticator-unlock-account');
    tx = await client.idx.proceed({ username: login, authenticator: 'okta_email' });
    want('form', tx.nextStep.name, 'challenge-authenticator');
    tx = await client.idx.proceed({ verificationCode: await mailed(login) });
    want('status', tx.status, 'TERMINAL');
    want('message', tx.messages[0].message, 'Account successfully unlocked!');
    client.transactionManager.clear();
    want('status', (await client.idx.authenticate({ username: login, password })).status, 'SUCCESS');
    await api('DELETE', '/api/v1/policies/' + policy.id);
  },

  async registration() {
    want('a form without being let', (await (await anApp()).idx.start()).enabledFeatures.includes('enroll-profile'), false);
    const login = 'new@pilots.example';
    const client = await anApp({ register: true });
    let tx = await client.idx.register({ firstName: 'New', lastName: 'Comer', email: username });
    want('message', tx.messages[0].i18n.key, 'registration.error.notUniqueWithinOrg');
    client.transactionManager.clear();
    tx = await client.idx.register({ firstName: 'New', lastName: 'Comer', email: login });
    want('form', tx.nextStep.name, 'select-authenticator-enroll');
    tx = await client.idx.proceed({ authenticator: 'okta_email' });
    want('form', tx.nextStep.name, 'enroll-authenticator');
    tx = await client.idx.proceed({ verificationCode: await mailed(login) });
    tx = await client.idx.proceed({ authenticator: 'okta_password' });
    tx = await client.idx.proceed({ password });
    want('what may be left out', tx.nextStep.canSkip, true);
    tx = await client.idx.proceed({ skip: true });
    want('status', tx.status, 'SUCCESS');
    want('who', tx.tokens.idToken.claims.name, 'New Comer');
    want('status of the person', (await api('GET', '/api/v1/users/' + login)).status, 'ACTIVE');
  },

  async 'older API'() {
    const client = await anApp();
    const tx = await client.signInWithCredentials({ username, password });
    want('status', tx.status, 'SUCCESS');
    await client.signInWithCredentials({ username, password: 'wrong' }).then(
      () => { throw new Error('a wrong password is good'); },
      (err) => want('code', err.errorCode, 'E0000004'),
    );
  },
};

const chosen = Object.entries(scenarios).filter(([name]) => !process.argv[3] || name === process.argv[3]);
for (const [name, run] of chosen) {
  let error;
  await run().catch((err) => { error = err.stack || String(err); });
  console.log(JSON.stringify({ name, error }));
}
