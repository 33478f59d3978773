import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('../support/serve-everywhere.ts', import.meta.url));

it.each(['ffi', 'dgram'])(
  'the DNS server by node:%s follows the addresses of the interfaces, as they come and go',
  async (io) => {
    const { stdout } = await promisify(execFile)('unshare', ['--net', process.execPath, program, io]);
    expect(JSON.parse(stdout)).toEqual([
      [[], ['no-address']],
      ['10.9.0.1 udp', '10.9.0.1 tcp'],
      ['10.9.1.2 udp', '10.9.1.2 tcp', 'fd09::1 udp', 'fd09::1 tcp'],
    ]);
  },
);
