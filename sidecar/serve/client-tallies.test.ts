import { expect, it } from 'vitest';
import type { Choice } from '#sidecar/model/answers.ts';
import type { ClientTally } from '#sidecar/model/client-tally.ts';
import { createAnswerer } from './answerer.ts';
import { cloud, name, opt, question, rotate, settingsOf } from './answers.fixture.ts';
import { createClient } from './client.ts';
import { createClientTallies } from './client-tallies.ts';
import { createCompiler } from './compiler.ts';
import { COUNTER, createCounters } from './counters.ts';
import { createTallyBook } from './tally-book.ts';

const among = ['10.1.0.1', '10.2.0.1'].map((address) => ({
  key: address,
  weight: 1,
  choice: { kind: 'fixed', addresses: [address] } as const,
}));
const drawn: Choice = { kind: 'weighted', among };
const hashed: Choice = { kind: 'byHash', ipv4Bits: 24, ipv6Bits: 56, among };
const near: Choice = {
  kind: 'byNet',
  choices: [among[0]?.choice, among[1]?.choice].filter((choice) => choice !== undefined),
  nets: [{ prefix: '192.0.2.0/24', choice: 1 }],
  otherwise: 0,
};
const app = 'app.cloud.example.com';
/** 192.0.2.0/24. */
const subnet = opt({ options: [0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2] });

/** `threads` that serve these choices, and what asks the first of them: from the octets of an address. */
function serving(choices: Readonly<Record<string, Choice>>, { threads = 1, rows = 4 } = {}) {
  const tallies = Array.from({ length: threads }, () => createClientTallies(rows));
  const book = createTallyBook(tallies);
  const compiler = createCompiler(() => undefined, book);
  const answerers = tallies.map((own) =>
    createAnswerer({
      seed: 1,
      settings: settingsOf({}, undefined, [{ family: 4, bytes: Uint8Array.of(10, 0, 0, 0), bits: 8 }], own),
      counters: createCounters(),
      onFailure: (error) => {
        throw error;
      },
    }),
  );
  const patch = (changed: Readonly<Record<string, Choice>>, removed: readonly string[] = []) => {
    const names = Object.entries(changed).map(([owner, a]) => name(owner, { a }));
    const bytes = compiler.compile({ zones: [cloud], names, removed });
    for (const { patch: apply } of answerers) if (bytes !== undefined) apply(Buffer.from(bytes));
  };
  patch(choices);
  const out = Buffer.alloc(1232);
  const ask = (from: readonly number[], { owner = app, thread = 0, ecs = false } = {}) => {
    const client = createClient(from.length === 4 ? COUNTER.UDP4 : COUNTER.UDP6);
    client.address.set(from);
    const bytes = question(owner, ecs ? { additional: [subnet] } : {});
    answerers[thread]?.answer(bytes, bytes.length, client, out);
  };
  return { book, ask, patch };
}

const bits = ([tally]: readonly ClientTally[]) =>
  (tally?.networks ?? [])
    .map((word) => (word >>> 0).toString(2).replaceAll('0', '').length)
    .reduce((a, b) => a + b, 0);

it('counts queries and networks of a name that is drawn, and begins anew when they were taken', () => {
  const { book, ask } = serving({ [app]: drawn });
  for (const host of [1, 2, 3]) ask([192, 0, 2, host]);
  ask([198, 51, 100, 1]);
  const first = book.take();
  expect(first).toMatchObject([{ name: app, forAll: 4, forSubnet: 0 }]);
  expect(bits(first)).toBe(2);
  expect(book.take()).toEqual([]);
  ask([192, 0, 2, 1]);
  const second = book.take();
  expect(second).toMatchObject([{ forAll: 1 }]);
  expect(bits(second)).toBe(1);
});

it('IPv6 clients are told apart by their /56', () => {
  const { book, ask } = serving({ [app]: drawn });
  const v6 = (...last: readonly number[]) => [0x20, 1, 0xd, 0xb8, 0, 0, ...last, 0, 0, 0, 0, 0, 0, 0, 1];
  ask(v6(1, 0));
  ask(v6(1, 0xff));
  expect(bits(book.take())).toBe(1);
  ask(v6(1, 0));
  ask(v6(2, 0));
  expect(bits(book.take())).toBe(2);
});

it('does not count names that answer everyone alike', () => {
  const { book, ask } = serving({ [app]: rotate('10.1.0.1', '10.1.0.2') });
  ask([192, 0, 2, 1]);
  ask([192, 0, 2, 1], { owner: 'nope.cloud.example.com' });
  expect(book.take()).toEqual([]);
});

it.each([
  ['a trusted subnet on which the answer depends', near, [10, 0, 0, 1], { forAll: 0, forSubnet: 1 }],
  ['a trusted subnet that is hashed', hashed, [10, 0, 0, 1], { forAll: 0, forSubnet: 1 }],
  ['a subnet of somebody who is not trusted', near, [203, 0, 113, 1], { forAll: 1, forSubnet: 0 }],
  [
    'a draw, whose answer is kept for all whatever the subnet',
    drawn,
    [10, 0, 0, 1],
    { forAll: 1, forSubnet: 0 },
  ],
] as const)('%s', (_, choice, from, counted) => {
  const { book, ask } = serving({ [app]: choice });
  ask(from, { ecs: true });
  expect(book.take()).toMatchObject([counted]);
});

it('a wildcard is counted as what it is', () => {
  const { book, ask } = serving({ '*.cloud.example.com': drawn });
  ask([192, 0, 2, 1], { owner: 'a.cloud.example.com' });
  ask([192, 0, 2, 1], { owner: 'b.cloud.example.com' });
  expect(book.take()).toMatchObject([{ name: '*.cloud.example.com', forAll: 2 }]);
});

it('adds up what several threads counted', () => {
  const { book, ask } = serving({ [app]: drawn }, { threads: 2 });
  ask([192, 0, 2, 1], { thread: 0 });
  ask([198, 51, 100, 1], { thread: 1 });
  const taken = book.take();
  expect(taken).toMatchObject([{ forAll: 2 }]);
  expect(bits(taken)).toBe(2);
});

it('a name that changes keeps its row; one that no longer varies gives it to the next, without what was counted', () => {
  const { book, ask, patch } = serving({ [app]: drawn }, { rows: 1 });
  ask([192, 0, 2, 1]);
  patch({ [app]: hashed });
  ask([192, 0, 2, 1]);
  expect(book.take()).toMatchObject([{ name: app, forAll: 2 }]);
  ask([192, 0, 2, 1]);
  patch({ [app]: rotate('10.1.0.1') });
  patch({ 'next.cloud.example.com': drawn });
  ask([198, 51, 100, 1], { owner: 'next.cloud.example.com' });
  const taken = book.take();
  expect(taken).toMatchObject([{ name: 'next.cloud.example.com', forAll: 1 }]);
  expect(bits(taken)).toBe(1);
  patch({}, ['next.cloud.example.com']);
  patch({ [app]: drawn });
  ask([192, 0, 2, 1]);
  expect(book.take()).toMatchObject([{ name: app, forAll: 1 }]);
});

it('a name for which there is no row is answered and not counted', () => {
  const { book, ask } = serving({ [app]: drawn, 'more.cloud.example.com': drawn }, { rows: 1 });
  ask([192, 0, 2, 1], { owner: 'more.cloud.example.com' });
  expect(book.take()).toEqual([]);
  ask([192, 0, 2, 1]);
  expect(book.take()).toMatchObject([{ name: app, forAll: 1 }]);
});

it('counts on where a count wraps', () => {
  const tallies = createClientTallies(1);
  const book = createTallyBook([tallies]);
  book.rowOf(app);
  tallies[0] = 0x7fff_ffff;
  book.take();
  tallies[0] = -0x8000_0000;
  expect(book.take()).toMatchObject([{ forAll: 1 }]);
});
