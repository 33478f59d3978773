import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { plainAccess } from './plain-access.ts';
import { readKubeconfig } from './read.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function write(name: string, content: unknown): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, typeof content === 'string' ? content : stringify(content));
  return path;
}

function config(
  geoTag: string,
  user: Record<string, unknown> = {},
  cluster: Record<string, unknown> = {},
): object {
  return {
    'current-context': geoTag,
    contexts: [{ name: geoTag, context: { cluster: geoTag, user: geoTag, namespace: 'podinfo' } }],
    clusters: [{ name: geoTag, cluster: { server: `https://${geoTag}.example.com:6443/`, ...cluster } }],
    users: [{ name: geoTag, user }],
  };
}

test('files of KUBECONFIG are merged, the first wins, missing ones are passed over', async () => {
  const eu = await write('eu', config('eu', { token: 'first' }));
  const us = await write('us', { ...config('us'), users: [{ name: 'eu', user: { token: 'second' } }] });
  const kubeconfig = await readKubeconfig(undefined, {
    KUBECONFIG: `${join(directory, 'none')}:${eu}:${us}`,
  });
  expect(kubeconfig).toMatchObject({
    files: [eu, us],
    currentContext: 'eu',
    contexts: [{ name: 'eu', namespace: 'podinfo' }, { name: 'us' }],
  });
  expect(kubeconfig.users.get('eu')?.fields).toEqual({ token: 'first' });
});

test('the path given goes before KUBECONFIG; without either it is ~/.kube/config', async () => {
  const us = await write('us', config('us'));
  const given = await readKubeconfig(us, { KUBECONFIG: await write('eu', config('eu')) });
  expect(given.currentContext).toBe('us');
  await expect(readKubeconfig(undefined, { HOME: directory })).rejects.toMatchObject({
    code: 'kubeconfig',
    message: `there is no kubeconfig: ${directory}/.kube/config does not exist`,
  });
});

test('a file that is no kubeconfig is named, without what stands in it', async () => {
  const path = await write('broken', 'users:\n- user: {token: hunter2\n');
  const error = await readKubeconfig(path, {}).catch((caught: unknown) => caught as Error);
  expect(error).toMatchObject({ code: 'kubeconfig', message: expect.stringContaining(path) });
  expect(JSON.stringify([error, (error as Error).message])).not.toContain('hunter2');
});

test.each(['', '[]', 'a', 'contexts: 5', 'contexts: [5, {name: 7}]'])(
  '%j does not break reading',
  async (text) => {
    const read = readKubeconfig(await write('odd', text), {}).then(
      ({ contexts }) => contexts.map(({ name }) => name),
      (error: { code: string }) => error.code,
    );
    expect([[], ['7'], 'kubeconfig']).toContainEqual(await read);
  },
);

test('certificates from data go before files, files are found beside the kubeconfig', async () => {
  await write('ca.crt', 'CA');
  await write('client.key', 'wrong');
  const path = await write(
    'eu',
    config(
      'eu',
      {
        'client-certificate-data': Buffer.from('CERT').toString('base64'),
        'client-key-data': Buffer.from('KEY').toString('base64'),
        'client-key': 'client.key',
      },
      { 'certificate-authority': 'ca.crt', 'tls-server-name': 'kubernetes' },
    ),
  );
  expect(await plainAccess(await readKubeconfig(path, {}), 'eu')).toEqual({
    server: 'https://eu.example.com:6443',
    headers: {},
    tls: {
      ca: Buffer.from('CA'),
      cert: Buffer.from('CERT'),
      key: Buffer.from('KEY'),
      servername: 'kubernetes',
    },
  });
});

test('a token becomes a header; skipping verification and a proxy are passed on', async () => {
  const path = await write(
    'eu',
    config('eu', { token: 'abc' }, { 'insecure-skip-tls-verify': true, 'proxy-url': 'http://proxy:3128' }),
  );
  expect(await plainAccess(await readKubeconfig(path, {}), 'eu')).toEqual({
    server: 'https://eu.example.com:6443',
    headers: { authorization: 'Bearer abc' },
    tls: { rejectUnauthorized: false },
    proxyUrl: 'http://proxy:3128',
  });
});

test.each<[string, Record<string, unknown>]>([
  ['an exec plugin', { exec: { command: 'aws' } }],
  ['an auth provider', { 'auth-provider': { name: 'oidc' } }],
  ['a token file', { tokenFile: '/token' }],
  ['impersonation', { token: 'abc', as: 'jane' }],
  ['a field of the future', { token: 'abc', signer: 'x' }],
])('%s is left to client-node', async (_, user) => {
  const path = await write('eu', config('eu', user));
  expect(await plainAccess(await readKubeconfig(path, {}), 'eu')).toBeUndefined();
});

test('a context without its cluster, and a file that is not there, are errors', async () => {
  const orphan = await readKubeconfig(await write('orphan', { ...config('eu'), clusters: [] }), {});
  await expect(plainAccess(orphan, 'eu')).rejects.toMatchObject({ code: 'kubeconfig' });
  const path = await write('eu', config('eu', { 'client-key': 'gone.key' }));
  await expect(plainAccess(await readKubeconfig(path, {}), 'eu')).rejects.toThrow(
    'client-key of the kubeconfig',
  );
});
