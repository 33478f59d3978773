import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { identify, isAlive, killAll, markedProcesses, markVariable } from './process-identity.ts';

describe('a process identity', () => {
  test('is of this process, and not of a later one with its number', () => {
    const me = identify(process.pid);
    if (me === undefined) throw new Error('I am not there');
    expect(isAlive(me)).toBe(true);
    expect(isAlive({ ...me, startTicks: `${Number(me.startTicks) + 1}` })).toBe(false);
    expect(isAlive({ ...me, bootId: 'another boot' })).toBe(false);
  });

  test('is nothing where no process is', () => {
    expect(identify(2 ** 22 + 1)).toBeUndefined();
  });
});

test('killAll ends the marked processes with what they started, and no process of another mark', async () => {
  const start = async (mark: string) => {
    const child = spawn('/bin/sh', ['-c', 'sleep 60 & echo; wait'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: '/usr/bin:/bin', [markVariable]: mark },
    });
    await once(child.stdout, 'data');
    return child;
  };
  const mark = `/test/${process.pid}/`;
  const mine = await start(`${mark}a`);
  const other = await start(`${mark.slice(0, -1)}0/a`);
  try {
    expect(markedProcesses(mark).length).toBe(2);
    await killAll(markedProcesses(mark));
    expect(markedProcesses(mark)).toEqual([]);
    expect(identify(other.pid as number)).toBeDefined();
  } finally {
    await killAll(markedProcesses(`/test/${process.pid}`));
    mine.stdout.destroy();
    other.stdout.destroy();
  }
});
