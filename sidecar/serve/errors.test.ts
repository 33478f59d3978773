import { describe, expect, it } from 'vitest';
import { bindProblem } from './errors.ts';

describe('a socket that cannot be bound', () => {
  it.each([
    ['EADDRINUSE', 'udp', 'port-taken', 'ss -lpn -u sport = :53'],
    ['EADDRINUSE', 'tcp', 'port-taken', 'ss -lpn -t sport = :53'],
    ['EADDRNOTAVAIL', 'udp', 'address-missing', 'ip address'],
    ['EACCES', 'udp', 'port-forbidden', 'NET_BIND_SERVICE'],
    ['EPERM', 'tcp', 'port-forbidden', 'NET_BIND_SERVICE'],
    ['EINVAL', 'tcp', 'bind-failed', 'cause'],
    [undefined, 'tcp', 'bind-failed', 'cause'],
  ] as const)('%s over %s is %s with a remedy', (errorCode, transport, code, remedy) => {
    const socket = { address: '172.19.0.3', port: 53, transport };
    const problem = bindProblem(socket, errorCode);
    expect(problem).toMatchObject({ code, socket });
    expect(problem.message).toContain(`172.19.0.3 port 53 (${transport.toUpperCase()})`);
    expect(problem.hint).toContain(remedy);
    expect(problem.hint).toContain('tried again every 5 s');
  });
});
