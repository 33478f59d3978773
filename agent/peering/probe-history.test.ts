import { expect, test } from 'vitest';
import { afterProbe, type ProbeHistory, type ProbeOutcome, probePauseMs } from './probe-history.ts';

const answered: ProbeOutcome = { kind: 'answered' };
const failed: ProbeOutcome = { kind: 'failed', message: 'https://10.0.0.1:6443: no answer' };
const denied: ProbeOutcome = { kind: 'denied', message: '401' };
const ended: ProbeOutcome = { kind: 'ended', message: 'gone' };
const fresh: ProbeHistory = { state: undefined };
const connected: ProbeHistory = { state: { kind: 'connected' } };

/** Each step: outcome, when the probe began, when it ended. */
const play = (from: ProbeHistory, ...steps: readonly (readonly [ProbeOutcome, number, number])[]) =>
  steps.reduce((history, [outcome, at, now]) => afterProbe(history, outcome, at, now), from);

test.each([
  ['one answer connects', fresh, [[answered, 0, 5]], 'connected'],
  ['nothing is known after one failure', fresh, [[failed, 0, 5]], undefined],
  ['one failure does not part', connected, [[failed, 0, 800]], 'connected'],
  [
    'failures within 2 s do not part',
    connected,
    [
      [failed, 0, 5],
      [failed, 1900, 1999],
    ],
    'connected',
  ],
  [
    '2 s of failures part',
    connected,
    [
      [failed, 0, 5],
      [failed, 1900, 2000],
    ],
    'unreachable',
  ],
  [
    'an answer in between starts anew',
    connected,
    [
      [failed, 0, 5],
      [answered, 900, 905],
      [failed, 1900, 2700],
    ],
    'connected',
  ],
  [
    'one answer is enough to come back',
    connected,
    [
      [failed, 0, 3000],
      [answered, 3000, 3005],
    ],
    'connected',
  ],
  [
    'a denial is not believed at once',
    connected,
    [
      [denied, 0, 5],
      [denied, 9000, 9999],
    ],
    'connected',
  ],
  [
    '10 s of denials are',
    connected,
    [
      [denied, 0, 5],
      [denied, 9000, 10_000],
    ],
    'refused',
  ],
  [
    'denials tell more than silence',
    connected,
    [
      [failed, 0, 2000],
      [denied, 3000, 3005],
      [denied, 13_000, 13_005],
    ],
    'refused',
  ],
  [
    'who falls silent after refusing still refuses',
    connected,
    [
      [ended, 0, 5],
      [failed, 10, 5000],
    ],
    'refused',
  ],
  ['a claim that is gone refuses at once', connected, [[ended, 0, 5]], 'refused'],
  [
    'who refused may answer again',
    connected,
    [
      [ended, 0, 5],
      [answered, 10, 15],
    ],
    'connected',
  ],
] as const)('%s', (_, from, steps, kind) => {
  expect(play(from, ...(steps as readonly (readonly [ProbeOutcome, number, number])[])).state?.kind).toBe(
    kind,
  );
});

test('it says since when, and what the last one said', () => {
  expect(play(connected, [failed, 100, 900], [failed, 1150, 2100]).state).toEqual({
    kind: 'unreachable',
    sinceMs: 100,
    message: failed.kind === 'failed' ? failed.message : '',
  });
});

test('a state that stays is the same object, so that nobody is told twice', () => {
  const parted = play(connected, [failed, 0, 2000]);
  expect(afterProbe(parted, failed, 2250, 2300).state).toBe(parted.state);
  expect(afterProbe(connected, answered, 0, 1).state).toBe(connected.state);
  const refused = play(connected, [ended, 0, 5]);
  expect(afterProbe(refused, ended, 100, 105).state).toBe(refused.state);
});

test('it asks every second, and four times a second while all fails', () => {
  expect(probePauseMs(connected)).toBe(1000);
  expect(probePauseMs(play(connected, [failed, 0, 5]))).toBe(250);
  expect(probePauseMs(play(connected, [denied, 0, 5]))).toBe(1000);
});
