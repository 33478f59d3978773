import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { kubeconfigCredentials } from '#core/source/api-server/kubeconfig.ts';

const directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
const path = join(directory, 'config');
let now = 0;
beforeEach(() => {
  now = 0;
});
afterAll(() => rmSync(directory, { recursive: true }));

const write = (user: object, cluster: object = {}): void =>
  writeFileSync(
    path,
    stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443/', ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [
        { name: 'one', context: { cluster: 'c', user: 'u' } },
        { name: 'broken', context: { cluster: 'none', user: 'u' } },
      ],
      'current-context': 'one',
    }),
  );
const open = (context?: string) =>
  kubeconfigCredentials({ path, now: () => now, ...(context === undefined ? {} : { context }) });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each<[string, object, object, object]>([
  ['a token', { token: 't' }, {}, { headers: { authorization: 'Bearer t' } }],
  [
    'a password',
    { username: 'u', password: 'p' },
    {},
    { headers: { authorization: `Basic ${base64('u:p')}` } },
  ],
  [
    'impersonation',
    { token: 't', as: 'eve' },
    {},
    { headers: { authorization: 'Bearer t', 'impersonate-user': 'eve' } },
  ],
  [
    'a client certificate',
    { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
    { 'certificate-authority-data': base64('ca'), 'tls-server-name': 'api' },
    {
      headers: {},
      tls: { cert: Buffer.from('cert'), key: Buffer.from('key'), ca: Buffer.from('ca'), servername: 'api' },
    },
  ],
  [
    'no checks',
    {},
    { 'insecure-skip-tls-verify': true },
    { headers: {}, tls: { rejectUnauthorized: false } },
  ],
  ['a proxy', { token: 't' }, { 'proxy-url': 'socks5://p:1' }, { proxyUrl: 'socks5://p:1' }],
])('%s is understood', async (_, user, cluster, access) => {
  write(user, cluster);
  expect(await (await open()).access()).toMatchObject({ server: 'https://api.example:6443', ...access });
});

test('a plain HTTP server, such as kubectl proxy, is taken', async () => {
  write({}, { server: 'http://127.0.0.1:8001' });
  expect(await (await open()).access()).toMatchObject({ server: 'http://127.0.0.1:8001', headers: {} });
});

test('an exec plugin is run, and run again when its token was refused', async () => {
  const count = join(directory, 'count');
  writeFileSync(count, '');
  const script = `echo x >> "$1"; echo "{\\"status\\":{\\"token\\":\\"t$(wc -l < "$1" | tr -d ' ')\\"}}"`;
  write({
    exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script, 'sh', count] },
  });
  const credentials = await open();
  const token = async () => (await credentials.access()).headers['authorization'];
  expect([await token(), await token()]).toEqual(['Bearer t1', 'Bearer t1']);
  now = 31_000;
  expect(await token()).toBe('Bearer t1');
  credentials.forget();
  expect(await token()).toBe('Bearer t2');
  expect(readFileSync(count, 'utf8').split('\n')).toHaveLength(3);
});

test('an exec plugin that fails says so, and the next try runs it again', async () => {
  write({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', 'echo log in first >&2; exit 1'],
    },
  });
  const credentials = await open();
  await expect(credentials.access()).rejects.toMatchObject({
    code: 'kubeconfig',
    message: expect.stringContaining('log in first'),
  });
  write({ token: 't' });
  credentials.forget();
  expect((await credentials.access()).headers).toEqual({ authorization: 'Bearer t' });
});

test.each<[string, () => Promise<unknown>, string, string]>([
  ['a context that is not there', () => open('two'), 'has no context "two"', 'one, broken'],
  [
    'a context without a cluster',
    () => open('broken'),
    'has no context "broken" with a cluster',
    'one, broken',
  ],
  ['no file', () => kubeconfigCredentials({ path: `${path}.none`, now: () => 0 }), 'ENOENT', '--kubeconfig'],
])('%s is refused with what there is', async (_, attempt, message, hint) => {
  write({ token: 't' });
  await expect(attempt()).rejects.toMatchObject({
    code: 'kubeconfig',
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });
});

test('a file that is no kubeconfig is refused', async () => {
  writeFileSync(path, '{ [');
  await expect(open()).rejects.toMatchObject({ code: 'kubeconfig' });
  writeFileSync(path, 'just text');
  await expect(open()).rejects.toMatchObject({ code: 'kubeconfig' });
});
