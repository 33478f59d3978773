import { expect, test } from 'vitest';
import type { LinkState } from '#agent/model/provider-link.ts';
import { whileConnected } from './while-connected.ts';

const connected = { kind: 'connected' } as LinkState;
const unreachable = { kind: 'unreachable' } as LinkState;

function fakeLink(state: LinkState) {
  let now = state;
  const listeners = new Set<() => void>();
  return {
    listeners,
    state: () => now,
    onChange: (listener: () => void, signal: AbortSignal) => {
      listeners.add(listener);
      signal.addEventListener('abort', () => listeners.delete(listener));
    },
    become: (next: LinkState) => {
      now = next;
      for (const listener of listeners) listener();
    },
  };
}
const endless = () => new Promise<void>(() => undefined);
const { signal } = new AbortController();

test('work that is done is waited for; of a provider that is away nothing is begun', async () => {
  let began = 0;
  const work = async () => void began++;
  const link = fakeLink(connected);
  await whileConnected(link, work, signal);
  expect([began, link.listeners.size]).toEqual([1, 0]);
  await whileConnected(fakeLink(unreachable), work, signal);
  expect(began).toBe(1);
});

test('a provider that goes away meanwhile ends the wait, and so does the signal', async () => {
  const link = fakeLink(connected);
  const waiting = whileConnected(link, endless, signal);
  link.become(unreachable);
  await expect(waiting).resolves.toBeUndefined();
  const ending = new AbortController();
  const other = whileConnected(fakeLink(connected), endless, ending.signal);
  ending.abort();
  await expect(other).resolves.toBeUndefined();
});

test('what fails is thrown, but not when the provider went away', async () => {
  const fails = () => Promise.reject(new Error('no'));
  await expect(whileConnected(fakeLink(connected), fails, signal)).rejects.toThrow('no');
  const link = fakeLink(connected);
  const lost = async () => {
    link.become(unreachable);
    throw new Error('no answer');
  };
  await expect(whileConnected(link, lost, signal)).resolves.toBeUndefined();
});
