import { expect, test } from 'vitest';
import { encodeInvitation, type Invitation } from '#core/peering/invitation.ts';
import { readToken, refuseLiteral } from './read-token.ts';

const invitation: Invitation = {
  provider: { clusterID: 'us', clusterUID: 'u' },
  servers: ['https://us.example.com:6443'],
  ca: 'PEM',
  gateway: { addresses: ['10.0.0.1:31871'], fingerprint: 'f' },
  tenantNamespace: 'liqo-tenant-abc123',
  token: 'secret',
  expiresAt: '2026-11-21T10:00:00Z',
};
const text = encodeInvitation(invitation);
const io = (input: string) => ({
  stdin: { isTTY: false, text: async () => input, line: async () => '' },
  signal: new AbortController().signal,
});

test('standard input, also with the line breaks of a paste', async () => {
  const wrapped = `  ${text.slice(0, 50)}\r\n${text.slice(50)}\n`;
  expect(await readToken('-', io(wrapped))).toEqual({ invitation, text });
});

test.each([[text], [`x${text}`], ['a'.repeat(200)]])(
  'a secret among the words is refused, unsaid',
  (word) => {
    let message = '';
    try {
      refuseLiteral(['us', word]);
    } catch (error) {
      message = `${(error as Error).message} ${(error as { hint?: string }).hint}`;
    }
    expect(message).toContain("--token - <<'INVITATION'");
    expect(message).not.toContain(word.slice(0, 40));
  },
);

test('names and files are no secrets', () => {
  expect(() =>
    refuseLiteral(['us', '-', './invitation.txt', '/tmp/some/long/path/to/invitation']),
  ).not.toThrow();
});

test.each([
  ['', 'there is no invitation to read'],
  ['\n', 'there is no invitation to read'],
  [text.replace('.', '.x'), 'not an invitation as the provider printed it'],
  [text.slice(0, -3), 'not an invitation as the provider printed it'],
])('input %# is refused', async (input, message) => {
  await expect(readToken('-', io(input))).rejects.toThrow(message);
});
