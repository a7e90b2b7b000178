// Drives the twins with Google's own clients for Node. Each line that it prints is a scenario: {name, error}.
import { Readable } from 'node:stream';
import { drive, auth } from '@googleapis/drive';
import { sheets } from '@googleapis/sheets';
import { docs } from '@googleapis/docs';

const { url, serviceAccount, authorizedUser } = JSON.parse(process.argv[2]);

function want(what, got, wanted) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`${what} is ${JSON.stringify(got)}, want ${JSON.stringify(wanted)}`);
  }
}

// The clients ask Google's hosts for tokens unless they are told otherwise.
const scopes = ['https://www.googleapis.com/auth/drive', 'https://www.googleapis.com/auth/spreadsheets', 'https://www.googleapis.com/auth/documents'];
async function token(form) {
  const res = await fetch(authorizedUser.token_uri, { method: 'POST', body: new URLSearchParams(form) });
  return (await res.json()).access_token;
}
const { client_id, client_secret, refresh_token } = authorizedUser;
const access = await token({ grant_type: 'refresh_token', client_id, client_secret, refresh_token });
const mine = new auth.OAuth2();
mine.setCredentials({ access_token: access, expiry_date: Date.now() + 3600e3 });
const rootUrl = new URL(url).origin + '/';
const d = drive({ version: 'v3', auth: mine, rootUrl });
const s = sheets({ version: 'v4', auth: mine, rootUrl });
const w = docs({ version: 'v1', auth: mine, rootUrl });

const scenarios = {
  async 'upload and download'() {
    const made = await d.files.create({ requestBody: { name: 'from node.txt' }, media: { mimeType: 'text/plain', body: Readable.from(['Land ', 'upright.']) }, fields: 'id,size,md5Checksum' });
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
  async 'a service account'() {
    const robot = new auth.JWT({ email: serviceAccount.client_email, key: serviceAccount.private_key, keyId: serviceAccount.private_key_id, scopes, subject: 'bo@acme.example' });
    robot.gtoken.googleTokenOptions = { ...robot.gtoken.googleTokenOptions };
    want('key', robot.key.startsWith('-----BEGIN PRIVATE KEY-----'), true);
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
