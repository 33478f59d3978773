import { describe, expect, it } from 'vitest';
import { FlagError } from './errors.ts';
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
    ['a flag that does not exist', ['--geotag=eu', '--verbose'], '--verbose'],
  ])('refuses %s, with a remedy', (_title, argv, facts) => {
    const error = refused(argv);
    expect(error.message).toContain(facts);
    expect(error.hint).not.toBe('');
  });
});
