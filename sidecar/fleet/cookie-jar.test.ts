import { describe, expect, it } from 'vitest';
import { createCookieJar } from './cookie-jar.ts';

function jar() {
  let made = 0;
  return createCookieJar((sizeBytes) => {
    made += 1;
    return new Uint8Array(sizeBytes).fill(made);
  });
}
const of = (client: number, server: number, bytes: number) => [
  ...Array(8).fill(client),
  ...Array(bytes).fill(server),
];

describe('cookies of peers', () => {
  it('are ours alone at first, other ones for each server, then with what the server gave', () => {
    const { cookieFor, learn } = jar();
    expect([...cookieFor('a')]).toEqual(of(1, 0, 0));
    expect([...cookieFor('b')]).toEqual(of(2, 0, 0));
    learn('a', Uint8Array.from(of(1, 9, 16)));
    expect([...cookieFor('a')]).toEqual(of(1, 9, 16));
    learn('a', Uint8Array.from(of(1, 8, 16)));
    expect([...cookieFor('a')]).toEqual(of(1, 8, 16));
    expect([...cookieFor('b')]).toEqual(of(2, 0, 0));
  });

  it.each([
    ['of another client', of(3, 9, 16)],
    ['without a server’s part', of(1, 9, 0)],
    ['too short', of(1, 9, 7)],
    ['too long', of(1, 9, 33)],
    ['of nothing', []],
  ])('%s are ignored', (_title, option) => {
    const { cookieFor, learn } = jar();
    cookieFor('a');
    learn('a', Uint8Array.from(option));
    learn('never asked', Uint8Array.from(of(1, 9, 16)));
    expect([...cookieFor('a')]).toEqual(of(1, 0, 0));
  });

  it('are kept for a thousand servers', () => {
    const { cookieFor } = jar();
    for (let k = 0; k < 1001; k += 1) cookieFor(`s${k}`);
    expect([...cookieFor('s1')]).toEqual(of(2, 0, 0));
    expect([...cookieFor('s0')]).not.toEqual(of(1, 0, 0));
  });
});
