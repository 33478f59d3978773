import { expect, test } from 'vitest';
import { providerCredentials } from './provider-credentials.ts';

const servers = ['https://a:1', 'https://b:1'];

test('the next server is used when the one in use failed, whoever says so; after the last comes the first', async () => {
  const credentials = providerCredentials({ servers, ca: 'ca', token: 't' });
  expect((await credentials.access()).server).toBe('https://a:1');
  credentials.failed('https://a:1');
  // A second request that failed there as well.
  credentials.failed('https://a:1');
  expect(credentials.server()).toBe('https://b:1');
  credentials.failed('https://b:1');
  expect(credentials.server()).toBe('https://a:1');
});

test('a renewed token is in the next access', async () => {
  const credentials = providerCredentials({ servers, ca: 'ca', token: 'old' });
  credentials.renew('new');
  expect(await credentials.access()).toEqual({
    server: 'https://a:1',
    headers: { authorization: 'Bearer new' },
    tls: { ca: 'ca' },
  });
});
