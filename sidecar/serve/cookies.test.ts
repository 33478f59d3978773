import { describe, expect, it } from 'vitest';
import { addressToBytes } from '#core/wire/address.ts';
import { type Client, createClient } from './client.ts';
import { dailyKeys, keyOf } from './cookie-keys.ts';
import { COOKIE, ServerCookies } from './cookies.ts';
import { COUNTER } from './counters.ts';
import { sipHash24 } from './siphash.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

function clientAt(address: string): Client {
  const client = createClient(address.includes(':') ? COUNTER.UDP6 : COUNTER.UDP4);
  client.address.set(addressToBytes(address) ?? []);
  return client;
}

const fixedKey = (secret: string) => new ServerCookies(() => keyOf(hex(secret)));

function written(cookies: ServerCookies, client: Client, asked: string, now: number): string {
  const out = Buffer.alloc(26, 0xee);
  cookies.write(client, hex(asked), 0, now, out, 1);
  expect([out[0], out[25]]).toEqual([0xee, 0xee]);
  return out.subarray(1, 25).toString('hex');
}

const judged = (cookies: ServerCookies, client: Client, option: string, now: number) =>
  cookies.judge(client, hex(`00${option}`), 1, option.length / 2, now);

describe('SipHash-2-4', () => {
  // Appendix A and the first vectors of the authors' reference code: octets 0, 1, 2, … with key 00 to 0f.
  it.each([
    [0, '310e0edd47db6f72'],
    [1, 'fd67dc93c539f874'],
    [7, '37d1018bf50002ab'],
    [8, '6224939a79f5f593'],
    [15, 'e545be4961ca29a1'],
    [63, '724506eb4c328a95'],
  ])('of %i octets', (length, expected) => {
    const octets = Uint8Array.from({ length: 64 }, (_, k) => k);
    const out = Buffer.alloc(8);
    sipHash24(keyOf(octets.subarray(0, 16)), octets, length, out, 0);
    expect(out.toString('hex')).toBe(expected);
  });
});

describe('RFC 9018, appendix A', () => {
  const secret = 'e5e973e5a6b2a43f48e7dc849e37bfcf';
  const first = clientAt('198.51.100.100');

  it('A.1: a client learns a new server cookie', () => {
    expect(written(fixedKey(secret), first, '2464c4abcf10c957', 1_559_731_985)).toBe(
      '2464c4abcf10c957010000005cf79f111f8130c3eee29480',
    );
  });

  it('A.2: the same client has it renewed', () => {
    const cookies = fixedKey(secret);
    const option = '2464c4abcf10c957010000005cf79f111f8130c3eee29480';
    expect(judged(cookies, first, option, 1_559_734_385)).toBe(COOKIE.OLD);
    expect(written(cookies, first, option, 1_559_734_385)).toBe(
      '2464c4abcf10c957010000005cf7a871d4a564a1442aca77',
    );
  });

  it('A.3: another client, whose reserved octets are not 0', () => {
    const cookies = fixedKey(secret);
    const other = clientAt('203.0.113.203');
    const option = 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5';
    // Good by its hash until an hour after it was made.
    expect(judged(cookies, other, option, 0x5cf78f71)).toBe(COOKIE.GOOD);
    expect(written(cookies, other, option, 1_559_734_700)).toBe(
      'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e',
    );
  });

  it('A.4: IPv6, and a secret that was changed', () => {
    const client = clientAt('2001:db8:220:1:59de:d0f4:8769:82b8');
    const option = '22681ab97d52c298010000005cf7c57926556bd0934c72f8';
    const now = 1_559_741_961;
    const before = fixedKey('dd3bdf9344b678b185a6f5cb60fca715');
    const after = fixedKey('445536bcd2513298075a5d379663c962');
    expect(judged(before, client, option, now)).toBe(COOKIE.GOOD);
    expect(judged(after, client, option, now)).toBe(COOKIE.BAD);
    expect(written(after, client, option, now)).toBe('22681ab97d52c298010000005cf7c609a6bb79d16625507a');
  });
});

describe('a server cookie', () => {
  const secret = hex('000102030405060708090a0b0c0d0e0f');
  const client = clientAt('192.0.2.1');
  const now = 1_800_000_000;
  const option = written(new ServerCookies(dailyKeys(secret)), client, '0102030405060708', now);
  const at = (seconds: number, from = client, text = option) =>
    judged(new ServerCookies(dailyKeys(secret)), from, text, seconds);

  it.each([
    ['at once', 0, COOKIE.GOOD],
    ['after half an hour', 1800, COOKIE.GOOD],
    ['after more than that', 1801, COOKIE.OLD],
    ['after an hour', 3600, COOKIE.OLD],
    ['after more than an hour', 3601, COOKIE.BAD],
    ['made by a clock five minutes ahead', -300, COOKIE.GOOD],
    ['made by one further ahead', -301, COOKIE.BAD],
  ])('%s', (_, later, worth) => {
    expect(at(now + later)).toBe(worth);
  });

  it('is good for one address, one client cookie, one time, and as it is', () => {
    expect(at(now, clientAt('192.0.2.2'))).toBe(COOKIE.BAD);
    for (let k = 0; k < 24; k += 1) {
      const changed = hex(option);
      changed[k] = (changed[k] ?? 0) ^ 1;
      expect(at(now, client, changed.toString('hex'))).toBe(COOKIE.BAD);
    }
    expect(at(now, client, `${option}00`)).toBe(COOKIE.BAD);
    expect(at(now, client, option.slice(0, -2))).toBe(COOKIE.BAD);
    expect(at(now, client, option.slice(0, 16))).toBe(COOKIE.NONE);
  });

  it('of before midnight is good after it, though the key is another; that of a day ago is forgotten', () => {
    const keys = dailyKeys(secret);
    const midnight = 86_400 * 20_000;
    const cookies = new ServerCookies(keys);
    const late = written(cookies, client, '0102030405060708', midnight - 10);
    expect(judged(cookies, client, late, midnight + 10)).toBe(COOKIE.GOOD);
    expect([...keys(midnight - 10)]).not.toEqual([...keys(midnight + 10)]);
    const [first] = keys(midnight);
    expect(keys(midnight + 2 * 86_400)[0]).not.toBe(first);
    expect(keys(midnight)[0]).toBe(first);
  });

  it('survives the year 2106, when its clock starts again', () => {
    const end = 2 ** 32;
    const cookies = new ServerCookies(dailyKeys(secret));
    const text = written(cookies, client, '0102030405060708', end - 5);
    expect(judged(cookies, client, text, end + 5)).toBe(COOKIE.GOOD);
  });
});
