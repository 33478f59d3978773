import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DnsServer, startDnsServer } from '#sidecar/serve/server.ts';

const run = promisify(execFile);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const zone = 'cloud.example.com';
const many = Array.from({ length: 100 }, (_, k) => `10.0.1.${k}`);

let server: DnsServer;
let port: string;
let folder: string;
let keyFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interspan-clients-'));
  keyFile = join(folder, 'unknown.key');
  const secret = Buffer.alloc(32, 7).toString('base64');
  await writeFile(keyFile, `key "unknown" { algorithm hmac-sha256; secret "${secret}"; };\n`);
  server = await startDnsServer(
    {
      listen: [{ address: '127.0.0.1', port: 0 }],
      log: silent,
      identity: { id: 'eu-node-1', version: 'interspan of a test' },
      onProblem: (problem) => {
        throw new Error(problem.message);
      },
    },
    new AbortController().signal,
  );
  const named = (owner: string, a: readonly string[], aaaa: readonly string[] = []) => ({
    name: `${owner}.${zone}`,
    zone,
    a: { kind: 'fixed', addresses: a } as const,
    aaaa: { kind: 'fixed', addresses: aaaa } as const,
    ttlSeconds: 30,
    negativeTtlSeconds: 5,
  });
  server.patch({
    zones: [
      {
        name: zone,
        nameServers: ['gslb-ns-eu-cloud.example.com'],
        nsTtlSeconds: 300,
        negativeTtlSeconds: 20,
        serial: 7,
      },
    ],
    names: [
      named('app', ['10.0.0.1', '10.0.0.2'], ['fd00::1']),
      named('down', []),
      named('*.apps', ['10.0.0.9']),
      named('many', many),
    ],
    removed: [],
  });
  await vi.waitFor(() => expect(server.counters().snapshot.names).toBe(4), { timeout: 10_000 });
  port = String(server.listening()[0]?.port);
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a program says on both streams, with runs of blanks made one; its exit code does not matter. */
async function said(program: string, args: readonly string[], input?: string): Promise<string> {
  const running = run(program, args, { timeout: 20_000 });
  running.child.stdin?.end(input);
  const { stdout, stderr } = await running.catch((error: { stdout: string; stderr: string }) => error);
  return `${stdout}\n${stderr}`.replaceAll(/[ \t]+/g, ' ');
}

const addressesIn = (text: string) => [...text.matchAll(/ IN A (\S+)/g)].map(([, address]) => address);
const soa = 'SOA gslb-ns-eu-cloud.example.com. hostmaster.cloud.example.com. 7 3600 600 604800 20';

describe('dig', () => {
  const dig = (...words: readonly string[]) =>
    said('dig', ['@127.0.0.1', '-p', port, '+tries=1', '+timeout=3', ...words]);

  it('gets a good cookie, its subnet, the identifier and the time that TCP may idle', async () => {
    const text = await dig('app.cloud.example.com', '+tcp', '+keepalive', '+nsid', '+subnet=192.0.2.0/24');
    expect(text).toMatch(/; COOKIE: [0-9a-f]{48} \(good\)/);
    expect(text).toContain('; CLIENT-SUBNET: 192.0.2.0/24/0');
    expect(text).toContain('("eu-node-1")');
    expect(text).toContain('; TCP KEEPALIVE: 10.0 secs');
  });

  it.each([
    ['a cookie and no question', ['+header-only', '+cookie'], /status: NOERROR.*\n.*QUERY: 0, ANSWER: 0/],
    ['id.server', ['CH', 'TXT', 'id.server'], /id\.server\. 0 CH TXT "eu-node-1"/],
    ['version.bind', ['CH', 'TXT', 'version.bind'], /version\.bind\. 0 CH TXT "interspan of a test"/],
    [
      'no target',
      ['down.cloud.example.com'],
      /EDE: 0 \(Other\): \(no healthy target for down\.cloud\.example\.com\)/,
    ],
    ['a malformed subnet', ['app.cloud.example.com', '+ednsopt=8:000118'], /status: FORMERR/],
    ['a malformed cookie', ['app.cloud.example.com', '+nocookie', '+ednsopt=10:0102'], /status: FORMERR/],
    ['DS of the apex', ['DS', zone], /status: NOERROR.*\n.*ANSWER: 0, AUTHORITY: 1/],
    ['DNSKEY of the apex', ['DNSKEY', zone], /status: NOERROR.*\n.*ANSWER: 0, AUTHORITY: 1/],
  ])('asking for %s', async (_, words, expected) => {
    expect(await dig(...words)).toMatch(expected);
  });

  it('with a key that we do not know is told so', async () => {
    expect(await dig('app.cloud.example.com', '-k', keyFile)).toMatch(/status: NOTAUTH[\s\S]*BADKEY/);
  });
});

describe('kdig', () => {
  const kdig = (...words: readonly string[]) =>
    said('kdig', ['@127.0.0.1', '-p', port, '+retry=0', '+timeout=3', ...words]);

  it('reads every option', async () => {
    const text = await kdig('app.cloud.example.com', '+nsid', '+cookie', '+subnet=192.0.2.0/24', '+dnssec');
    expect(text).toContain('flags: do; UDP size: 1232 B; ext-rcode: NOERROR');
    expect(text).toMatch(/COOKIE: [0-9A-F]{48}/);
    expect(text).toContain('CLIENT-SUBNET: 192.0.2.0/24/0');
    expect(text).toContain('NSID: 65752D6E6F64652D31 "eu-node-1"');
    expect(addressesIn(text)).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('reads why there is no address', async () => {
    const text = await kdig('down.cloud.example.com', 'AAAA', '+edns');
    expect(text).toContain("EDE: 0 (Other): 'no healthy target for down.cloud.example.com'");
    expect(text).toContain(`cloud.example.com. 5 IN ${soa}`);
  });

  it('comes again over TCP where it must, and asks several things over one connection', async () => {
    expect(addressesIn(await kdig('many.cloud.example.com', '+bufsize=512'))).toEqual(many);
    const before = server.counters().tcp.accepted;
    const text = await kdig('+tcp', '+keepopen', 'app.cloud.example.com', 'x.apps.cloud.example.com');
    expect(addressesIn(text)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.9']);
    expect(server.counters().tcp.accepted).toBe(before + 1);
  });

  it('gets no zone', async () => {
    expect(await kdig('AXFR', zone)).toContain("server replied with error 'REFUSED'");
  });
});

describe('drill', () => {
  const drill = (...words: readonly string[]) => said('drill', ['-p', port, ...words]);

  it.each([
    ['AAAA', ['@127.0.0.1', 'app.cloud.example.com', 'AAAA'], ['rcode: NOERROR', 'IN AAAA fd00::1']],
    [
      'DNSSEC',
      ['-D', '@127.0.0.1', 'nope.cloud.example.com'],
      ['rcode: NXDOMAIN', 'EDNS: version 0; flags: do', soa],
    ],
    ['TCP', ['-t', '@127.0.0.1', 'many.cloud.example.com'], ['ANSWER: 100,', '10.0.1.99']],
    ['a type without a name', ['@127.0.0.1', 'app.cloud.example.com', 'TYPE65280'], ['rcode: NOERROR', soa]],
  ])('%s', async (_, words, expected) => {
    const text = await drill(...words);
    for (const part of expected) expect(text).toContain(part);
  });
});

describe('delv', () => {
  it.each([
    ['app.cloud.example.com', 'A', 'app.cloud.example.com. 30 IN A 10.0.0.1'],
    ['nope.cloud.example.com', 'A', ';-$NXDOMAIN'],
    ['app.cloud.example.com', 'HTTPS', ';-$NXRRSET'],
  ])('%s %s', async (name, type, expected) => {
    expect(await said('delv', ['-i', '@127.0.0.1', '-p', port, name, type])).toContain(expected);
  });
});

describe('nsupdate', () => {
  const update = [`zone ${zone}`, `update add evil.${zone} 60 A 192.0.2.1`, 'send', ''].join('\n');

  it.each([
    ['unsigned', () => [], 'update failed: REFUSED'],
    ['with a key that we do not know', () => ['-k', keyFile], 'update failed: NOTAUTH(BADKEY)'],
  ])('is refused: %s', async (_, args, expected) => {
    expect(await said('nsupdate', args(), `server 127.0.0.1 ${port}\n${update}`)).toContain(expected);
  });
});

describe('dnspython', () => {
  const program = `
import sys, dns.edns, dns.message, dns.query, dns.rcode, dns.xfr, dns.zone
port = int(sys.argv[1])
def ask(name, kind, how=dns.query.udp, **more):
    query = dns.message.make_query(name, kind, use_edns=0, payload=1232, **more)
    reply = how(query, '127.0.0.1', port=port, timeout=3)
    assert reply.question[0].name.labels == query.question[0].name.labels, 'letters of the question'
    return reply
reply = ask('aPP.cloud.example.com', 'A', want_dnssec=True, options=[
    dns.edns.GenericOption(10, b'12345678'), dns.edns.ECSOption('2001:db8::', 56), dns.edns.GenericOption(3, b'')])
print(reply.answer[0].to_text().replace('\\n', ' | '))
print(sorted((int(o.otype), o.to_wire().hex() if int(o.otype) != 10 else len(o.to_wire())) for o in reply.options))
print(dns.rcode.to_text(ask('nope.cloud.example.com', 'MX').rcode()), ask('cloud.example.com', 'SOA', dns.query.tcp).answer[0][0].serial)
truncated = ask('many.cloud.example.com', 'A')
reply, tcp = dns.query.udp_with_fallback(dns.message.make_query('many.cloud.example.com', 'A'), '127.0.0.1', port=port, timeout=3)
print(len(reply.answer[0]), tcp)
try:
    dns.query.inbound_xfr('127.0.0.1', dns.zone.Zone('cloud.example.com'), port=port, timeout=3)
except dns.xfr.TransferError as error:
    print(error)
`;

  it('agrees with what it gets', async () => {
    // Debian's, which has Debian's modules; another Python may come first on PATH.
    const text = await said('/usr/bin/python3', ['-c', program, port]);
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual([
      'aPP.cloud.example.com. 30 IN A 10.0.0.1 | aPP.cloud.example.com. 30 IN A 10.0.0.2',
      "[(3, '65752d6e6f64652d31'), (8, '0002380020010db8000000'), (10, 24)]",
      'NXDOMAIN 7',
      '100 True',
      'Zone transfer error: REFUSED',
    ]);
  });
});
