import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Edge, startEdge } from '#sidecar/edge/edge.ts';
import type { EdgeProblem } from '#sidecar/edge/errors.ts';
import type { Delegation } from '#sidecar/model/delegation.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { type Bind, type BindKey, type BindOptions, startBind } from '#test/support/bind.ts';
import { startDnsPeer } from '#test/support/dns-peer.ts';

const run = promisify(execFile);
const zone: Zone = { name: 'cloud.example.com', parent: 'example.com', negativeTtlSeconds: 30 };
const secrets = { eu: randomBytes(32).toString('base64'), us: randomBytes(32).toString('base64') };
const keys: readonly BindKey[] = [
  { name: 'eu-key', secret: secrets.eu },
  { name: 'us-key', algorithm: 'hmac-sha512', secret: secrets.us },
  { name: 'admin', secret: randomBytes(32).toString('base64') },
];
/** What each cluster's key may write, and no more; `admin` is the person who interferes. */
const updatePolicy = [
  ...['eu', 'us'].flatMap((tag) => [
    `grant ${tag}-key name cloud.example.com. NS`,
    `grant ${tag}-key name gslb-ns-${tag}-cloud.example.com. A AAAA`,
    `grant ${tag}-key name _gslb-owner-${tag}.example.com. TXT`,
  ]),
  'grant admin zonesub ANY',
];
const parent: BindOptions = { zones: [{ name: 'example.com', updatePolicy }], keys };
const ns = (tag: string) => `gslb-ns-${tag}-cloud.example.com`;

/** One cluster's edge, with what it has told. */
interface Cluster {
  readonly edge: Edge;
  readonly problems: (EdgeProblem | undefined)[];
  readonly world: { dnsAddresses: readonly string[]; zones: readonly Zone[]; isWriter: boolean };
  /** Waits until the condition holds; looked at after whatever the edge tells. */
  until(condition: () => boolean): Promise<void>;
  untilProblem(code: string | undefined): Promise<EdgeProblem | undefined>;
  members(): readonly (string | undefined)[];
}

describe('edge on a real BIND', () => {
  let abort: AbortController;
  let cleanup: AsyncDisposableStack;
  let folder: string;
  beforeEach(async () => {
    abort = new AbortController();
    cleanup = new AsyncDisposableStack();
    folder = await mkdtemp(join(tmpdir(), 'interspan-edge-'));
    cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  });
  afterEach(async () => {
    abort.abort();
    await cleanup.disposeAsync();
  });

  const bindWith = async (options: BindOptions): Promise<Bind> => cleanup.use(await startBind(options));

  function cluster(
    server: { readonly address: string; readonly port: number },
    geoTag: string,
    keyFile: string,
    changes: {
      readonly dnsAddresses?: readonly string[];
      readonly now?: () => number;
      readonly zone?: Zone;
    } = {},
  ): Cluster {
    const world = {
      dnsAddresses: changes.dnsAddresses ?? ['192.0.2.3', '192.0.2.4', '2001:DB8::3'],
      zones: [changes.zone ?? zone],
      isWriter: true,
    };
    const problems: (EdgeProblem | undefined)[] = [];
    let look = () => {};
    const edge = startEdge(
      {
        geoTag,
        server: { address: server.address, port: server.port },
        keyFile,
        desired: () => ({ ...world, ownerText: `uid-${geoTag} 1` }),
        isWriter: () => world.isWriter,
        now: changes.now ?? Date.now,
        random: randomBytes,
        log: {
          debug: () => {},
          info: () => {},
          warn: () => {},
          error: (fields) => expect.fail(JSON.stringify(fields)),
        },
        onDelegation: () => look(),
        onProblem(_zone, problem) {
          problems.push(problem);
          look();
        },
        intervalMs: 200,
      },
      abort.signal,
    );
    cleanup.defer(() => edge.done);
    const until = (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        look = () => condition() && resolve();
        look();
      });
    return {
      edge,
      problems,
      world,
      until,
      untilProblem: async (code) => {
        await until(() => problems.length > 0 && problems.at(-1)?.code === code);
        return problems.at(-1);
      },
      members: () =>
        edge
          .delegations()
          .get(world.zones[0]?.name ?? '')
          ?.members.map(({ geoTag: tag }) => tag) ?? [],
    };
  }

  /** The records of that name and type that the server has itself, without class, sorted. */
  const dig = async (bind: Bind, name: string, type: string): Promise<string[]> => {
    const { stdout } = await run('dig', [
      `@${bind.address}`,
      '-p',
      `${bind.port}`,
      '+norecurse',
      '+noall',
      '+answer',
      '+authority',
      name,
      type,
    ]);
    return stdout
      .split('\n')
      .filter((line) => line.startsWith(`${name}.`))
      .map((line) => line.split(/\s+/).toSpliced(2, 1).join(' '))
      .sort();
  };
  const soaSerial = async (bind: Bind) => (await dig(bind, 'example.com', 'SOA'))[0]?.split(' ')[5];
  const nsupdate = async (bind: Bind, ...lines: string[]): Promise<void> => {
    const update = run('nsupdate', ['-k', bind.keyFile('admin')]);
    update.child.stdin?.end(
      [`server ${bind.address} ${bind.port}`, 'zone example.com', ...lines, 'send', ''].join('\n'),
    );
    await update;
  };
  const keyFileWith = async (name: string, secret: string): Promise<string> => {
    const path = join(folder, 'edge.key');
    await writeFile(path, `key "${name}" { algorithm hmac-sha256; secret "${secret}"; };\n`, { mode: 0o600 });
    return path;
  };

  it('lets two clusters join one zone at the same time, each with its own key and records', async () => {
    const bind = await bindWith(parent);
    const eu = cluster(bind, 'eu', bind.keyFile('eu-key'));
    const us = cluster(bind, 'us', bind.keyFile('us-key'), { dnsAddresses: ['192.0.2.5'] });
    await Promise.all([eu, us].map(({ until, members }) => until(() => members().length === 2)));
    expect(await dig(bind, 'cloud.example.com', 'NS')).toEqual([
      `cloud.example.com. 30 NS ${ns('eu')}.`,
      `cloud.example.com. 30 NS ${ns('us')}.`,
    ]);
    expect(await dig(bind, ns('eu'), 'A')).toEqual([
      `${ns('eu')}. 30 A 192.0.2.3`,
      `${ns('eu')}. 30 A 192.0.2.4`,
    ]);
    expect(await dig(bind, ns('eu'), 'AAAA')).toEqual([`${ns('eu')}. 30 AAAA 2001:db8::3`]);
    expect(await dig(bind, '_gslb-owner-us.example.com', 'TXT')).toEqual([
      '_gslb-owner-us.example.com. 30 TXT "uid-us 1"',
    ]);
    const expected: Delegation = {
      zone: 'cloud.example.com',
      members: [
        { nsName: ns('eu'), geoTag: 'eu', addresses: ['192.0.2.3', '192.0.2.4', '2001:db8::3'] },
        { nsName: ns('us'), geoTag: 'us', addresses: ['192.0.2.5'] },
      ],
    };
    expect(us.edge.delegations().get('cloud.example.com')).toEqual(expected);
    expect([...eu.problems, ...us.problems]).toEqual([]);
  });

  it('writes nothing more once all is as it should be: the serial stays', async () => {
    const bind = await bindWith(parent);
    const eu = cluster(bind, 'eu', bind.keyFile('eu-key'));
    await eu.until(() => eu.members().length === 1);
    const serial = await soaSerial(bind);
    for (let count = 0; count < 5; count += 1) {
      eu.edge.kick();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await soaSerial(bind)).toBe(serial);
    expect(bind.log().match(/updating zone/g)?.length ?? 0).toBeGreaterThan(0);
  });

  it('changes its glue in one step, as soon as it is told', async () => {
    const bind = await bindWith(parent);
    const eu = cluster(bind, 'eu', bind.keyFile('eu-key'));
    await eu.until(() => eu.members().length === 1);
    const before = Number(await soaSerial(bind));
    eu.world.dnsAddresses = ['192.0.2.7'];
    eu.edge.kick();
    await eu.until(() => eu.edge.delegations().get(zone.name)?.members[0]?.addresses.join() === '192.0.2.7');
    expect(Number(await soaSerial(bind))).toBe(before + 1);
    eu.world.dnsAddresses = [];
    eu.edge.kick();
    expect(await eu.untilProblem('NoDnsAddresses')).toMatchObject({ kind: 'retry' });
    expect(await dig(bind, ns('eu'), 'A')).toEqual([`${ns('eu')}. 30 A 192.0.2.7`]);
  });

  it('adds itself again when somebody deletes the whole NS set, and keeps the members meanwhile', async () => {
    const bind = await bindWith(parent);
    const eu = cluster(bind, 'eu', bind.keyFile('eu-key'));
    const us = cluster(bind, 'us', bind.keyFile('us-key'), { dnsAddresses: ['192.0.2.5'] });
    await Promise.all([eu, us].map(({ until, members }) => until(() => members().length === 2)));
    await nsupdate(bind, 'del cloud.example.com. NS');
    await expect
      .poll(async () => (await dig(bind, 'cloud.example.com', 'NS')).length, { timeout: 5_000 })
      .toBe(2);
    expect([...eu.problems, ...us.problems]).toEqual([]);
  });

  it('takes over the TTL that others have set, instead of taking turns with them', async () => {
    const bind = await bindWith(parent);
    await nsupdate(bind, `add cloud.example.com. 300 NS ${ns('us')}.`);
    const eu = cluster(bind, 'eu', bind.keyFile('eu-key'));
    await eu.until(() => eu.members().length === 2);
    expect(await dig(bind, 'cloud.example.com', 'NS')).toEqual([
      `cloud.example.com. 300 NS ${ns('eu')}.`,
      `cloud.example.com. 300 NS ${ns('us')}.`,
    ]);
  });

  it('only reads while another replica writes', async () => {
    const bind = await bindWith(parent);
    const eu = cluster(bind, 'eu', bind.keyFile('eu-key'));
    eu.world.isWriter = false;
    await nsupdate(
      bind,
      `add cloud.example.com. 30 NS ${ns('us')}.`,
      'add cloud.example.com. 30 NS ns1.example.net.',
    );
    await eu.until(() => eu.members().length === 2);
    expect(eu.edge.delegations().get(zone.name)?.members).toEqual([
      { nsName: ns('us'), geoTag: 'us', addresses: [] },
      { nsName: 'ns1.example.net', geoTag: undefined, addresses: [] },
    ]);
    eu.world.isWriter = true;
    eu.edge.kick();
    await eu.until(() => eu.members().length === 3);
    expect(eu.problems).toEqual([]);
  });

  it('reads the parent, not the child whose records the server has cached', async () => {
    const child = await bindWith({
      zones: [{ name: 'cloud.example.com', records: ['app A 192.0.2.80', '@ NS other.example.net.'] }],
    });
    const bind = await bindWith({
      ...parent,
      recursion: true,
      forwards: [{ zone: 'cloud.example.com', address: child.address, port: child.port }],
    });
    const eu = cluster(bind, 'eu', bind.keyFile('eu-key'));
    await eu.until(() => eu.members().length === 1);
    const { stdout } = await run('dig', [
      `@${bind.address}`,
      '-p',
      `${bind.port}`,
      '+short',
      'cloud.example.com',
      'NS',
    ]);
    expect(stdout).toContain('other.example.net');
    const us = cluster(bind, 'us', bind.keyFile('us-key'));
    await us.until(() => us.members().length === 2);
    expect(us.members()).toEqual(['eu', 'us']);
  });

  it('leaves by taking out its own records and nothing else', async () => {
    const bind = await bindWith(parent);
    const eu = cluster(bind, 'eu', bind.keyFile('eu-key'));
    const us = cluster(bind, 'us', bind.keyFile('us-key'), { dnsAddresses: ['192.0.2.5'] });
    await Promise.all([eu, us].map(({ until, members }) => until(() => members().length === 2)));
    await eu.edge.leave();
    await us.until(() => us.members().join() === 'us');
    expect(await dig(bind, 'cloud.example.com', 'NS')).toEqual([`cloud.example.com. 30 NS ${ns('us')}.`]);
    for (const name of [ns('eu'), '_gslb-owner-eu.example.com'])
      expect(await dig(bind, name, 'ANY')).toEqual([]);
    expect(await dig(bind, ns('us'), 'A')).toEqual([`${ns('us')}. 30 A 192.0.2.5`]);
    eu.edge.kick();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await dig(bind, 'cloud.example.com', 'NS')).toEqual([`cloud.example.com. 30 NS ${ns('us')}.`]);
  });

  it('refuses to leave silently when the server refuses', async () => {
    const bind = await bindWith(parent);
    const eu = cluster(bind, 'eu', await keyFileWith('eu-key', secrets.us));
    await expect(eu.edge.leave()).rejects.toMatchObject({ name: 'EdgeError', code: 'EdgeBadSignature' });
  });

  describe('problems', () => {
    it.each<[string, string, string, readonly string[]]>([
      ['EdgeBadKey', 'nobody', secrets.eu, ['"nobody"', 'BADKEY']],
      ['EdgeBadSignature', 'eu-key', secrets.us, ['"eu-key"', 'BADSIG']],
    ])('%s: told once, and mended at once when the key file is', async (code, name, secret, facts) => {
      const bind = await bindWith(parent);
      const keyFile = await keyFileWith(name, secret);
      const eu = cluster(bind, 'eu', keyFile);
      const problem = await eu.untilProblem(code);
      expect(problem?.kind).toBe('configuration');
      for (const fact of [...facts, `${bind.address}:${bind.port}`, 'cloud.example.com'])
        expect(problem?.message).toContain(fact);
      expect(problem?.hint).toContain(keyFile);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(eu.problems.length).toBe(1);
      await keyFileWith('eu-key', secrets.eu);
      await eu.untilProblem(undefined);
      expect(eu.members()).toEqual(['eu']);
    });

    it.each<[string, string, (path: string) => Promise<void>]>([
      ['KeyFileUnreadable', 'ENOENT', (path) => rm(path)],
      ['KeyFileInvalid', 'line 1', (path) => writeFile(path, `secret "${secrets.eu}"`)],
    ])('%s: told, without the secret, and mended at once when the file is', async (code, detail, spoil) => {
      const bind = await bindWith(parent);
      const keyFile = await keyFileWith('eu-key', secrets.eu);
      await spoil(keyFile);
      const eu = cluster(bind, 'eu', keyFile);
      const problem = await eu.untilProblem(code);
      expect(problem).toMatchObject({ kind: 'configuration', message: expect.stringContaining(detail) });
      expect(`${problem?.message} ${problem?.hint}`).not.toContain(secrets.eu);
      await keyFileWith('eu-key', secrets.eu);
      await eu.untilProblem(undefined);
    });

    it.each<[string, Zone, string]>([
      // A zone that the server does not have: it is asked for a delegation of which it knows nothing.
      [
        'a parent that it does not serve',
        { ...zone, name: 'cloud.example.org', parent: 'example.org' },
        'EdgeQueryRefused',
      ],
      // A parent that is not a zone of its own: the update names example.com's child as its zone.
      [
        'a parent that is no zone',
        { ...zone, name: 'a.b.example.com', parent: 'b.example.com' },
        'EdgeNotAuthoritative',
      ],
    ])('tells %s', async (_title, wrong, code) => {
      const bind = await bindWith(parent);
      const eu = cluster(bind, 'eu', bind.keyFile('eu-key'), { zone: wrong });
      const problem = await eu.untilProblem(code);
      expect(problem?.message).toContain(wrong.name);
      expect(problem?.hint).toContain(wrong.parent);
    });

    it.each([
      [1_000, 'its clock is 1000 s ahead of ours'],
      [-1_000, 'its clock is 1000 s behind ours'],
    ])('EdgeClockSkew: names the difference (%i s)', async (seconds, detail) => {
      const bind = await bindWith(parent);
      const eu = cluster(bind, 'eu', bind.keyFile('eu-key'), { now: () => Date.now() - seconds * 1_000 });
      const problem = await eu.untilProblem('EdgeClockSkew');
      expect(problem?.kind).toBe('retry');
      expect(problem?.message.replaceAll(/(999|1001) s/g, '1000 s')).toContain(detail);
    });

    it('EdgeRefused: names the grants to add', async () => {
      const bind = await bindWith({
        zones: [{ name: 'example.com', updatePolicy: ['grant eu-key name cloud.example.com. NS'] }],
        keys,
      });
      const eu = cluster(bind, 'eu', bind.keyFile('eu-key'));
      const problem = await eu.untilProblem('EdgeRefused');
      expect(problem?.hint).toContain(
        'grant eu-key name cloud.example.com. NS; grant eu-key name gslb-ns-eu-cloud.example.com. A AAAA; grant eu-key name _gslb-owner-eu.example.com. TXT;',
      );
    });

    it('EdgeTimeout: tells a server that keeps silent from one that is not there', async () => {
      const silent = cleanup.use(await startDnsPeer());
      const eu = cluster(silent, 'eu', await keyFileWith('eu-key', secrets.eu));
      const problem = await eu.untilProblem('EdgeTimeout');
      expect(problem?.message).toContain(`127.0.0.1:${silent.port} over UDP did not reply to 3 queries`);
      expect(new Set(silent.seen.map(({ from }) => from)).size).toBe(silent.seen.length);
    });

    it('heals by itself when a frozen zone thaws', async () => {
      const bind = await bindWith({ ...parent, control: true });
      await bind.rndc('freeze', 'example.com');
      const eu = cluster(bind, 'eu', bind.keyFile('eu-key'));
      expect((await eu.untilProblem('EdgeRefused'))?.hint).toContain('rndc thaw example.com');
      await bind.rndc('thaw', 'example.com');
      await eu.untilProblem(undefined);
      expect(eu.members()).toEqual(['eu']);
    });

    it('keeps the delegation while BIND is away, and joins again when it comes back without its journal', async () => {
      const first = await startBind(parent);
      const keyFile = await keyFileWith('eu-key', secrets.eu);
      const eu = cluster(first, 'eu', keyFile);
      await eu.until(() => eu.members().length === 1);
      await first.close();
      const problem = await eu.untilProblem('EdgeUnreachable');
      expect(problem?.message).toContain(`${first.address}:${first.port}`);
      expect(eu.members()).toEqual(['eu']);
      const second = await bindWith({ ...parent, port: first.port });
      await eu.untilProblem(undefined);
      expect(await dig(second, 'cloud.example.com', 'NS')).toEqual([`cloud.example.com. 30 NS ${ns('eu')}.`]);
      expect(eu.problems.length).toBe(2);
    });
  });
});
