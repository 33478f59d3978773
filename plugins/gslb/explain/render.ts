import type { Explanation, MemberReport } from '#core/admin/schema.ts';
import { age } from '#plugins/cli/age.ts';
import type { Paint } from '#plugins/cli/paint.ts';
import { type Cell, type Table, tableText } from '#plugins/cli/table.ts';
import { type Explained, strategyText } from './differences.ts';

type Decided = NonNullable<Explanation['decided']>;

/** What one cluster says of a host, for people: whose it is, the chain as a table, and what else there is to know. */
export function explanationText(
  { context, explanation }: Explained,
  options: { readonly nowMs: number; readonly headers: boolean },
  paint: Paint,
): string {
  const { host, geoTag, client, notServed, decided } = explanation;
  const asker = client === undefined ? '' : ` for ${client}`;
  const title = `${host}${asker} as ${geoTag} decides it (context ${context})`;
  if (decided === undefined) return `${title}\n${paint('bad', plain(`not served: ${notServed ?? ''}`))}\n`;
  const { headers } = options;
  return [
    `${title}\n`,
    `${plain(about(host, decided))}\n`,
    '\n',
    tableText(chain(decided), paint, { headers }),
    '\n',
    ...remarks(decided, client, options.nowMs).map((line) => `${line}\n`),
  ].join('');
}

function about(host: string, { name, gslb, strategy, policy, health }: Decided): string {
  const rules = policy === undefined ? '' : `, GslbPolicy ${policy}`;
  const wildcard = name === host ? '' : ` by ${name}`;
  return `Gslb ${gslb.namespace}/${gslb.name}${wildcard}, ${strategyText(strategy)}${rules}; its Services here: ${health}`;
}

function chain(decided: Decided): Table {
  const rows: (readonly Cell[])[] = decided.members.map((member) => ['member', member.geoTag, state(member)]);
  for (const { filter, removed, note } of decided.steps) {
    for (const { geoTag, why } of removed)
      rows.push([filter, { text: geoTag, tone: 'warning' }, `out: ${why}`]);
    if (note !== undefined) rows.push([filter, '-', note]);
    if (removed.length === 0 && note === undefined)
      rows.push([filter, '-', { text: 'all stay', tone: 'quiet' }]);
  }
  const { clusters, addresses } = decided.answer;
  const answer: Cell =
    addresses.length === 0
      ? { text: 'nothing (NODATA)', tone: 'bad' }
      : { text: addresses.join(', '), tone: 'good' };
  rows.push(['answer', clusters.join(', ') || '-', answer]);
  return { headers: ['STEP', 'CLUSTER', 'WHAT'], rows };
}

function state({ state: word, addresses }: MemberReport): Cell {
  const text = `${word}: ${addresses.join(', ') || 'no healthy address'}`;
  return word === 'silent' || word === 'unknown' ? { text: word, tone: 'bad' } : text;
}

const varies = {
  no: 'every answer has all of them',
  draw: 'each answer has one set, drawn by weight',
  client: 'which of them depends on the client: --client ADDRESS tells',
} as const;

const dependencies = {
  network: 'the network that the client is in (nets or fence of the GslbPolicy)',
  place: 'its place (place database)',
  hash: 'a hash of its network (affinity)',
  draw: 'a draw by weight, for each answer anew',
} as const;

/** Of what is left to a hash of the client's network. */
const sticky = 'the same cluster of these for all clients of its network';

function remarks(decided: Decided, client: string | undefined, nowMs: number): readonly string[] {
  const { answer, ttl, active, withheld = [], heldUntil, reconsiderAt, remarks: noted } = decided;
  return [
    `answer:  ${answer.varies === 'client' && client !== undefined ? sticky : varies[answer.varies]}${scope(answer.scopeBits)}`,
    ...(answer.dependsOn === undefined
      ? []
      : [`depends: on ${answer.dependsOn.map((each) => dependencies[each]).join(', ')}`]),
    ...(answer.shares ?? []).map(
      ({ weight, addresses }) => `share:   ${percent(weight, answer.shares)} ${addresses.join(', ')}`,
    ),
    `TTL:     ${ttl.seconds} s (${ttl.cause}); of no answer ${ttl.negativeSeconds} s`,
    ...(active === undefined
      ? []
      : [
          `active:  ${active.geoTag} since ${age(nowMs - Date.parse(active.since))} (epoch ${active.epoch}): ${active.reason}`,
        ]),
    ...withheld.map(({ address, why }) => `kept back: ${address}: ${why}`),
    ...(heldUntil === undefined ? [] : [`held:    others go first until ${heldUntil}`]),
    ...(reconsiderAt === undefined ? [] : [`next:    it is decided again at ${reconsiderAt}`]),
    ...noted.map(({ reason, message }) => `${reason}: ${message}`),
  ].map(plain);
}

/** What a sidecar says must not move the cursor. */
const plain = (line: string): string => line.replaceAll(/\p{Cc}/gu, '\uFFFD');

function scope(bits: number | undefined): string {
  if (bits === undefined) return '';
  return bits === 0
    ? '; alike for every client (SCOPE 0)'
    : `; alike for all of its /${bits} (SCOPE ${bits})`;
}

function percent(weight: number, shares: Decided['answer']['shares']): string {
  const sum = (shares ?? []).reduce((total, share) => total + share.weight, 0);
  return sum === 0 ? '0%' : `${Math.round((100 * weight) / sum)}%`;
}
