import { describe, expect, it } from 'vitest';
import { type Checked, probedAddresses } from './probed.ts';

/** `u` up, `d` down, `e` the server says that it cannot, `h` held for 4 s, `s` soon down, `n` not probed. */
const checked = (letters: string): Checked[] =>
  [...letters].map((letter, at): Checked => {
    const address = `192.0.2.${at + 1}`;
    const verdicts: Readonly<Record<string, Checked['verdict']>> = {
      d: { up: false, why: 'probe failed', answered: false },
      e: { up: false, why: 'status 503', answered: true },
      s: { up: true, mayChangeInSeconds: 1 },
      n: undefined,
    };
    const verdict = letter in verdicts ? verdicts[letter] : ({ up: true } as const);
    return { address, verdict, ...(letter === 'h' ? { heldSeconds: 4 } : {}) };
  });
const last = (addresses: readonly string[] = []) => addresses.map((address) => address.at(-1)).join('');

describe('addresses of a host after its probes', () => {
  it.each([
    // Letters; published, withheld, suspect, may change in.
    ['', '', '', false, undefined],
    ['uu', '12', '', false, undefined],
    ['nn', '12', '', false, undefined],
    ['ud', '1', '2', false, undefined],
    ['nd', '1', '2', false, undefined],
    ['us', '12', '', false, 1],
    ['uh', '1', '2', false, 4],
    ['sh', '1', '2', false, 1],
    // Held ones are better than none.
    ['h', '1', '', false, undefined],
    ['hd', '1', '2', false, undefined],
    ['hhd', '12', '3', false, undefined],
    // All fail.
    ['d', '1', '', true, undefined],
    ['dd', '12', '', true, undefined],
    // A server itself says so.
    ['e', '', '1', false, undefined],
    ['de', '', '12', false, undefined],
  ])('of %j: %j stay, %j are withheld, in doubt: %s', (letters, published, withheld, suspect, soon) => {
    const result = probedAddresses(checked(letters), true);
    expect(last(result.addresses)).toBe(published);
    expect(last(result.withheld?.map(({ address }) => address))).toBe(withheld);
    expect(result.probesSuspect ?? false).toBe(suspect);
    expect(result.mayChangeInSeconds).toBe(soon);
    expect('withheld' in result).toBe(withheld !== '');
  });

  it('doubts no probe of a host whose Services have no ready endpoint', () => {
    expect(probedAddresses(checked('dd'), false)).toMatchObject({ addresses: [], withheld: [{}, {}] });
    expect(probedAddresses(checked('dd'), false)).not.toHaveProperty('probesSuspect');
  });

  it('says why an address is withheld', () => {
    expect(probedAddresses(checked('udh'), true).withheld).toEqual([
      { address: '192.0.2.2', why: 'probe failed' },
      { address: '192.0.2.3', why: expect.stringContaining('held back') },
    ]);
  });
});
