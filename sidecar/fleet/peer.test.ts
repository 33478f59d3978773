import { describe, expect, it } from 'vitest';
import type { Ask, Endpoint, Reply } from './ask.ts';
import { createPeer, type Peer } from './peer.ts';

const first: Endpoint = { address: '192.0.2.1', port: 53 };
const second: Endpoint = { address: '192.0.2.2', port: 53 };
const addresses = (...list: string[]): Reply => ({ kind: 'addresses', addresses: list });

/** A peer on a fake clock, with a network that replies by a rule after `delayMs`; undefined is silence. */
function world(servers: readonly Endpoint[], hosts: readonly string[]) {
  const peer = createPeer('us');
  peer.setServers(servers);
  peer.setHosts(new Set(hosts));
  const asked: Ask[] = [];
  const inFlight: { atMs: number; ask: Ask; reply: Reply }[] = [];
  let nowMs = 0;
  return {
    peer,
    asked,
    rule: (_ask: Ask): Reply | undefined => undefined,
    delayMs: 10,
    /** Lets time pass in steps of 10 ms with a tick each 50 ms. */
    run(durationMs: number): void {
      for (const endMs = nowMs + durationMs; nowMs <= endMs; nowMs += 10) {
        for (const due of inFlight.filter((one) => one.atMs <= nowMs)) {
          inFlight.splice(inFlight.indexOf(due), 1);
          peer.replied(due.ask, due.reply, nowMs);
        }
        if (nowMs % 50 !== 0) continue;
        for (const ask of peer.tick(nowMs)) {
          asked.push(ask);
          const reply = this.rule(ask);
          if (reply) inFlight.push({ atMs: nowMs + this.delayMs, ask, reply });
        }
      }
    },
    get nowMs() {
      return nowMs;
    },
  };
}

const told = (peer: Peer) => Object.fromEntries(peer.view().hosts);

describe('a peer of the fleet', () => {
  it('is unknown and asked at once, A and AAAA, and answers from its first reply on', () => {
    const net = world([first], ['app.example.com']);
    net.rule = (ask) => addresses(ask.question.type === 'A' ? '198.51.100.7' : '2001:db8::7');
    expect(net.peer.view()).toEqual({ geoTag: 'us', state: 'unknown', hosts: new Map() });
    net.run(0);
    expect(net.asked.map((ask) => ask.question.type)).toEqual(['A', 'AAAA']);
    net.run(20);
    expect(net.peer.view().state).toBe('answering');
    expect(told(net.peer)).toEqual({ 'app.example.com': ['198.51.100.7', '2001:db8::7'] });
    expect(net.peer.takeChanges()).toEqual(new Set(['app.example.com']));
    net.run(3_000);
    expect(net.peer.takeChanges()).toBeUndefined();
  });

  it('has caught up when it has replied to every question once, by an error too, or fell silent', () => {
    const net = world([first], ['app.example.com', 'web.example.com']);
    net.rule = ({ question }) =>
      question.host === 'app.example.com'
        ? addresses('198.51.100.7')
        : question.type === 'A'
          ? { kind: 'error' }
          : undefined;
    net.run(200);
    expect(net.peer.isCaughtUp()).toBe(false);
    net.rule = () => addresses();
    net.run(1_000);
    expect(net.peer.isCaughtUp()).toBe(true);
    const dead = world([first], ['app.example.com']);
    dead.rule = () => addresses('198.51.100.7');
    dead.run(100);
    dead.rule = () => undefined;
    dead.peer.setHosts(new Set(['app.example.com', 'web.example.com']));
    dead.run(1_000);
    expect(dead.peer.isCaughtUp()).toBe(false);
    dead.run(3_000);
    expect(dead.peer.isCaughtUp()).toBe(true);
    const unheard = world([first], ['app.example.com']);
    unheard.run(4_000);
    expect(unheard.peer.isCaughtUp()).toBe(true);
  });

  it.each<[string, Reply, Record<string, readonly string[]>]>([
    ['NODATA takes only that type', addresses(), { 'app.example.com': ['2001:db8::7'] }],
    ['NXDOMAIN takes both types at once', { kind: 'no-name' }, {}],
    ['an error takes nothing', { kind: 'error' }, { 'app.example.com': ['198.51.100.7', '2001:db8::7'] }],
    [
      'truncation takes nothing',
      { kind: 'truncated' },
      { 'app.example.com': ['198.51.100.7', '2001:db8::7'] },
    ],
  ])('%s', (_title, reply, expected) => {
    const net = world([first], ['app.example.com']);
    net.rule = (ask) => addresses(ask.question.type === 'A' ? '198.51.100.7' : '2001:db8::7');
    net.run(100);
    net.rule = (ask) => (ask.question.type === 'A' ? reply : undefined);
    net.run(1_050);
    expect(told(net.peer)).toEqual(expected);
    expect(net.peer.view().state).toBe('answering');
  });

  it('is refusing, with its last state kept, while it replies nothing but errors', () => {
    const net = world([first], ['app.example.com']);
    net.rule = () => addresses('198.51.100.7');
    net.run(100);
    net.rule = () => ({ kind: 'error' });
    net.run(60_000);
    expect(net.peer.view().state).toBe('refusing');
    expect(told(net.peer)).toEqual({ 'app.example.com': ['198.51.100.7'] });
    net.rule = () => addresses('198.51.100.8');
    net.run(1_000);
    expect(net.peer.view().state).toBe('answering');
    expect(told(net.peer)).toEqual({ 'app.example.com': ['198.51.100.8'] });
  });

  it('is answering while it answers some hosts and refuses others', () => {
    const net = world([first], ['a.example.com', 'b.example.org']);
    net.rule = (ask) =>
      ask.question.host === 'a.example.com' ? addresses('198.51.100.7') : { kind: 'error' };
    net.run(30_000);
    net.peer.takeChanges();
    net.run(10_000);
    expect(net.peer.view().state).toBe('answering');
    expect(net.peer.takeChanges()).toBeUndefined();
  });

  it('is silent, all hosts withdrawn, 3 s after it stopped replying, and not before', () => {
    const net = world([first], ['a.example.com', 'b.example.com']);
    net.rule = () => addresses('198.51.100.7');
    net.run(1_990);
    net.rule = () => undefined;
    net.run(2_900);
    expect(net.peer.view().state).toBe('answering');
    net.peer.takeChanges();
    net.run(600);
    expect(net.peer.view()).toEqual({ geoTag: 'us', state: 'silent', hosts: new Map() });
    expect(net.peer.takeChanges()).toEqual(new Set(['a.example.com', 'b.example.com']));
  });

  it('costs one question each 250 ms while silent, and gives all its hosts back within 300 ms', () => {
    const hosts = Array.from({ length: 100 }, (_, index) => `h${index}.example.com`);
    const net = world([first, second], hosts);
    net.rule = () => addresses('198.51.100.7');
    net.run(2_000);
    net.rule = () => undefined;
    net.run(4_000);
    net.asked.length = 0;
    net.run(1_990);
    expect(net.asked.length).toBe(8);
    expect(new Set(net.asked.map((ask) => ask.server))).toEqual(new Set([first, second]));
    net.rule = () => addresses('198.51.100.7');
    net.run(350);
    expect(net.peer.view().hosts.size).toBe(100);
  });

  it('stays unknown when it never replied', () => {
    const net = world([first], ['app.example.com']);
    net.run(10_000);
    expect(net.peer.view().state).toBe('unknown');
    expect(net.peer.takeChanges()).toBeUndefined();
  });

  it('is silent when its name has no address left', () => {
    const net = world([first], ['app.example.com']);
    net.rule = () => addresses('198.51.100.7');
    net.run(1_000);
    net.peer.setServers([]);
    net.run(3_200);
    expect(net.peer.view()).toEqual({ geoTag: 'us', state: 'silent', hosts: new Map() });
  });

  it('repeats a lost question after 250 ms at the next address, and stays with the one that replies', () => {
    const net = world([first, second], ['app.example.com']);
    net.rule = (ask) => (ask.server === second ? addresses('198.51.100.7') : undefined);
    net.run(290);
    expect(net.asked.map((ask) => [ask.server.address, ask.attempt])).toEqual([
      ['192.0.2.1', 1],
      ['192.0.2.1', 1],
      ['192.0.2.2', 2],
      ['192.0.2.2', 2],
    ]);
    expect(told(net.peer)).toEqual({ 'app.example.com': ['198.51.100.7'] });
    net.asked.length = 0;
    net.run(5_000);
    expect(new Set(net.asked.map((ask) => ask.server))).toEqual(new Set([second]));
  });

  it('repeats a question once at an address that replies to others, and then waits for its turn', () => {
    const net = world([first], ['lost.example.com', 'app.example.com']);
    net.rule = () => addresses('198.51.100.7');
    net.run(490);
    net.asked.length = 0;
    net.rule = (ask) => (ask.question.host === 'app.example.com' ? addresses('198.51.100.7') : undefined);
    net.run(1_990);
    const lost = net.asked.filter((ask) => ask.question.host === 'lost.example.com');
    expect(Math.max(...lost.map((ask) => ask.attempt))).toBe(2);
    expect(lost.length).toBeLessThanOrEqual(8);
    expect(net.peer.view().state).toBe('answering');
  });

  it('repeats a question that has never had a reply each 250 ms for some seconds, and then as any other', () => {
    const net = world([first], ['lost.example.com', 'app.example.com']);
    const lost = ({ question }: Ask) => question.host === 'lost.example.com' && question.type === 'A';
    net.rule = (ask) => (lost(ask) ? undefined : addresses('198.51.100.7'));
    const asked = (durationMs: number) => {
      net.asked.length = 0;
      net.run(durationMs);
      return net.asked.filter(lost).length;
    };
    expect(asked(2_990)).toBeGreaterThanOrEqual(12);
    net.run(10_000);
    expect(asked(9_990)).toBeLessThanOrEqual(20);
    expect(net.peer.isCaughtUp()).toBe(false);
  });

  it('catches up with 10,000 hosts within 10 s over a network that loses what comes in bunches', () => {
    const hosts = Array.from({ length: 10_000 }, (_, index) => `app-${index}.example.com`);
    const net = world([first], hosts);
    const room = 150;
    let [atMs, taken] = [-1, 0];
    net.rule = () => {
      if (net.nowMs !== atMs) [atMs, taken] = [net.nowMs, 0];
      taken += 1;
      return taken > room ? undefined : addresses('198.51.100.7');
    };
    let ms = 0;
    for (; !net.peer.isCaughtUp() && ms < 10_000; ms += 100) net.run(90);
    expect(net.peer.isCaughtUp()).toBe(true);
  });

  it('withdraws a single host whose answers stay away for 10 s', () => {
    const net = world([first], ['lost.example.com', 'app.example.com']);
    net.rule = () => addresses('198.51.100.7');
    net.run(1_990);
    net.rule = (ask) => (ask.question.host === 'app.example.com' ? addresses('198.51.100.7') : undefined);
    net.run(8_900);
    expect(Object.keys(told(net.peer))).toEqual(['lost.example.com', 'app.example.com']);
    net.run(1_200);
    expect(Object.keys(told(net.peer))).toEqual(['app.example.com']);
  });

  it('works with a peer that takes 400 ms to reply', () => {
    const net = world([first, second], ['app.example.com']);
    net.delayMs = 400;
    net.rule = () => addresses('198.51.100.7');
    net.run(30_000);
    net.peer.takeChanges();
    net.run(30_000);
    expect(net.peer.view().state).toBe('answering');
    expect(net.peer.takeChanges()).toBeUndefined();
  });

  it('ignores a reply to an older ask than one already believed', () => {
    const net = world([first], ['app.example.com']);
    net.run(0);
    const early = net.asked[0] as Ask;
    net.run(1_000);
    const late = net.asked.findLast((ask) => ask.question === early.question) as Ask;
    net.peer.replied(late, addresses('198.51.100.8'), net.nowMs);
    net.peer.replied(early, addresses('198.51.100.7'), net.nowMs);
    expect(told(net.peer)).toEqual({ 'app.example.com': ['198.51.100.8'] });
  });

  it('asks a new host at once, and forgets a removed one whatever still comes in', () => {
    const net = world([first], ['a.example.com']);
    net.rule = () => addresses('198.51.100.7');
    net.run(490);
    net.asked.length = 0;
    net.peer.setHosts(new Set(['b.example.com']));
    const late = {
      question: { host: 'a.example.com', type: 'A' as const },
      server: first,
      sentAtMs: 0,
      attempt: 1,
    };
    net.peer.replied(late, addresses('198.51.100.9'), net.nowMs);
    net.run(0);
    expect(net.asked.map((ask) => ask.question.host)).toEqual(['b.example.com', 'b.example.com']);
    expect(told(net.peer)).toEqual({});
    net.run(50);
    expect(told(net.peer)).toEqual({ 'b.example.com': ['198.51.100.7'] });
  });

  it('does not go back to an address for the sake of a late reply while the next one is quick', () => {
    const net = world([first, second], ['app.example.com']);
    net.rule = (ask) => (ask.server === second ? addresses('198.51.100.7') : undefined);
    net.run(300);
    const [late] = net.asked;
    net.peer.replied(late as Ask, addresses('198.51.100.7'), net.nowMs);
    net.asked.length = 0;
    net.run(1_000);
    expect(new Set(net.asked.map((ask) => ask.server))).toEqual(new Set([second]));
  });

  it('concludes nothing from the silence of a peer that is asked nothing', () => {
    const net = world([first], ['a.example.com']);
    net.rule = () => addresses('198.51.100.7');
    net.run(500);
    net.rule = () => undefined;
    net.run(1_000);
    net.peer.setHosts(new Set());
    net.run(20_000);
    expect(net.peer.view().state).toBe('answering');
  });
});
