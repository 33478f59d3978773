import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { peerCommand } from './peer-command.ts';

test('a shell that gets the command hands the invitation over on standard input, and nowhere else', () => {
  const directory = mkdtempSync(join(tmpdir(), 'peer-command-'));
  try {
    const kubectl = join(directory, 'kubectl');
    writeFileSync(kubectl, '#!/bin/sh\necho "$@"\ncat\n');
    chmodSync(kubectl, 0o755);
    const said = execFileSync('/bin/sh', {
      input: peerCommand('us', "interspan-invitation-v1.a$b`c'.d"),
      env: { PATH: `${directory}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
    expect(said).toBe("offload peer us --token -\ninterspan-invitation-v1.a$b`c'.d\n");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
