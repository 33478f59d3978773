import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { processTreeUsage } from '#test/bench/harness/process-tree.ts';
import { median, quantile } from '#test/bench/harness/statistics.ts';
import { table } from '#test/bench/harness/table.ts';

describe('the bench harness', () => {
  it('sums the CPU time and memory of a process and its descendants', async () => {
    const burn =
      'while (process.cpuUsage().user < 500_000); console.log("done"); setInterval(() => {}, 1000)';
    const shell = spawn('sh', ['-c', `"${process.execPath}" -e '${burn}' & wait`], { detached: true });
    try {
      await once(shell.stdout, 'data');
      const usage = processTreeUsage(shell.pid ?? 0);
      expect(usage.cpuSeconds).toBeGreaterThanOrEqual(0.5);
      expect(usage.rssBytes).toBeGreaterThan(20 * 2 ** 20);
    } finally {
      if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL');
    }
    expect(processTreeUsage(0x7fff_fffe)).toEqual({ cpuSeconds: 0, rssBytes: 0 });
  });

  it.each([
    [[5], 0.5, 5],
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[10, 20, 30, 40, 50], 0.99, 49.6],
    [[10, 20], 1, 20],
    [[10, 20], 0, 10],
  ])('of %j the quantile %f is %f', (values, q, expected) => {
    expect(quantile(values, q)).toBeCloseTo(expected);
  });

  it('has no median of nothing', () => {
    expect(median([])).toBeNaN();
  });

  it('aligns columns', () => {
    const rows = [
      ['interspan', '9'],
      ['x', '10'],
    ];
    expect(table(['server', 'q'], rows)).toBe('server      q\n---------  --\ninterspan   9\nx          10');
  });

  it('names the benches when asked for another', async () => {
    const main = fileURLToPath(new URL('../bench/main.ts', import.meta.url));
    const run = promisify(execFile)(process.execPath, [main, 'nothing']);
    await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('dns') });
  });
});
