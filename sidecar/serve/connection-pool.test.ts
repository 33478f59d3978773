import { describe, expect, it } from 'vitest';
import { createConnectionPool } from './connection-pool.ts';
import { createCounters, readCounters } from './counters.ts';
import { type TcpConnection, type TcpLimits, usualTcpLimits } from './tcp-connection.ts';

function pool(limits: Partial<TcpLimits>) {
  const counters = createCounters();
  const closed: string[] = [];
  const connections = createConnectionPool({ ...usualTcpLimits, ...limits }, counters);
  const add = (name: string, waiting = 0): TcpConnection => {
    const connection: TcpConnection = {
      deadlineMs: (idleMs) => idleMs,
      waitingBytes: () => waiting,
      close: () => {
        closed.push(name);
        connections.addWaiting(-waiting);
      },
    };
    connections.add(connection);
    connections.addWaiting(waiting);
    return connection;
  };
  return { ...connections, add, closed, tcp: () => readCounters(counters).tcp };
}

describe('the pool of TCP connections', () => {
  it('closes the oldest that never asked, while those are more than a quarter', () => {
    const { add, use, closed, tcp } = pool({ connections: 4 });
    use(add('resolver'));
    add('silent 1');
    add('silent 2');
    add('silent 3');
    add('silent 4');
    add('silent 5');
    expect(closed).toEqual(['silent 1', 'silent 2']);
    expect(tcp()).toMatchObject({ open: 4, evicted: 2 });
  });

  it('closes the one that was not used for longest when nearly all are in use', () => {
    const { add, use, closed } = pool({ connections: 4 });
    const [a, b] = [add('a'), add('b')];
    use(a);
    use(b);
    use(add('c'));
    add('newcomer');
    use(a);
    add('next');
    expect(closed).toEqual(['b']);
  });

  it('closes the one with the most when too much waits', () => {
    const { add, closed, tcp } = pool({ waitingBytes: 100 });
    add('little', 10);
    add('much', 60);
    add('some', 40);
    expect(closed).toEqual(['much']);
    expect(tcp()).toMatchObject({ open: 2, overfull: 1, waitingBytes: 50 });
  });

  it('grants less time when three quarters are taken', () => {
    const { add, idleMs, closeOverdue, closed } = pool({ connections: 4, idleMs: 100, crowdedIdleMs: 10 });
    add('a');
    add('b');
    expect(idleMs()).toBe(100);
    closeOverdue(99);
    expect(closed).toEqual([]);
    add('c');
    expect(idleMs()).toBe(10);
    closeOverdue(10);
    expect(closed).toEqual(['a', 'b', 'c']);
  });
});
