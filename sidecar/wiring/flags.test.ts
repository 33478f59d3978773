import { describe, expect, it } from 'vitest';
import { FlagError } from '#core/program/errors.ts';
import { parseFlags } from './flags.ts';

const refused = (argv: readonly string[]): FlagError => {
  try {
    parseFlags(argv);
  } catch (error) {
    if (error instanceof FlagError) return error;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(' ')}`);
};

describe('sidecar flags', () => {
  it('compares the field that k8gb compares, unless told others', () => {
    expect(parseFlags(['--geotag=eu']).places).toBeUndefined();
    expect(parseFlags(['--geotag=eu', '--geoip-db=p.mmdb']).places).toEqual({
      path: 'p.mmdb',
      labelFields: [['datacenter']],
    });
    expect(
      parseFlags(['--geotag=eu', '--geoip-db=p.mmdb', '--geoip-field=site, a.b']).places?.labelFields,
    ).toEqual([['site'], ['a', 'b']]);
    expect(refused(['--geotag=eu', '--geoip-field=site']).message).toBe('--geoip-field needs --geoip-db');
    expect(refused(['--geotag=eu', '--geoip-db=p', '--geoip-field=a..b']).message).toMatch(/names no field/);
  });

  it('trusts nobody about where clients are, unless told to', () => {
    expect(parseFlags(['--geotag=eu']).subnetTrust).toEqual([]);
    expect(parseFlags(['--geotag=eu', '--ecs-trust=none']).subnetTrust).toEqual([]);
    expect(parseFlags(['--geotag=eu', '--ecs-trust=192.0.2.0/24, 2001:db8::1']).subnetTrust).toMatchObject([
      { family: 4, bits: 24 },
      { family: 6, bits: 128 },
    ]);
    expect(refused(['--geotag=eu', '--ecs-trust=192.0.2.0/33'])).toMatchObject({
      message: '--ecs-trust: "192.0.2.0/33" is not a prefix',
    });
  });

  it('needs nothing but a geotag and a folder to try it', () => {
    const flags = parseFlags(['--from', 'examples', '--geotag', 'eu', '--listen', '127.0.0.1:5300']);
    expect(flags).toMatchObject({
      geoTag: 'eu',
      source: { kind: 'folder', directory: 'examples' },
      listen: [{ address: '127.0.0.1', port: 5300 }],
      edge: { kind: 'none' },
      admin: undefined,
      logFormat: 'text',
    });
  });

  it('takes the defaults of a cluster', () => {
    expect(parseFlags(['--geotag=eu'])).toMatchObject({
      source: { kind: 'cluster' },
      listen: [],
      dnsAddresses: 'internal',
      ingressGslbGroup: 'k8gb.io',
      admin: { address: '127.0.0.1', port: 8053 },
      logFormat: 'json',
    });
  });

  it('ignores the edge server that a manifest leaves empty when the edge is none', () => {
    expect(parseFlags(['--geotag=eu', '--edge=none', '--edge-server=']).edge).toEqual({ kind: 'none' });
  });

  it('reads IPv6 endpoints, and several addresses of one peer', () => {
    const flags = parseFlags(['--geotag=eu', '--peer', 'us=[2001:db8::1]:5353', '--peer', 'us=192.0.2.7']);
    expect(flags.peers.get('us')).toEqual([
      { address: '2001:db8::1', port: 5353 },
      { address: '192.0.2.7', port: 53 },
    ]);
  });

  it.each([
    [[], 600_000],
    [['--mass-delete-hold=90s'], 90_000],
    [['--mass-delete-hold=24h'], 86_400_000],
    [['--mass-delete-hold=0'], 0],
    [['--mass-delete-hold=0s'], 0],
  ])('reads how long a mass delete is held: %s', (argv, expected) => {
    expect(parseFlags(['--geotag=eu', ...argv]).massDeleteHoldMs).toBe(expected);
  });

  it.each(['10', '1.5m', '25h', '-1m', '10 m'])('refuses to hold a mass delete for "%s"', (text) => {
    expect(() => parseFlags(['--geotag=eu', `--mass-delete-hold=${text}`])).toThrow('--mass-delete-hold');
  });

  it('reads resolvers with and without a port, in their order', () => {
    const flags = parseFlags(['--geotag=eu', '--resolvers=192.0.2.53, 2001:db8::53,[2001:db8::54]:5353']);
    expect(flags.resolvers).toEqual([
      { address: '192.0.2.53', port: 53 },
      { address: '2001:db8::53', port: 53 },
      { address: '2001:db8::54', port: 5353 },
    ]);
    expect(() => parseFlags(['--geotag=eu', '--resolvers=dns.example.net'])).toThrow('--resolvers');
  });

  it('takes what a manifest leaves empty for the default', () => {
    const empty = [
      '--resolvers=',
      '--metrics=',
      '--probe=',
      '--rrl-responses-per-second=',
      '--rrl-exempt-clients=',
    ];
    expect(parseFlags(['--geotag=eu', ...empty])).toEqual(parseFlags(['--geotag=eu']));
  });

  it.each([
    ['none', { type: 'none' }],
    ['tcp:8080', { type: 'tcp', port: 8080 }],
    ['http:80', { type: 'http', port: 80, path: '/', host: '' }],
    ['https:443/healthz?full=1', { type: 'https', port: 443, path: '/healthz?full=1', host: '' }],
  ])('takes --probe %s', (text, probe) => {
    expect(parseFlags(['--geotag=eu', `--probe=${text}`]).probe).toEqual(probe);
  });

  it('tries port 80 of nodes, and nothing where there may be no cluster', () => {
    expect(parseFlags(['--geotag=eu']).probe).toEqual({ type: 'tcp', port: 80 });
    expect(parseFlags(['--geotag=eu', '--from=x', '--listen=127.0.0.1:53']).probe).toEqual({ type: 'none' });
  });

  it.each(['tcp', 'tcp:0', 'tcp:65536', 'tcp:80/', 'udp:53', 'http:80healthz', 'http:80/a b', 'http:80/ä'])(
    'refuses --probe %j',
    (text) => {
      expect(refused(['--geotag=eu', `--probe=${text}`]).message).toBe(`--probe "${text}" is not a probe`);
    },
  );

  it('takes how UDP is read and by how many threads', () => {
    expect(parseFlags(['--geotag=eu'])).toMatchObject({ dnsIo: 'auto', dnsThreads: 1 });
    const flags = parseFlags(['--geotag=eu', '--dns-io=dgram', '--dns-threads', '4']);
    expect(flags).toMatchObject({ dnsIo: 'dgram', dnsThreads: 4 });
    expect(() => parseFlags(['--geotag=eu', '--dns-io=epoll'])).toThrow('--dns-io "epoll" is unknown');
    expect(() => parseFlags(['--geotag=eu', '--dns-threads=0'])).toThrow('--dns-threads "0"');
  });

  it('takes limits as BIND names them, and the query log', () => {
    const flags = parseFlags([
      '--geotag=eu',
      '--rrl-responses-per-second=50',
      '--rrl-slip=0',
      '--rrl-window=5',
      '--rrl-exempt-clients=10.0.0.0/8, 2001:db8::/32',
      '--rrl-log-only',
      '--tcp-clients=20',
      '--tcp-idle-timeout=1',
      '--query-log=/tmp/q',
    ]);
    expect(flags).toMatchObject({
      rateLimits: {
        responsesPerSecond: 50,
        allPerSecond: 0,
        slip: 0,
        windowSeconds: 5,
        logOnly: true,
        exempt: [
          { family: 4, bits: 8 },
          { family: 6, bits: 32 },
        ],
      },
      tcpLimits: { connections: 20, connectionsPerClient: 100, idleMs: 1000, crowdedIdleMs: 1000 },
      queryLog: { path: '/tmp/q', oneIn: 1 },
    });
    expect(parseFlags(['--geotag=eu', '--rrl-exempt-clients=none']).rateLimits.exempt).toEqual([]);
    expect(parseFlags(['--geotag=eu'])).toMatchObject({
      rateLimits: { responsesPerSecond: 1000, logOnly: false, exempt: [{ bits: 8 }, { bits: 128 }] },
      queryLog: undefined,
    });
  });

  it.each([
    ['no geotag', [], '--geotag is missing'],
    ['a geotag that is no label', ['--geotag=e_u'], '"e_u" is not a DNS label'],
    ['a name to listen on', ['--geotag=eu', '--listen=localhost:53'], 'is not ADDR:PORT'],
    ['a port out of range', ['--geotag=eu', '--listen=127.0.0.1:70000'], 'is not ADDR:PORT'],
    ['an edge without its server', ['--geotag=eu', '--edge=rfc2136'], 'needs --edge-server'],
    ['an unknown edge', ['--geotag=eu', '--edge=route53'], '--edge "route53" is unknown'],
    ['a peer without geotag', ['--geotag=eu', '--peer=192.0.2.1:53'], 'is not G=ADDR:PORT'],
    [
      'the legacy group without its API',
      ['--geotag=eu', '--ingress-gslb-group=k8gb.absa.oss'],
      'needs --legacy-api',
    ],
    ['an admin endpoint off the loopback', ['--geotag=eu', '--admin=0.0.0.0:8053'], 'is not on the loopback'],
    [
      'a rate that is no number',
      ['--geotag=eu', '--rrl-responses-per-second=many'],
      'no whole number from 0',
    ],
    ['a window of nothing', ['--geotag=eu', '--rrl-window=0'], 'no whole number from 1'],
    ['an exempt name', ['--geotag=eu', '--rrl-exempt-clients=example.com'], 'is not a prefix'],
    ['a sample of no log', ['--geotag=eu', '--query-log-sample=10'], 'needs --query-log'],
    ['a flag that does not exist', ['--geotag=eu', '--verbose'], '--verbose'],
  ])('refuses %s, with a remedy', (_title, argv, facts) => {
    const error = refused(argv);
    expect(error.message).toContain(facts);
    expect(error.hint).not.toBe('');
  });
});
