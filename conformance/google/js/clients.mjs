// Drives the twins with Google's own clients for Node. Each line that it prints is a scenario: {name, error}.
import { Readable } from 'node:stream';
import { drive, auth } from '@googleapis/drive';
import { sheets } from '@googleapis/sheets';
import { docs } from '@googleapis/docs';
import { Discovery } from 'googleapis-common/build/src/discovery.js'; // what discoverAPI of googleapis is

const { url, authorizedUser } = JSON.parse(process.argv[2]);

function want(what, got, wanted) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`${what} is ${JSON.stringify(got)}, want ${JSON.stringify(wanted)}`);
  }
}

const { client_id, client_secret, refresh_token, token_uri } = authorizedUser;
const mine = new auth.OAuth2({ clientId: client_id, clientSecret: client_secret, endpoints: { oauth2TokenUrl: token_uri, tokenInfoUrl: url + '/tokeninfo', oauth2RevokeUrl: url + '/revoke' } });
mine.setCredentials({ refresh_token });
const rootUrl = new URL(url).origin + '/';
const d = drive({ version: 'v3', auth: mine, rootUrl });
const s = sheets({ version: 'v4', auth: mine, rootUrl });
const w = docs({ version: 'v1', auth: mine, rootUrl });

const scenarios = {
  async 'upload and download'() {
    const made = await d.files.create({ requestBody: { name: 'from node.txt' }, media: { mimeType: 'text/plain', body: Readable.from(['Land ', 'upright.']) }, fields: 'id,size,md5Checksum' }, { rootUrl });
    want('size', made.data.size, '13');
    const got = await d.files.get({ fileId: made.data.id, alt: 'media' }, { responseType: 'text' });
    want('content', got.data, 'Land upright.');
    const found = await d.files.list({ q: "name = 'from node.txt'", fields: 'files(id)' });
    want('found', found.data.files, [{ id: made.data.id }]);
    await d.files.delete({ fileId: made.data.id });
    const gone = await d.files.get({ fileId: made.data.id }).catch((e) => e);
    want('status', gone.status ?? gone.code, 404);
    want('reason', gone.response.data.error.errors[0].reason, 'notFound');
  },
  async 'a table that calculates'() {
    const { data } = await s.spreadsheets.create({ requestBody: { properties: { title: 'From node' } } });
    await s.spreadsheets.values.update({ spreadsheetId: data.spreadsheetId, range: 'A1:A4', valueInputOption: 'USER_ENTERED', requestBody: { values: [[1], [2], [3], ['=SUM(A1:A3)']] } });
    const got = await s.spreadsheets.values.get({ spreadsheetId: data.spreadsheetId, range: 'A4' });
    want('sum', got.data.values, [['6']]);
  },
  async 'a document'() {
    const { data } = await w.documents.create({ requestBody: { title: 'From node' } });
    await w.documents.batchUpdate({ documentId: data.documentId, requestBody: { requests: [{ insertText: { location: { index: 1 }, text: 'Land upright.' } }] } });
    const got = await w.documents.get({ documentId: data.documentId });
    want('text', got.data.body.content[1].paragraph.elements[0].textRun.content, 'Land upright.\n');
  },
  async 'clients made of the discovery documents'() {
    const apis = await new Discovery().discoverAllAPIs(url + '/discovery/v1/apis');
    want('apis', Object.keys(apis), ['drive', 'sheets', 'docs', 'oauth2']);
    const d = apis.drive({ version: 'v3', auth: mine });
    const made = await d.files.create({ requestBody: { name: 'discovered.txt' }, media: { mimeType: 'text/plain', body: 'Land upright.' }, fields: 'id,size' });
    want('size', made.data.size, '13');
    want('content', (await d.files.get({ fileId: made.data.id, alt: 'media' })).data, 'Land upright.');
    want('users', (await d.permissions.list({ fileId: made.data.id, fields: 'permissions/role' })).data, { permissions: [{ role: 'owner' }] });
    const s = (await new Discovery().discoverAPI(url + '/$discovery/rest?version=v4'))({ auth: mine });
    const book = await s.spreadsheets.create({ requestBody: { properties: { title: 'Discovered' } } });
    await s.spreadsheets.values.append({ spreadsheetId: book.data.spreadsheetId, range: 'A1', valueInputOption: 'RAW', requestBody: { values: [['a', 1]] } });
    want('values', (await s.spreadsheets.values.get({ spreadsheetId: book.data.spreadsheetId, range: 'A1:B1' })).data.values, [['a', '1']]);
    const w = apis.docs({ version: 'v1', auth: mine });
    want('title', (await w.documents.create({ requestBody: { title: 'Discovered' } })).data.title, 'Discovered');
    const me = await apis.oauth2({ version: 'v2', auth: mine }).userinfo.v2.me.get();
    want('me', me.data.email, 'ana@acme.example');
  },
  async 'a token that is revoked'() {
    const { token } = await mine.getAccessToken();
    const info = await mine.getTokenInfo(token);
    want('address', info.email, 'ana@acme.example');
    await mine.revokeToken(refresh_token);
    mine.setCredentials({ refresh_token });
    const refused = await mine.getAccessToken().catch((e) => e);
    want('error', refused.response.data, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' });
  },
};

for (const [name, play] of Object.entries(scenarios)) {
  let error;
  try {
    await play();
  } catch (e) {
    error = e.stack;
  }
  console.log(JSON.stringify({ name, error }));
}
