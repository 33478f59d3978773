import { execFileSync } from 'node:child_process';
import { type DnsServer, startDnsServer } from '#sidecar/serve/server.ts';

// Run in a network namespace of its own: the server listens on every global address while addresses come and go.
// Its argument is how UDP is read and written. Prints a JSON array of what it saw, one entry per step.
const steps: unknown[] = [];
const problems: string[] = [];
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const ip = (words: string) => execFileSync('ip', words.split(' '));

ip('link set lo up');
ip('link add out type veth peer name far');
ip('link set out up');
ip('link set far up');

const server = await startDnsServer(
  {
    io: process.argv[2] === 'ffi' ? 'ffi' : 'dgram',
    listen: { port: 53, everyGlobalAddress: true },
    log: silent,
    onProblem: (problem) => problems.push(problem.code),
  },
  new AbortController().signal,
);
steps.push([addresses(server), [...problems]]);
ip('address add 10.9.0.1/24 dev out');
steps.push(await whenListening(['10.9.0.1']));
ip('address add 10.9.1.2/24 dev out');
ip('address del 10.9.0.1/24 dev out');
ip('address add fd09::1/64 dev out nodad');
steps.push(await whenListening(['10.9.1.2', 'fd09::1']));
await server.close();
process.stdout.write(JSON.stringify(steps));

function addresses(from: DnsServer): readonly string[] {
  return from.listening().map(({ address, transport }) => `${address} ${transport}`);
}

/** What is listened on once it is that, or after 12 s. */
async function whenListening(wanted: readonly string[]): Promise<readonly string[]> {
  const sockets = wanted.flatMap((address) => [`${address} udp`, `${address} tcp`]);
  for (let tries = 0; tries < 240 && addresses(server).join() !== sockets.join(); tries += 1)
    await new Promise((later) => setTimeout(later, 50));
  return addresses(server);
}
