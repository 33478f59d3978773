import { getHeapStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { TREE } from '#core/mmdb/network-tree.ts';
import type { Prefix } from '#core/wire/prefix.ts';
import type { ByHash, Choice, Weighted } from '#sidecar/model/answers.ts';
import { createAnswerer } from './answerer.ts';
import { cloud, fixed, name, opt, question, rotate, settingsOf } from './answers.fixture.ts';
import { createClient } from './client.ts';
import { createClientTallies } from './client-tallies.ts';
import { createCompiler } from './compiler.ts';
import { COUNTER, createCounters } from './counters.ts';
import { createTallyBook } from './tally-book.ts';

const subnetAndNsid = [0, 8, 0, 7, 0, 1, 24, 0, 192, 0, 2, 0, 3, 0, 0];
const everyone: readonly Prefix[] = [{ family: 4, bytes: new Uint8Array(4), bits: 0 }];
const sets = ['10.1.0.1', '10.2.0.1', '10.3.0.1'].map((address, k) => ({
  key: address,
  weight: 5 - k,
  choice: { kind: 'rotate', addresses: [address, '10.9.0.1'] } as const,
}));
const hashed: ByHash = { kind: 'byHash', ipv4Bits: 24, ipv6Bits: 56, among: sets };
const drawn: Weighted = { kind: 'weighted', among: sets };
const near: Choice = {
  kind: 'byNet',
  choices: [hashed, drawn],
  nets: Array.from({ length: 50 }, (_, k) => ({ prefix: `192.0.${k}.0/24`, choice: k % 2 })),
  otherwise: 1,
};

/** A tree as deep as it can be: every bit of 192.0.2.0 is looked at. */
const tree = new Uint32Array(new SharedArrayBuffer(4 * (TREE.NODES + 64)));
tree[TREE.ROOT4] = TREE.NODES;
for (let bit = 0; bit < 32; bit += 1) {
  const next = bit === 31 ? TREE.END + 1 : TREE.NODES + 2 * (bit + 1);
  tree.fill(next, TREE.NODES + 2 * bit, TREE.NODES + 2 * bit + 2);
}
const placed: Choice = {
  kind: 'byPlace',
  revision: 0,
  choices: [drawn, hashed],
  choiceOfPlace: [1],
  otherwise: 0,
};
const cookie = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];

it.each([
  ['an answer', question('app.cloud.example.com')],
  ['an answer by a wildcard', question('x.apps.cloud.example.com', { additional: [opt()] })],
  ['ECS and NSID', question('app.cloud.example.com', { additional: [opt({ options: subnetAndNsid })] })],
  [
    'a choice by network and hash',
    question('near.cloud.example.com', { additional: [opt({ options: subnetAndNsid })] }),
  ],
  [
    'a choice by place',
    question('placed.cloud.example.com', { additional: [opt({ options: subnetAndNsid })] }),
  ],
  ['a choice by weight', question('drawn.cloud.example.com')],
  ['a cookie', question('app.cloud.example.com', { additional: [opt({ options: cookie })] })],
  ['no target', question('down.cloud.example.com', { additional: [opt()] })],
  ['NXDOMAIN', question('nope.cloud.example.com')],
  ['REFUSED', question('example.org', { additional: [opt()] })],
  ['FORMERR', question('app.cloud.example.com', { additional: [opt(), opt()] })],
])('a query allocates nothing once its code is compiled: %s', (_, bytes) => {
  const tallies = createClientTallies(16);
  const answerer = createAnswerer({
    seed: 1,
    settings: settingsOf({ id: 'eu-node-1' }, undefined, everyone, tallies),
    counters: createCounters(),
    onFailure: (error) => {
      throw error;
    },
  });
  const patch = createCompiler(() => undefined, createTallyBook([tallies])).compile({
    zones: [cloud],
    names: [
      name('app.cloud.example.com', { a: rotate('10.1.0.1', '10.1.0.2') }),
      name('*.apps.cloud.example.com', { a: fixed('10.1.0.3') }),
      name('near.cloud.example.com', { a: near }),
      name('placed.cloud.example.com', { a: placed }),
      name('drawn.cloud.example.com', { a: drawn }),
      name('down.cloud.example.com'),
    ],
    removed: [],
  });
  if (patch !== undefined) answerer.patch(patch);
  answerer.setPlaces(tree);
  const client = createClient(COUNTER.UDP4);
  const out = Buffer.alloc(1232);
  const bytesPerQuery = () => {
    const before = getHeapStatistics().total_allocated_bytes;
    for (let k = 0; k < ROUND; k += 1) answerer.answer(bytes, bytes.length, client, out);
    return (getHeapStatistics().total_allocated_bytes - before) / ROUND;
  };
  let least = bytesPerQuery();
  // Compiled in the background, so nobody knows when.
  for (let k = 0; k < 50 && least >= LEAST_OBJECT; k += 1) least = Math.min(least, bytesPerQuery());
  expect(least).toBeLessThan(LEAST_OBJECT);
});

const ROUND = 20_000;

/** No object of V8 is smaller; less on average is the engine's own doing. */
const LEAST_OBJECT = 8;
