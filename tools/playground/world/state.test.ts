import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identify } from './process-identity.ts';
import { instanceFolder, instances, lockInstance, recordedWorld, stateRoot } from './state.ts';

describe('state of instances', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'interspan-state-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test('an instance is locked while somebody works on it, and free after', async () => {
    {
      using _ = await lockInstance(root, 'e2e', 'up');
      await expect(lockInstance(root, 'e2e', 'down')).rejects.toThrow(
        `process ${process.pid} is at work here (up)`,
      );
      using _other = await lockInstance(root, 'other', 'up');
    }
    using again = await lockInstance(root, 'e2e', 'down');
    expect(again).toBeDefined();
  });

  test.each([
    ['a process that ended', JSON.stringify({ ...identify(process.pid), startTicks: '1', what: 'up' })],
    ['a process of an earlier boot', JSON.stringify({ ...identify(process.pid), bootId: 'x', what: 'up' })],
    ['a cut file', '{"pid": 1'],
  ])('a lock left by %s counts for nothing', async (_case, content) => {
    writeFileSync(join(root, 'e2e.lock'), content);
    using lock = await lockInstance(root, 'e2e', 'up');
    expect(lock).toBeDefined();
  });

  test('locks are not instances, and a folder without a plan has none', async () => {
    using _ = await lockInstance(root, 'e2e', 'up');
    expect(instances(root)).toEqual([]);
    expect(recordedWorld(root, 'e2e')).toBeUndefined();
  });

  test('state stands below XDG_STATE_HOME', () => {
    const folder = instanceFolder(stateRoot({ XDG_STATE_HOME: '/srv/state' }), 'e2e');
    expect(folder).toBe('/srv/state/interspan/playground/e2e');
  });
});
