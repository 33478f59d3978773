import { expect, it } from 'vitest';
import { askSidecar } from './ask-sidecar.ts';

const pods = ['dead', 'other', 'third'].map((name) => ({ namespace: 'gslb-system', name }));
const nobodyEnds = new AbortController().signal;

/** A cluster whose pods answer as their names say. */
function clusterOf(answers: Readonly<Record<string, string | Error | 'silence'>>) {
  const asked: string[] = [];
  const given: AbortSignal[] = [];
  return {
    asked,
    given,
    list: () => Promise.reject(new Error('not asked for')),
    getFromPod: ({ name }: { readonly name: string }, _port: number, _path: string, signal: AbortSignal) => {
      asked.push(name);
      given.push(signal);
      const answer = answers[name] ?? new Error('no such pod');
      if (answer instanceof Error) return Promise.reject(answer);
      if (answer !== 'silence') return Promise.resolve(answer);
      const { promise, reject } = Promise.withResolvers<string>();
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      return promise;
    },
  };
}
const ask = (cluster: ReturnType<typeof clusterOf>, signal = nobodyEnds) =>
  askSidecar(cluster, '/hosts', (text) => text.toUpperCase(), signal, pods);

it('asks one replica, and no other when that answers', async () => {
  const cluster = clusterOf({ dead: 'alive after all' });
  expect(await ask(cluster)).toBe('ALIVE AFTER ALL');
  expect(cluster.asked).toEqual(['dead']);
});

it('asks another one when the first says nothing, and ends what it asked of the first', async () => {
  const cluster = clusterOf({ dead: 'silence', other: 'here' });
  expect(await ask(cluster)).toBe('HERE');
  expect(cluster.asked).toEqual(['dead', 'other']);
  expect(cluster.given.every(({ aborted }) => aborted)).toBe(true);
});

it('asks the next one at once when one fails, and tells the first failure when all do', async () => {
  const cluster = clusterOf({ dead: new Error('first'), other: new Error('second') });
  await expect(ask(cluster)).rejects.toThrow('first');
  expect(cluster.asked).toEqual(['dead', 'other', 'third']);
});

it('ends with its signal', async () => {
  const ending = new AbortController();
  const waiting = ask(clusterOf({ dead: 'silence' }), ending.signal);
  ending.abort(new Error('that is enough'));
  await expect(waiting).rejects.toThrow('that is enough');
});
