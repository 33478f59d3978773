import { expect, test } from 'vitest';
import { mountsBelow } from './mounts-below.ts';

test('mountsBelow lists what is below the folder only, deepest and latest first', () => {
  const mounts = [
    'none / ext4 rw 0 0',
    'tmpfs /w/a tmpfs rw 0 0',
    'tmpfs /w/a/b/c tmpfs rw 0 0',
    'tmpfs /w/a/x\\040y tmpfs rw 0 0',
    'tmpfs /w/a/x\\040y tmpfs rw 0 0',
    'tmpfs /w/ab tmpfs rw 0 0',
    '',
  ].join('\n');
  expect(mountsBelow('/w/a', mounts)).toEqual(['/w/a/b/c', '/w/a/x y', '/w/a/x y']);
});
