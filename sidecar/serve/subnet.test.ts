import { describe, expect, it } from 'vitest';
import { addressToBytes } from '#core/wire/address.ts';
import { TYPE } from '#core/wire/constants.ts';
import { readEdns } from '#core/wire/edns.ts';
import { parsePrefix } from '#core/wire/prefix.ts';
import { readMessage } from '#core/wire/read-message.ts';
import type { Choice, Leaf } from '#sidecar/model/answers.ts';
import { cloud, inWords, name, opt, question, reply, serve, settingsOf } from './answers.fixture.ts';
import { createClient } from './client.ts';
import { COUNTER } from './counters.ts';

const leaf = (...addresses: readonly string[]): Leaf => ({ kind: 'fixed', addresses });
const byNet = (choices: readonly Leaf[]): Choice => ({
  kind: 'byNet',
  choices,
  nets: [
    { prefix: '198.51.100.0/24', choice: 1 },
    { prefix: '203.0.113.128/25', choice: 2 },
    { prefix: '2001:db8:1::/48', choice: 1 },
  ],
  otherwise: 0,
});
const served = serve([
  {
    zones: [cloud],
    names: [
      name('app.cloud.example.com', {
        a: byNet([leaf('10.1.0.1'), leaf('10.2.0.1'), leaf('10.3.0.1')]),
        aaaa: byNet([leaf('fd00::1'), leaf(), leaf('fd00::3')]),
      }),
      name('same.cloud.example.com', { a: leaf('10.1.0.1') }),
    ],
  },
]);

const trusted = [parsePrefix('192.0.2.0/24'), parsePrefix('2001:db8:f::/48')].filter(
  (one) => one !== undefined,
);

/** A client subnet option, `192.0.2.0/24`. */
function subnet(text: string): readonly number[] {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(text);
  const given = Math.ceil(prefix.bits / 8);
  const data = [0, prefix.family === 4 ? 1 : 2, prefix.bits, 0, ...prefix.bytes.subarray(0, given)];
  return [0, 8, 0, data.length, ...data];
}

/** `10.1.0.1 scope 24`: addresses, and the scope where the reply names a subnet. */
function asked(
  from: string,
  about: string | undefined,
  { owner = 'app.cloud.example.com', type = TYPE.A as number } = {},
): string {
  const address = addressToBytes(from) ?? new Uint8Array(0);
  const client = createClient(address.length === 4 ? COUNTER.UDP4 : COUNTER.UDP6);
  client.address.set(address);
  const options = about === undefined ? [] : subnet(about);
  const bytes = reply(served, question(owner, { type, additional: [opt({ options })] }), {
    client,
    settings: settingsOf({}, undefined, trusted),
  });
  const message = readMessage(bytes ?? Buffer.alloc(0));
  const edns = message.ok ? readEdns(message.value) : undefined;
  const found =
    edns?.status === 'present' ? edns.edns.options.find((one) => one.kind === 'clientSubnet') : undefined;
  const answers = inWords(bytes).answers.map((text) => text.split(' ')[3]);
  return [...answers, ...(found === undefined ? [] : [`scope ${found.scopePrefix}`])].join(' ');
}

describe('the client subnet of a resolver that is trusted', () => {
  it.each([
    [
      'decides, and the scope is the network that was found',
      '192.0.2.1',
      '198.51.100.0/24',
      '10.2.0.1 scope 24',
    ],
    ['decides over IPv6 too', '2001:db8:f::1', '2001:db8:1:2::/56', '10.2.0.1 scope 48'],
    ['may be of another family than the sender', '192.0.2.1', '2001:db8:1::/48', '10.2.0.1 scope 48'],
    [
      'that is in no network gets a scope that keeps clear of them',
      '192.0.2.1',
      '198.51.101.0/24',
      '10.1.0.1 scope 24',
    ],
    ['gets no scope longer than itself', '192.0.2.1', '203.0.113.0/24', '10.1.0.1 scope 24'],
    ['that is wider than a network is not in it', '192.0.2.1', '198.51.0.0/16', '10.1.0.1 scope 16'],
    ['of no bits leaves the sender to decide', '192.0.2.1', '0.0.0.0/0', '10.1.0.1 scope 0'],
  ])('%s', (_, from, about, expected) => {
    expect(asked(from, about)).toBe(expected);
  });

  it.each([
    ['an answer that is the same for all', { owner: 'same.cloud.example.com' }, '10.1.0.1 scope 0'],
    ['an empty answer', { type: TYPE.AAAA }, 'scope 0'],
    ['a name that is not there', { owner: 'nope.cloud.example.com' }, 'scope 0'],
    ['the apex', { owner: 'cloud.example.com', type: TYPE.NS }, undefined],
  ])('makes no scope in %s', (_, question, expected) => {
    const text = asked('192.0.2.1', '198.51.100.0/24', question);
    if (expected === undefined) expect(text).toMatch(/ scope 0$/);
    else expect(text).toBe(expected);
  });

  it('ANY is answered by the family that has something for the client', () => {
    expect(asked('192.0.2.1', '198.51.100.0/24', { type: TYPE.ANY })).toBe('10.2.0.1 scope 24');
  });
});

describe('a sender that is not trusted', () => {
  it.each([
    ['is answered by its own network', '198.51.100.7', '203.0.113.128/25', '10.2.0.1 scope 0'],
    ['in none by what is left', '192.0.3.1', '203.0.113.128/25', '10.1.0.1 scope 0'],
    ['without a subnet gets none', '203.0.113.200', undefined, '10.3.0.1'],
    ['over IPv6 too', '2001:db8:1::7', '203.0.113.128/25', '10.2.0.1 scope 0'],
  ])('%s', (_, from, about, expected) => {
    expect(asked(from, about)).toBe(expected);
  });
});

describe('a trusted sender', () => {
  it('that names no subnet is answered by its own network', () => {
    expect(asked('192.0.2.1', undefined)).toBe('10.1.0.1');
  });
});
