import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startBind } from '#test/support/bind.ts';

const run = promisify(execFile);

async function dig(port: number, ...question: string[]): Promise<string> {
  const { stdout } = await run('dig', ['@127.0.0.1', '-p', String(port), '+short', '+tries=1', ...question]);
  return stdout.trim();
}

describe('startBind', () => {
  it('answers when it resolves, takes updates by its keys, and leaves nothing behind', async () => {
    const bind = await startBind({
      keys: [{ name: 'eu', secret: 'mRSk5YS5nBFh0FMMHHvfVjIGyhXhmMvZcnSmLbBbGFs=' }],
      zones: [
        {
          name: 'example.com',
          records: ['www A 192.0.2.1'],
          updatePolicy: ['grant eu name new.example.com. A'],
        },
      ],
    });
    try {
      expect(await dig(bind.port, 'www.example.com', 'A')).toBe('192.0.2.1');
      const update = run('nsupdate', ['-k', bind.keyFile('eu')]);
      update.child.stdin?.end(
        `server 127.0.0.1 ${bind.port}\nupdate add new.example.com 60 A 192.0.2.2\nsend\n`,
      );
      await update;
      expect(await dig(bind.port, '+tcp', 'new.example.com', 'A')).toBe('192.0.2.2');
      expect(bind.log()).toContain("adding an RR at 'new.example.com' A");
    } finally {
      await bind.close();
    }
    await expect(access(bind.keyFile('eu'))).rejects.toThrow('ENOENT');
    await expect(dig(bind.port, '+time=1', 'www.example.com')).rejects.toThrow();
  });

  it('recurses into the zones that it forwards', async () => {
    await using child = await startBind({
      zones: [{ name: 'cloud.example.com', records: ['app A 192.0.2.7'] }],
    });
    await using parent = await startBind({
      recursion: true,
      zones: [{ name: 'example.com', records: ['cloud NS ns.elsewhere.test.'] }],
      forwards: [{ zone: 'cloud.example.com', address: child.address, port: child.port }],
    });
    expect(await dig(parent.port, 'app.cloud.example.com', 'A')).toBe('192.0.2.7');
  });

  it('rejects with the log of named when a zone does not load', async () => {
    await expect(
      startBind({ zones: [{ name: 'example.com', records: ['www A not-an-address'] }] }),
    ).rejects.toThrow(/bad dotted quad/);
  });
});
