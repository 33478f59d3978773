import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type KubeObject, type Service, services } from '#core/api/kubernetes.ts';
import type { WatchOptions } from '#core/source/source.ts';
import { ApiClient } from './client.ts';
import { Reflector, type ReflectorTiming } from './reflector.ts';
import { ServerState } from './server-state.ts';

/*
 * The faults that a real API server does not show on demand, sent by a server that does as the test says: the
 * answers to lists and watches, in turn; the last one is repeated.
 */
type Answer = (response: ServerResponse, url: URL) => void;

const quick: ReflectorTiming = {
  backoff: { minMs: 5, maxMs: 40 },
  silenceMs: 60_000,
  missingMs: 10,
  healthyMs: 10_000,
};

let lists: Answer[];
let watches: Answer[];
let requests: string[];
let said: string[];
let changes: string[];
let ended: AbortController;
let close: () => Promise<void>;
let client: ApiClient;

beforeEach(async () => {
  [lists, watches, requests, said, changes] = [[], [], [], [], []];
  ended = new AbortController();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://fault');
    const watching = url.searchParams.has('watch');
    requests.push(watching ? `watch ${url.searchParams.get('resourceVersion')}` : 'list');
    const answers = watching ? watches : lists;
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(response, url);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = {
    access: async () => ({ server: address, headers: {}, tls: {} }),
    forget: () => undefined,
  };
  client = new ApiClient(credentials, 'test');
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(async () => {
  ended.abort();
  await client.close();
  await close();
});

const service = (name: string, resourceVersion: string): KubeObject =>
  ({ metadata: { namespace: 'n', name, uid: name, resourceVersion } }) as KubeObject;
const json = (status: number, body: unknown, headers = {}): Answer => {
  return (response) => response.writeHead(status, headers).end(JSON.stringify(body));
};
const list = (resourceVersion: string, ...items: readonly KubeObject[]): Answer =>
  json(200, { metadata: { resourceVersion }, items });
const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
/** Sends the text and leaves the watch open. */
const stream =
  (...text: readonly string[]): Answer =>
  (response) => {
    response.writeHead(200);
    response.flushHeaders();
    for (const part of text) response.write(part);
  };
/** Sends the text and ends the watch. */
const ending =
  (text = ''): Answer =>
  (response) =>
    void response.end(text);

function start(more: Partial<WatchOptions<Service>> = {}, timing: Partial<ReflectorTiming> = {}) {
  const say = (_: object, message: string): void => void said.push(message);
  const log = { debug: say, info: say, warn: say, error: say };
  const context = {
    client,
    state: new ServerState(log),
    log,
    now: () => performance.now(),
    random: Math.random,
    timing: { ...quick, ...timing },
  };
  return new Reflector<Service>(
    context,
    {
      resource: services,
      onChange: ({ type, object }) =>
        void changes.push(
          `${type === 'applied' ? '+' : '-'}${object.metadata.name}@${object.metadata.resourceVersion}`,
        ),
      ...more,
    },
    ended.signal,
  );
}
const until = (condition: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 5000, interval: 2 });

/** Ends every open watch, so that the next answer is asked for. */
const cut =
  (...text: readonly string[]): Answer =>
  (response) => {
    response.writeHead(200);
    for (const part of text) response.write(part);
    // After what was written has left.
    setTimeout(() => response.destroy(), 10);
  };
const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };

test('the next watch begins where events and bookmarks led', async () => {
  lists = [list('10', service('a', '5'))];
  const bookmark = line('BOOKMARK', { metadata: { resourceVersion: '20' } });
  watches = [cut(line('ADDED', service('b', '11')), bookmark), stream()];
  const watch = start();
  await until(() => requests.length === 3);
  expect(requests).toEqual(['list', 'watch 10', 'watch 20']);
  expect(changes).toEqual(['+a@5', '+b@11']);
  expect(watch.ageMs()).toBeLessThan(5000);
});

test.each<[string, Answer]>([
  ['as status', json(410, gone)],
  ['in the stream', stream(line('ERROR', gone))],
])(
  'a version that has expired, %s, leads to a new list at once, of which the differences are told',
  async (_, expired) => {
    lists = [
      list('10', service('a', '5'), service('b', '6')),
      list('30', service('a', '5'), service('c', '25')),
    ];
    watches = [expired, stream()];
    // Backoff would take longer than the test.
    start({}, { backoff: { minMs: 60_000, maxMs: 60_000 } });
    await until(() => requests.length === 4);
    expect(requests).toEqual(['list', 'watch 10', 'list', 'watch 30']);
    expect(changes).toEqual(['+a@5', '+b@6', '+c@25', '-b@6']);
    expect(said.filter((text) => text !== 'reading the list')).toEqual([]);
  },
);

test('a version that expired during an outage leads to a new list at once', async () => {
  let [expiredAt, listedAt] = [0, 0];
  const second = list('30', service('c', '25'));
  lists = [
    list('10', service('a', '5')),
    (response, url) => {
      listedAt = performance.now();
      second(response, url);
    },
  ];
  const away: Answer = (response) => void response.socket?.destroy();
  const expired: Answer = (response, url) => {
    expiredAt = performance.now();
    json(410, gone)(response, url);
  };
  watches = [away, away, away, expired, stream()];
  // As the fourth failure in a row it would be waited for, 800 ms at least.
  start({}, { backoff: { minMs: 100, maxMs: 60_000 } });
  await until(() => requests.length === 7);
  expect(requests.slice(-2)).toEqual(['list', 'watch 30']);
  expect(changes).toEqual(['+a@5', '+c@25', '-a@5']);
  expect(listedAt - expiredAt).toBeLessThan(500);
});

test('lists that expire as fast as they are read are not read in a hot loop', async () => {
  lists = [list('10')];
  watches = [json(410, gone)];
  start({}, { backoff: { minMs: 50, maxMs: 50 } });
  await new Promise((resolve) => setTimeout(resolve, 500));
  // At once the first time, and then every 33 to 50 ms.
  expect(requests.filter((request) => request === 'list').length).toBeLessThan(18);
});

test.each<[string, Answer]>([
  ['garbage', stream('<html>proxy</html>\n')],
  ['half an object', cut('{"type":"ADDED","object":{"metadata":{"na')],
  ['an event of no kind', stream(line('EXPLODED', service('x', '12')))],
  ['an event without an object', stream('{"type":"ADDED"}\n')],
  ['an error that is not 410', stream(line('ERROR', { code: 500, message: 'etcd' }))],
  ['an error without a code', stream(line('ERROR', {}))],
  ['a reset', (response) => void response.socket?.resetAndDestroy()],
  ['an end at once', ending()],
  ['429', json(429, {}, { 'retry-after': '0' })],
  ['503 from a proxy', (response) => void response.writeHead(503).end('<html>')],
])('after %s the watch is taken up where it was, with nothing lost', async (_, fault) => {
  lists = [list('10', service('a', '5'))];
  watches = [fault, stream(line('ADDED', service('b', '11')))];
  start();
  await until(() => changes.length === 2);
  expect(requests).toEqual(['list', 'watch 10', 'watch 10']);
  expect(changes).toEqual(['+a@5', '+b@11']);
});

test('a version from which no watch gets on is given up for a new list', async () => {
  lists = [list('10'), list('40', service('z', '33'))];
  watches = [stream('garbage\n'), stream('garbage\n'), stream('garbage\n'), stream()];
  start();
  await until(() => requests.length === 6);
  expect(requests).toEqual(['list', 'watch 10', 'watch 10', 'watch 10', 'list', 'watch 40']);
});

test('a silent watch is replaced by one from the same version, without ado', async () => {
  lists = [list('50', service('a', '45'))];
  watches = [stream(), stream(line('MODIFIED', service('a', '51')))];
  start({}, { silenceMs: 100 });
  await until(() => changes.length === 2);
  expect(requests).toEqual(['list', 'watch 50', 'list', 'watch 50']);
  expect(changes).toEqual(['+a@45', '+a@51']);
  expect(said).toEqual(['reading the list']);
});

test('a silent watch of a server that went back in time leads to a new list', async () => {
  lists = [list('50', service('a', '45')), list('7', service('a', '4'))];
  watches = [stream()];
  start({}, { silenceMs: 100 });
  await until(() => requests.includes('watch 7'));
  expect(requests.slice(0, 5)).toEqual(['list', 'watch 50', 'list', 'list', 'watch 7']);
  expect(changes).toEqual(['+a@45', '+a@4']);
});

test('a silent watch of a server that is gone is a failure like any other', async () => {
  lists = [list('50'), (response) => void response.socket?.destroy(), list('50')];
  watches = [stream()];
  start({}, { silenceMs: 100 });
  await until(() => said.includes('the API server answers again'));
  expect(requests.slice(0, 4)).toEqual(['list', 'watch 50', 'list', 'watch 50']);
});

test('waits double until a watch is healthy, and fall back then', async () => {
  lists = [list('10')];
  watches = [ending(), ending(), ending(), ending(), cut(line('ADDED', service('a', '11'))), stream()];
  const times: number[] = [];
  const record =
    (answer: Answer): Answer =>
    (response, url) => {
      times.push(performance.now());
      answer(response, url);
    };
  watches = watches.map(record);
  // Three stalls read the list anew, which here takes no time.
  start({}, { backoff: { minMs: 60, maxMs: 10_000 } });
  await until(() => times.length === 6);
  const waits = times.slice(1).map((time, index) => time - (times[index] as number));
  for (const [index, least] of [60, 120, 240, 480, 60].entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(least - 2);
  }
  expect(waits[4]).toBeLessThan(240);
});

test('Retry-After is waited for', async () => {
  lists = [json(429, { details: { retryAfterSeconds: 1 } }), list('10')];
  watches = [stream()];
  const began = performance.now();
  await start().synced;
  expect(performance.now() - began).toBeGreaterThanOrEqual(990);
});

test('a resource that does not exist is missing, asked for again, and said once', async () => {
  lists = [json(404, {}), json(404, {}), json(404, {}), list('10')];
  watches = [stream()];
  const watch = start();
  await until(() => watch.missing);
  await watch.synced;
  await until(() => said.includes('services is watched again'));
  expect(watch.missing).toBe(false);
  expect(said.filter((text) => text.startsWith('services does not exist here'))).toHaveLength(1);
});

test('an address that is no API server is said, and asked again', async () => {
  lists = [
    json(200, { hello: 'world' }),
    ending('<html>'),
    json(200, { metadata: {}, items: [{}] }),
    list('10'),
  ];
  watches = [stream()];
  await start().synced;
  expect(said.some((text) => text.includes('the answer is not a list of objects. Is the address'))).toBe(
    true,
  );
});

test('pages are read to the end; when they expire on the way all comes in one', async () => {
  const page = (next: string, ...items: readonly KubeObject[]): Answer =>
    json(200, { metadata: { resourceVersion: '10', continue: next }, items });
  const asked: string[] = [];
  const record =
    (answer: Answer): Answer =>
    (response, url) => {
      asked.push(`${url.searchParams.get('limit')} ${url.searchParams.get('continue')}`);
      answer(response, url);
    };
  const all = [service('a', '1'), service('b', '2'), service('c', '3')] as const;
  lists = [page('one', all[0]), page('two', all[1]), json(410, gone), list('12', ...all)].map(record);
  watches = [stream()];
  await start().synced;
  expect(asked).toEqual(['500 null', '500 one', '500 two', 'null ']);
  expect(changes).toEqual(['+a@1', '+b@2', '+c@3']);
});

test('an object far bigger than what comes at once is put together', async () => {
  const big = { ...service('big', '11'), spec: { text: 'x'.repeat(5_000_000) } };
  lists = [list('10')];
  watches = [stream(line('ADDED', big), line('ADDED', service('next', '12')))];
  const watch = start();
  await until(() => changes.length === 2);
  expect((watch.get('n/big') as unknown as typeof big).spec.text).toHaveLength(5_000_000);
});

test('a reader that throws, from onChange or trim, misses only that change', async () => {
  lists = [list('10', service('a', '1'), service('b', '2'))];
  watches = [stream(line('ADDED', service('c', '11')))];
  const watch = start({
    trim: (object) => {
      if (object.metadata.name === 'a') throw new Error('trim');
      return object;
    },
    onChange: ({ object }) => {
      changes.push(object.metadata.name);
      if (object.metadata.name === 'b') throw new Error('onChange');
    },
  });
  await until(() => changes.length === 2);
  await watch.synced;
  expect(changes).toEqual(['b', 'c']);
  expect(requests).toEqual(['list', 'watch 10']);
});

test('the signal ends it, wherever it is', async () => {
  lists = [list('10')];
  watches = [stream()];
  const watch = start();
  await until(() => requests.length === 2);
  ended.abort(new Error('enough'));
  await watch.synced;
  const again = start();
  await expect(again.synced).rejects.toThrow('enough');
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(requests).toHaveLength(2);
});

test('who waits for a server that is away is woken when somebody else gets through', async () => {
  lists = [(response) => void response.socket?.destroy(), list('10')];
  watches = [stream()];
  const say = (_: object, message: string): void => void said.push(message);
  const log = { debug: say, info: say, warn: say, error: say };
  const context = {
    client,
    state: new ServerState(log),
    log,
    now: () => performance.now(),
    random: Math.random,
  };
  const options: WatchOptions<Service> = { resource: services, onChange: () => undefined };
  const patient = { ...quick, backoff: { minMs: 60_000, maxMs: 60_000 } };
  const sleeper = new Reflector<Service>({ ...context, timing: patient }, options, ended.signal);
  await until(() => said.some((text) => text.startsWith('no word from the API server')));
  await new Reflector<Service>({ ...context, timing: quick }, options, ended.signal).synced;
  await sleeper.synced;
  expect(said.filter((text) => text === 'the API server answers again')).toHaveLength(1);
});
