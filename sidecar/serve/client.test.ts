import { expect, it } from 'vitest';
import { createClient, setAddress } from './client.ts';
import { COUNTER } from './counters.ts';

it.each([
  ['192.0.2.255', COUNTER.UDP4, [192, 0, 2, 255]],
  ['0.0.0.0', COUNTER.TCP4, [0, 0, 0, 0]],
  ['2001:db8::1', COUNTER.UDP6, [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['fe80::1%eth0', COUNTER.TCP6, [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
])('the address %s becomes octets, whatever stood there before', (text, transport, octets) => {
  const client = createClient(transport);
  client.address.fill(9);
  setAddress(client, text);
  expect([...client.address.subarray(0, octets.length)]).toEqual(octets);
});
