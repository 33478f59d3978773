import { rcodeName, TYPE, typeName } from '#core/wire/constants.ts';
import type { Message } from '#core/wire/message.ts';
import { nameOf } from '#core/wire/name-text.ts';
import { buildQuery } from '#core/wire/query.ts';
import { readMessage } from '#core/wire/read-message.ts';
import { askTcp } from '#test/support/dns-exchange.ts';

export interface ResolverQuestion {
  /** `app.cloud.example.com AAAA`. */
  readonly text: string;
  readonly name: string;
  readonly type: number;
}

const names = [
  ...['app', 'x.apps', 'y.z.apps', 'a.deep.down', 'deep.down', 'idle', 'many', 'nope', 'no.no'].map(
    (label) => `${label}.cloud.example.com`,
  ),
  'cloud.example.com',
  'www.example.com',
  'nope.example.com',
];
const types = [TYPE.A, TYPE.AAAA, TYPE.TXT, TYPE.HTTPS, TYPE.NS, TYPE.SOA, TYPE.DS];

export const everyQuestion: readonly ResolverQuestion[] = names.flatMap((name) =>
  types.map((type) => ({ text: `${name} ${typeName(type)}`, name, type })),
);

/** `NOERROR 10.0.0.1 10.0.0.2`, `NOERROR ad 192.0.2.80`, `NXDOMAIN`, `NOERROR 2 records`, as the resolver says. */
export async function resolve(address: string, { name, type }: ResolverQuestion): Promise<string> {
  const query = buildQuery({
    id: 1 + Math.floor(Math.random() * 0xffff),
    name: nameOf(name),
    type,
    recursionDesired: true,
    edns: { udpBytes: 1232, dnssecOk: true, upperRcode: 0, options: [] },
  });
  let cause: unknown;
  // Until it has started, and while it finds its way for the first time.
  for (let tries = 0; tries < 40; tries += 1) {
    try {
      const [reply = new Uint8Array()] = await askTcp({ address, port: 53 }, query);
      const read = readMessage(reply);
      if (!read.ok) return read.error.message;
      return inWords(read.value, type);
    } catch (error) {
      cause = error;
      await new Promise((later) => setTimeout(later, 200));
    }
  }
  throw cause;
}

function inWords(message: Message, type: number): string {
  const records = message.answers.filter((record) => record.type === type);
  const addresses = records.flatMap(({ rdata }) => ('address' in rdata ? [rdata.address] : []));
  return [
    rcodeName(message.rcode),
    ...(message.authenticData ? ['ad'] : []),
    ...(addresses.length > 0 && addresses.length < 10
      ? addresses.toSorted()
      : records.length > 0
        ? [`${records.length} records`]
        : []),
  ].join(' ');
}
