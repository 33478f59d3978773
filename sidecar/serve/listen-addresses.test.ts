import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { listenAddresses } from './listen-addresses.ts';

const info = (address: string): NetworkInterfaceInfo =>
  address.includes(':')
    ? { address, family: 'IPv6', internal: address === '::1', mac: '', netmask: '', cidr: null, scopeid: 0 }
    : { address, family: 'IPv4', internal: address.startsWith('127.'), mac: '', netmask: '', cidr: null };

describe('the addresses to listen on', () => {
  it('are those given', () => {
    const given = [{ address: '127.0.0.1', port: 5300 }];
    expect(listenAddresses(given)).toBe(given);
  });

  it('are the global ones of all interfaces, sorted', () => {
    const interfaces = () => ({
      lo: [info('127.0.0.1'), info('::1')],
      eth0: [info('172.19.0.3'), info('fe80::1'), info('2001:db8::3'), info('fd00::3')],
      eth1: [info('10.0.0.1'), info('169.254.1.1'), info('172.19.0.3')],
      down: undefined,
    });
    expect(listenAddresses({ port: 53, everyGlobalAddress: true }, interfaces)).toEqual(
      ['10.0.0.1', '172.19.0.3', '2001:db8::3', 'fd00::3'].map((address) => ({ address, port: 53 })),
    );
  });

  it('are a problem when there is none, or the system does not tell', () => {
    const everywhere = { port: 53, everyGlobalAddress: true } as const;
    expect(listenAddresses(everywhere, () => ({ lo: [info('127.0.0.1')] }))).toMatchObject({
      code: 'no-address',
    });
    const failing = () => {
      throw new Error('uv_interface_addresses returned EPERM');
    };
    expect(listenAddresses(everywhere, failing)).toMatchObject({ code: 'interfaces-unreadable' });
  });
});
