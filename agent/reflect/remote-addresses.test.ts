import { expect, test } from 'vitest';
import { withRemoteAddresses } from './remote-addresses.ts';

const object = (held?: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'a',
    ...(held === undefined ? {} : { annotations: { 'offloading.interspan.dev/remote-addresses': held } }),
  },
});

test.each([
  ['the first', undefined, ['2.2.2.2', '1.1.1.1'], '{"us":["1.1.1.1","2.2.2.2"]}'],
  ['beside another provider', '{"apac":["3.3.3.3"]}', ['1.1.1.1'], '{"apac":["3.3.3.3"],"us":["1.1.1.1"]}'],
  ['nothing new', '{"us":["1.1.1.1"]}', ['1.1.1.1'], undefined],
  ['none, and none before', undefined, [], undefined],
  ['the last goes', '{"us":["1.1.1.1"]}', [], null],
  ['only another is left', '{"apac":["3.3.3.3"],"us":["1.1.1.1"]}', [], '{"apac":["3.3.3.3"]}'],
  ['unreadable is begun anew', 'not JSON', ['1.1.1.1'], '{"us":["1.1.1.1"]}'],
  ['a list is unreadable', '[1]', ['1.1.1.1'], '{"us":["1.1.1.1"]}'],
])('%s', (_, held, addresses, expected) => {
  expect(withRemoteAddresses(object(held), 'us', addresses)).toEqual(expected);
});
