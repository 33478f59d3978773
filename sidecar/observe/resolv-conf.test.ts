import { describe, expect, it } from 'vitest';
import { readResolvConf } from './resolv-conf.ts';

describe('resolv.conf', () => {
  it.each([
    [
      'several servers, in order',
      'nameserver 192.0.2.1\nnameserver 2001:db8::1\n',
      ['192.0.2.1', '2001:db8::1'],
    ],
    [
      'other lines and comments',
      '# nameserver 192.0.2.9\nsearch a b\noptions ndots:5\n nameserver\t192.0.2.1 ',
      ['192.0.2.1'],
    ],
    ['what is no address', 'nameserver dns.example.net', ['127.0.0.1']],
    ['nothing', '', ['127.0.0.1']],
  ])('%s', (_title, text, expected) => {
    expect(readResolvConf(text).map(({ address }) => address)).toEqual(expected);
  });
});
