import { expect, it } from 'vitest';
import { limitedLine } from './limited-line.ts';

const none = { slipped: 0, dropped: 0, logOnly: 0, exempt: 0, lastV4: 0, lastV6: 0 };

it('a window without limited clients is not worth a line', () => {
  expect(limitedLine(none, none, 15)).toBeUndefined();
  const past = { ...none, slipped: 7, dropped: 5, lastV4: 0xc00002 };
  expect(limitedLine(past, { ...past, exempt: 9 }, 15)).toBeUndefined();
});

it('a window with them says how many replies and whose', () => {
  const after = { ...none, slipped: 10, dropped: 20, lastV4: 0xc00002, lastV6: 0x20010db80001 };
  const line = limitedLine({ ...none, slipped: 4, dropped: 4 }, after, 15);
  expect(line?.fields).toEqual({
    seconds: 15,
    truncated: 6,
    dropped: 16,
    onlyLogged: 0,
    lastClients: ['192.0.2.0/24', '2001:db8:1::/48'],
  });
  expect(line?.message).toContain('--rrl-exempt-clients');
  expect(limitedLine(none, { ...none, logOnly: 3 }, 15)?.message).toContain('they were answered');
});
