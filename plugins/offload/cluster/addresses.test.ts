import { expect, test } from 'vitest';
import { checkServers, hostPortText, isLoopback, parseHostPort, serverAddress } from './addresses.ts';

test.each([
  ['10.0.0.1:5871', { host: '10.0.0.1', port: 5871 }],
  ['gw.example.com:1', { host: 'gw.example.com', port: 1 }],
  ['[2001:db8::1]:65535', { host: '2001:db8::1', port: 65_535 }],
])('%s is an address with its port, and is written the same', (text, parsed) => {
  expect(parseHostPort(text)).toEqual(parsed);
  expect(hostPortText(parsed)).toBe(text);
});

test.each([
  '',
  'host',
  'host:',
  ':80',
  'host:0',
  'host:65536',
  '2001:db8::1:80',
  '[host]:80',
  'https://h:1',
  'a b:1',
])('"%s" is none', (text) => {
  expect(parseHostPort(text)).toBeUndefined();
});

test.each([
  'localhost',
  'LOCALHOST.',
  'api.localhost',
  '127.0.0.1',
  '127.9.9.9',
  '0.0.0.0',
  '::',
  '::1',
  '::ffff:127.0.0.1',
])('%s is of this machine alone', (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(['10.0.0.1', '128.0.0.1', '2001:db8::1', 'localhost.example.com', 'eu.example.com'])(
  '%s may be reached by others',
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);

test.each([
  ['https://10.0.0.1:6443', ['https://10.0.0.1:6443']],
  [
    'https://a.example.com/, https://b.example.com:1/path',
    ['https://a.example.com', 'https://b.example.com:1/path'],
  ],
])('servers %s', (text, servers) => {
  expect(checkServers(text)).toEqual(servers);
});

test.each([
  ['http://10.0.0.1', 'is not the https URL'],
  ['10.0.0.1:6443', 'is not the https URL'],
  ['https://10.0.0.1,https://localhost:6443', 'no other cluster can reach'],
  ['https://[::1]:6443', 'no other cluster can reach'],
])('servers %s are refused', (text, message) => {
  expect(() => checkServers(text)).toThrow(message);
});

test('the port of a URL without one is that of its scheme', () => {
  expect(serverAddress('https://eu.example.com')).toEqual({ host: 'eu.example.com', port: 443 });
  expect(serverAddress('https://[2001:db8::1]:6443')).toEqual({ host: '2001:db8::1', port: 6443 });
});
