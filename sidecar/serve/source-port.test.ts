import { expect, it } from 'vitest';
import { isAnsweredPort } from './source-port.ts';

it('ports of services that answer everything get no answer; all others do', () => {
  const refused = Array.from({ length: 65_536 }, (_, port) => port).filter((port) => !isAnsweredPort(port));
  expect(refused).toEqual([0, 7, 13, 17, 19, 37, 464]);
});
