import { describe, expect, it } from 'vitest';
import { compileTree } from '#core/mmdb/compile-tree.ts';
import { openMmdb } from '#core/mmdb/mmdb.ts';
import type { NetworkTree } from '#core/mmdb/network-tree.ts';
import { writeMmdb } from '#core/mmdb/write-mmdb.fixture.ts';
import type { ByPlace, Choice, Leaf } from '#sidecar/model/answers.ts';
import { createAnswerer } from './answerer.ts';
import { cloud, inWords, name, question, settingsOf } from './answers.fixture.ts';
import { choose } from './choose.ts';
import { createClient } from './client.ts';
import { createCompiler } from './compiler.ts';
import { COUNTER, createCounters } from './counters.ts';

const leaf = (...addresses: readonly string[]): Leaf => ({ kind: 'fixed', addresses });

/** Numbers of places as the records have them. */
function treeOf(revision: number, networks: readonly (readonly [string, number])[]): NetworkTree {
  const opened = openMmdb(writeMmdb({ networks: networks.map(([prefix, place]) => [prefix, { place }]) }));
  if (!opened.ok) throw new Error(opened.error.message);
  const tree = compileTree(opened.value, revision, (data, at) => Number(data.find(at, ['place'])));
  if (!tree.ok) throw new Error(tree.error.message);
  return tree.value;
}

const tree = treeOf(7, [
  ['192.0.2.0/24', 0],
  ['198.51.100.0/24', 1],
  ['203.0.113.0/24', 2],
  ['2001:db8::/32', 1],
]);
const byPlace: ByPlace = {
  kind: 'byPlace',
  revision: 7,
  choices: [
    leaf('10.1.0.1'),
    leaf('10.2.0.1'),
    {
      kind: 'byHash',
      ipv4Bits: 28,
      ipv6Bits: 56,
      among: [
        { key: 'eu', weight: 1, choice: leaf('10.1.0.1') },
        { key: 'us', weight: 1, choice: leaf('10.1.0.1') },
      ],
    },
  ],
  choiceOfPlace: [0, 1, 2],
  otherwise: 0,
};

const answer = (choice: Choice, client: string, places: NetworkTree | undefined = tree) => {
  const chosen = choose(choice, client, places, 0);
  return `${chosen?.addresses.join(' ')} /${chosen?.scopeBits}`;
};

describe('a choice by place', () => {
  it.each([
    ['a place', '198.51.100.7', '10.2.0.1 /24'],
    ['another', '192.0.2.7', '10.1.0.1 /24'],
    ['a place over IPv6', '2001:db8::7', '10.2.0.1 /32'],
    ['no place', '10.0.0.1', '10.1.0.1 /1'],
    ['a place with a choice by hash, whose networks are longer', '203.0.113.7', '10.1.0.1 /28'],
    ['a prefix with several places goes by its first address', '198.51.100.0/20', '10.1.0.1 /20'],
  ])('is that of a client in %s', (_, client, expected) => {
    expect(answer(byPlace, client)).toBe(expected);
  });

  it.each([
    ['without a database', undefined],
    ['with a database of another revision', treeOf(8, [['198.51.100.0/24', 1]])],
  ])('is the one for clients without a place %s, and depends on no client', (_, places) => {
    const chosen = choose(byPlace, '198.51.100.7', places, 0);
    expect(chosen).toEqual({ addresses: ['10.1.0.1'], scopeBits: 0 });
  });

  it('is the one for clients without a place where the choice does not know the place', () => {
    expect(answer({ ...byPlace, choiceOfPlace: [0] }, '198.51.100.7')).toBe('10.1.0.1 /24');
  });

  it('counts behind a network of the policy', () => {
    const byNet: Choice = {
      kind: 'byNet',
      choices: [byPlace, leaf('10.3.0.1')],
      nets: [{ prefix: '198.51.100.64/26', choice: 1 }],
      otherwise: 0,
    };
    expect(answer(byNet, '198.51.100.65')).toBe('10.3.0.1 /26');
    expect(answer(byNet, '198.51.100.7')).toBe('10.2.0.1 /26');
    expect(answer(byNet, '198.51.100.200')).toBe('10.2.0.1 /25');
  });
});

describe('the DNS thread', () => {
  const app = (revision: number, ...choiceOfPlace: readonly number[]) => ({
    names: [name('app.cloud.example.com', { a: { ...byPlace, revision, choiceOfPlace } })],
    removed: [],
  });

  function thread() {
    const compiler = createCompiler((problem) => {
      throw new Error(problem.message);
    });
    const answerer = createAnswerer({
      seed: 1,
      settings: settingsOf(),
      counters: createCounters(),
      onFailure: (error) => {
        throw error;
      },
    });
    const client = createClient(COUNTER.UDP4);
    client.address.set([198, 51, 100, 7]);
    const bytes = question('app.cloud.example.com');
    const out = Buffer.alloc(1232);
    return {
      compiler,
      answerer,
      patch: (patch: Parameters<typeof compiler.compile>[0]) => {
        const compiled = compiler.compile(patch);
        if (compiled !== undefined) answerer.patch(compiled);
      },
      answer: () =>
        inWords(out.subarray(0, answerer.answer(bytes, bytes.length, client, out))).answers[0]?.split(' ')[3],
    };
  }

  it('never answers by another place while a new database and its choices arrive, in either order', () => {
    // In the new database the numbers of the places are the other way round.
    const turned = treeOf(8, [
      ['198.51.100.0/24', 0],
      ['192.0.2.0/24', 1],
    ]);
    for (const order of ['choices first', 'database first']) {
      const { answerer, patch, answer: answered } = thread();
      answerer.setPlaces(tree);
      patch({ zones: [cloud], ...app(7, 0, 1, 0) });
      expect(answered()).toBe('10.2.0.1');
      const steps = [() => patch(app(8, 1, 0)), () => answerer.setPlaces(turned)];
      if (order === 'database first') steps.reverse();
      steps[0]?.();
      expect([order, answered()]).toEqual([order, '10.1.0.1']);
      steps[1]?.();
      expect([order, answered()]).toEqual([order, '10.2.0.1']);
    }
  });

  it('keeps the database when all answers are told anew', () => {
    const { answerer, compiler, patch, answer: answered } = thread();
    answerer.setPlaces(tree);
    patch({ zones: [cloud], ...app(7, 0, 1, 0) });
    answerer.patch(compiler.compileAll() ?? Buffer.alloc(0));
    expect(answered()).toBe('10.2.0.1');
  });

  it('turns the addresses of a set whatever was drawn', () => {
    const { patch, answer: answered } = thread();
    const sets = ['10.1.0', '10.2.0'].map((net) => [1, 2, 3, 4].map((host) => `${net}.${host}`));
    const among = sets.map((addresses) => ({ weight: 1, choice: { kind: 'rotate', addresses } as const }));
    patch({
      zones: [cloud],
      names: [name('app.cloud.example.com', { a: { kind: 'weighted', among } })],
      removed: [],
    });
    const seen = new Map<string | undefined, number>();
    for (let k = 0; k < 4000; k += 1) {
      const address = answered();
      seen.set(address, (seen.get(address) ?? 0) + 1);
    }
    for (const address of sets.flat()) expect(Math.abs((seen.get(address) ?? 0) - 500)).toBeLessThan(100);
  });

  it('draws by weight over many queries: 5:3:2 of 20,000 is as even as chance allows', () => {
    const { patch, answer: answered } = thread();
    const weights = new Map([
      ['10.1.0.1', 5],
      ['10.2.0.1', 3],
      ['10.3.0.1', 2],
    ]);
    const among = [...weights].map(([address, weight]) => ({ weight, choice: leaf(address) }));
    patch({
      zones: [cloud],
      names: [name('app.cloud.example.com', { a: { kind: 'weighted', among } })],
      removed: [],
    });
    const seen = new Map<string | undefined, number>();
    for (let k = 0; k < 20_000; k += 1) {
      const address = answered();
      seen.set(address, (seen.get(address) ?? 0) + 1);
    }
    let chiSquare = 0;
    for (const [address, weight] of weights) {
      const expected = 2000 * weight;
      chiSquare += ((seen.get(address) ?? 0) - expected) ** 2 / expected;
    }
    // 99.9 % of fair draws with two degrees of freedom; a draw that ignored weights would have thousands.
    expect(chiSquare).toBeLessThan(13.82);
    expect(seen.size).toBe(3);
  });
});
