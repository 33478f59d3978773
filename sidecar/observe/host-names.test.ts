import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLASS, RCODE, TYPE } from '#core/wire/constants.ts';
import type { Message, RecordData } from '#core/wire/message.ts';
import { nameOf, nameToText } from '#core/wire/name-text.ts';
import type { NameLookup } from './addresses.ts';
import { type HostNames, keepHostNames } from './host-names.ts';
import { type Family, readHostName } from './read-host-name.ts';

/** `a 60 A 192.0.2.1` or `a 60 CNAME b`; SOA's minimum stands in the place of its data. */
function record(line: string) {
  const [name = '', ttl, type = '', data = ''] = line.split(' ');
  const soa = { primary: nameOf('ns'), mailbox: nameOf('h'), serial: 1, refresh: 1, retry: 1, expire: 1 };
  const rdata = (
    type === 'CNAME'
      ? { kind: type, target: nameOf(data) }
      : type === 'SOA'
        ? { kind: type, ...soa, minimum: Number(data) }
        : { kind: type, address: data }
  ) as RecordData;
  return { name: nameOf(name), type: TYPE[rdata.kind], class: CLASS.IN, ttl: Number(ttl), rdata };
}

const message = (
  rcode: number,
  answers: readonly string[] = [],
  authorities: readonly string[] = [],
): Message => ({
  id: 1,
  response: true,
  opcode: 0,
  authoritative: false,
  truncated: false,
  recursionDesired: true,
  recursionAvailable: true,
  authenticData: false,
  checkingDisabled: false,
  rcode,
  questions: [],
  answers: answers.map(record),
  authorities: authorities.map(record),
  additionals: [],
});
const ok = (...answers: string[]) => message(RCODE.NOERROR, answers);
const zoneOf = (name: string) => (/(^|\.)cloud\.example\.com$/.test(name) ? 'cloud.example.com' : undefined);
const chain = (count: number) =>
  Array.from({ length: count }, (_, i) => `n${i || ''}.test 60 CNAME n${i + 1}.test`);

describe('reading a host name', () => {
  it.each<[string, readonly Message[], unknown]>([
    [
      'its addresses, for the shortest TTL',
      [ok('n.test 60 A 192.0.2.1', 'n.test 20 A 192.0.2.2')],
      { ok: true, addresses: ['192.0.2.1', '192.0.2.2'], ttlSeconds: 20 },
    ],
    [
      'along a CNAME, whose TTL counts',
      [ok('n.test 7 CNAME b.test', 'b.test 60 A 192.0.2.1')],
      { ok: true, addresses: ['192.0.2.1'], ttlSeconds: 7 },
    ],
    [
      'a CNAME that the resolver did not follow',
      [ok('n.test 60 CNAME b.test'), ok('b.test 9 A 192.0.2.1')],
      { ok: true, addresses: ['192.0.2.1'], ttlSeconds: 9 },
    ],
    [
      'eight CNAMEs',
      [ok(...chain(8), 'n8.test 60 A 192.0.2.1')],
      { ok: true, addresses: ['192.0.2.1'], ttlSeconds: 60 },
    ],
    [
      'not nine',
      [ok(...chain(9), 'n9.test 60 A 192.0.2.1')],
      { ok: false, kind: 'failed', why: 'it has more than 8 CNAMEs in a row' },
    ],
    [
      'not a ring of CNAMEs',
      [ok('n.test 60 CNAME b.test', 'b.test 60 CNAME n.test')],
      { ok: false, kind: 'failed', why: 'it has more than 8 CNAMEs in a row' },
    ],
    [
      'nothing of this family, for as long as the SOA says',
      [message(RCODE.NOERROR, [], ['test 900 SOA 45'])],
      { ok: true, addresses: [], ttlSeconds: 45 },
    ],
    ['addresses of other names do not count', [ok('b.test 60 A 192.0.2.1')], { ok: true, addresses: [] }],
    ['no such name', [message(RCODE.NXDOMAIN)], { ok: false, kind: 'gone', why: 'there is no name n.test' }],
    [
      'a fault',
      [message(RCODE.SERVFAIL)],
      { ok: false, kind: 'failed', why: expect.stringContaining('SERVFAIL') },
    ],
    [
      'never a CNAME into a zone of ours',
      [ok('n.test 60 CNAME app.cloud.example.com', 'app.cloud.example.com 60 A 192.0.2.1')],
      { ok: false, kind: 'own', why: expect.stringContaining('leads to app.cloud.example.com') },
    ],
  ])('%s', async (_title, replies, expected) => {
    const left = [...replies];
    const ask = async () => left.shift() as Message;
    expect(await readHostName('n.test', 'A', ask, zoneOf)).toMatchObject(expected as object);
    expect(left).toEqual([]);
  });

  it('never asks for a name of our own zone', async () => {
    const ask = vi.fn();
    const reading = await readHostName('app.cloud.example.com', 'A', ask, zoneOf);
    expect(reading).toMatchObject({ ok: false, kind: 'own' });
    expect(ask).not.toHaveBeenCalled();
  });
});

describe('keeping host names', () => {
  const ending = { abort: new AbortController() };
  let replies: Record<string, Message | Error>;
  const asked: string[] = [];
  const lookups = new Map<string, NameLookup>();
  let names: HostNames;
  const startedAt = { ms: 0 };
  const seconds = () => (Date.now() - startedAt.ms) / 1_000;
  const pass = (by: number) => vi.advanceTimersByTimeAsync(by * 1_000);
  const absent = message(RCODE.NOERROR, [], ['test 900 SOA 900']);
  beforeEach(() => {
    vi.useFakeTimers();
    startedAt.ms = Date.now();
    asked.length = 0;
    lookups.clear();
    replies = {};
    ending.abort = new AbortController();
    names = keepHostNames(
      {
        ask: async (name, type: Family) => {
          asked.push(`${seconds()} ${nameToText(name)} ${type}`);
          const reply = replies[`${nameToText(name)} ${type}`] ?? absent;
          if (reply instanceof Error) throw reply;
          return reply;
        },
        zoneOf,
        now: () => Date.now(),
        onLookup: (name, lookup) => lookups.set(name, lookup),
      },
      ending.abort.signal,
    );
  });
  afterEach(() => {
    ending.abort.abort();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
  const timesAsked = (question: string) =>
    asked.filter((line) => line.endsWith(question)).map((line) => Number(line.split(' ')[0]));

  it.each([
    ['at its TTL', 40, [0, 40, 80]],
    ['after 5 s at the soonest', 0, [0, 5, 10]],
    ['after 5 min at the latest', 86_400, [0, 300, 600]],
  ])('reads a name again %s', async (_title, ttl, expected) => {
    replies = { 'n.test A': ok(`n.test ${ttl} A 192.0.2.1`) };
    names.want(['n.test']);
    await pass((expected[2] ?? 0) + 1);
    expect(timesAsked('n.test A')).toEqual(expected);
  });

  it('joins IPv4 and IPv6, without a word when one is missing', async () => {
    replies = { 'n.test A': ok('n.test 60 A 192.0.2.1') };
    names.want(['n.test']);
    await names.settled(1_000);
    expect(lookups.get('n.test')).toEqual({ addresses: ['192.0.2.1'] });
    replies = { ...replies, 'n.test AAAA': ok('n.test 60 AAAA 2001:db8::1') };
    await pass(61);
    expect(lookups.get('n.test')).toEqual({ addresses: ['192.0.2.1', '2001:db8::1'] });
  });

  it('keeps the last addresses while nothing comes back, with a remark that does not change', async () => {
    replies = { 'n.test A': ok('n.test 10 A 192.0.2.1') };
    names.want(['n.test']);
    await pass(1);
    replies = { 'n.test A': new Error('192.0.2.53:53 over UDP did not reply.') };
    await pass(10);
    const stale = lookups.get('n.test');
    expect(stale).toMatchObject({ addresses: ['192.0.2.1'], problem: { reason: 'HostnameStale' } });
    await pass(3_600);
    expect(lookups.get('n.test')).toEqual(stale);
    expect(timesAsked('n.test A').slice(1, 7)).toEqual([10, 15, 25, 45, 85, 145]);
    replies = { 'n.test A': ok('n.test 10 A 192.0.2.2') };
    await pass(60);
    expect(lookups.get('n.test')).toEqual({ addresses: ['192.0.2.2'] });
  });

  it('a family that fails keeps its own addresses only', async () => {
    replies = { 'n.test A': ok('n.test 10 A 192.0.2.1'), 'n.test AAAA': ok('n.test 10 AAAA 2001:db8::1') };
    names.want(['n.test']);
    await pass(1);
    replies = { 'n.test A': ok('n.test 10 A 192.0.2.9'), 'n.test AAAA': new Error('it is late') };
    await pass(10);
    expect(lookups.get('n.test')).toMatchObject({
      addresses: ['192.0.2.9', '2001:db8::1'],
      problem: { reason: 'HostnameStale' },
    });
  });

  it('gives the addresses of a name up that does not exist for five minutes', async () => {
    replies = { 'n.test A': ok('n.test 10 A 192.0.2.1') };
    names.want(['n.test']);
    await pass(1);
    replies = { 'n.test A': message(RCODE.NXDOMAIN), 'n.test AAAA': message(RCODE.NXDOMAIN) };
    await pass(290);
    expect(lookups.get('n.test')?.addresses).toEqual(['192.0.2.1']);
    await pass(100);
    expect(lookups.get('n.test')).toMatchObject({
      addresses: [],
      problem: { reason: 'HostnameUnresolved', message: expect.stringContaining('there is no name n.test') },
    });
  });

  it('drops what leads into a zone of ours at once', async () => {
    replies = { 'n.test A': ok('n.test 10 A 192.0.2.1') };
    names.want(['n.test']);
    await pass(1);
    replies = { 'n.test A': ok('n.test 10 CNAME a.cloud.example.com') };
    await pass(10);
    expect(lookups.get('n.test')).toMatchObject({ addresses: [], problem: { reason: 'HostnameInOwnZone' } });
  });

  it('forgets a name that nobody wants any more', async () => {
    names.want(['n.test', 'm.test']);
    await pass(1);
    names.want(['m.test']);
    await pass(3_600);
    expect(timesAsked('n.test A')).toEqual([0]);
  });

  it('reads a thousand names and says of the next that it does not', async () => {
    const many = Array.from({ length: 1_001 }, (_, i) => `n${i}.test`);
    names.want(many);
    await pass(1);
    expect(new Set(asked.map((line) => line.split(' ')[1])).size).toBe(1_000);
    expect(lookups.get('n1000.test')?.problem?.reason).toBe('HostnameTooMany');
  });

  it('waits for the first readings, but not for ever', async () => {
    const settled: string[] = [];
    const slow = keepHostNames(
      { ask: () => new Promise(() => undefined), zoneOf, now: () => Date.now(), onLookup: () => undefined },
      ending.abort.signal,
    );
    slow.want(['n.test']);
    void slow.settled(3_000).then(() => settled.push('slow'));
    names.want(['n.test']);
    void names.settled(3_000).then(() => settled.push('quick'));
    await pass(2);
    expect(settled).toEqual(['quick']);
    await pass(2);
    expect(settled).toEqual(['quick', 'slow']);
  });
});
