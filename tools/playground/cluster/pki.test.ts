import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAuthority, issue } from './certificate.ts';
import { isUsable } from './certificate-check.ts';
import { ensurePki } from './pki.ts';

const now = new Date('2026-11-21T00:00:00Z');
const api = {
  commonName: 'kube-apiserver',
  addresses: ['172.19.0.3', '127.0.0.1'],
  dnsNames: ['kubernetes.default.svc'],
};
const subjects = { api, admin: { commonName: 'admin', organization: 'system:masters' } };

describe('ensurePki', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'interspan-pki-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('issues certificates that their authority verifies and that cover the names asked for', async () => {
    const pki = await ensurePki(directory, 'eu-ca', subjects, now);
    const authority = new X509Certificate(readFileSync(pki.authority.certificate));
    const server = new X509Certificate(readFileSync(pki.issued.api.certificate));
    const admin = new X509Certificate(readFileSync(pki.issued.admin.certificate));
    expect(authority.ca).toBe(true);
    expect(server.checkIssued(authority) && server.verify(authority.publicKey)).toBe(true);
    expect(server.checkIP('172.19.0.3')).toBe('172.19.0.3');
    expect(server.checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
    expect(server.ca).toBe(false);
    expect(admin.subject.split('\n')).toEqual(['O=system:masters', 'CN=admin']);
  });

  test('keys can be read by their owner only', async () => {
    const pki = await ensurePki(directory, 'eu-ca', subjects, now);
    expect([pki.authority.key, pki.issued.api.key].map((file) => statSync(file).mode & 0o777)).toEqual([
      0o400, 0o400,
    ]);
  });

  test('keeps what is still good and replaces what no longer covers an address', async () => {
    const read = (file: string) => readFileSync(file, 'utf8');
    const first = await ensurePki(directory, 'eu-ca', subjects, now);
    const before = [first.authority, first.issued.api, first.issued.admin].map((pair) =>
      read(pair.certificate),
    );
    const moved = { ...subjects, api: { ...api, addresses: ['172.19.0.9'] } };
    const second = await ensurePki(directory, 'eu-ca', moved, now);
    const after = [second.authority, second.issued.api, second.issued.admin].map((pair) =>
      read(pair.certificate),
    );
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(after[2]).toBe(before[2]);
  });
});

describe('isUsable', async () => {
  const authority = await createAuthority('eu-ca', now);
  const other = await createAuthority('eu-ca', now);
  const pair = await issue(authority, api, now);
  const days = (n: number) => new Date(now.getTime() + n * 24 * 3600 * 1000);
  test.each([
    ['the pair it was made as', pair, api, authority, now, true],
    ['one of another authority of the same name', pair, api, other, now, false],
    ['another common name', pair, { ...api, commonName: 'admin' }, authority, now, false],
    ['an address that it lacks', pair, { ...api, addresses: ['10.0.0.1'] }, authority, now, false],
    ['a name that it lacks', pair, { ...api, dnsNames: ['example.com'] }, authority, now, false],
    ['its last day', pair, api, authority, days(364.5), false],
    ['its last day but one', pair, api, authority, days(363.5), true],
    ['the key of another', { ...pair, key: authority.key }, api, authority, now, false],
    ['text that is no certificate', { ...pair, certificate: 'x' }, api, authority, now, false],
  ])('%s', (_case, candidate, subject, issuer, at, usable) => {
    expect(isUsable(candidate, subject, issuer.certificate, at)).toBe(usable);
  });
});
