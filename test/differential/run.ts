import type { Endpoint } from '#test/support/dns-exchange.ts';
import { openAsker } from './asker.ts';
import { type DnsQuestion, makeQuestion } from './questions.ts';
import type { Random } from './random.ts';
import { type Reading, readReply } from './reading.ts';
import { rules } from './rules.ts';
import type { World } from './world.ts';

export interface Difference {
  readonly question: DnsQuestion;
  readonly ours: Reading;
  readonly theirs: Reading;
}

export interface DifferentialResult {
  readonly questions: number;
  /** How often each rule explained a difference, by its name. */
  readonly explained: ReadonlyMap<string, number>;
  readonly unexplained: readonly Difference[];
  /** Questions to which we gave no answer. */
  readonly silences: number;
}

/** Asks both servers `count` questions, up to 64 at once, and compares the replies section by section. */
export async function runDifferential(options: {
  readonly world: World;
  readonly random: Random;
  readonly count: number;
  readonly ours: Endpoint;
  readonly theirs: Endpoint;
}): Promise<DifferentialResult> {
  const { world, random, count, ours, theirs } = options;
  await using us = await openAsker(ours, PATIENCE_MS);
  await using them = await openAsker(theirs, PATIENCE_MS);
  const explained = new Map<string, number>();
  const unexplained: Difference[] = [];
  let silences = 0;
  let left = count;

  const work = async () => {
    while (left > 0) {
      left -= 1;
      const question = makeQuestion(world, random);
      const [our, their] = await Promise.all(
        [us, them].map(async (server) => readReply(await server.ask(question.bytes, question.tcp))),
      );
      if (our === undefined || their === undefined) continue;
      if (our.rcode === 'silence') silences += 1;
      const names = explain(question, our, their);
      if (names === undefined) unexplained.push({ question, ours: our, theirs: their });
      else for (const name of names) explained.set(name, (explained.get(name) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: OPEN_QUESTIONS }, work));
  return { questions: count, explained, unexplained, silences };
}

const PATIENCE_MS = 2000;
const OPEN_QUESTIONS = 64;

/** The rules that together explain the difference; none where there is none; undefined when they do not. */
function explain(question: DnsQuestion, ours: Reading, theirs: Reading): readonly string[] | undefined {
  let reconciled = ours;
  const names: string[] = [];
  for (const rule of rules) {
    if (isSame(reconciled, theirs)) break;
    if (!rule.applies(question, ours, theirs)) continue;
    const next = rule.asTheirs(reconciled, theirs);
    if (!isSame(next, reconciled)) names.push(rule.name);
    reconciled = next;
  }
  return isSame(reconciled, theirs) ? names : undefined;
}

const isSame = (a: Reading, b: Reading): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A difference for people: what differs of it, and the octets to ask again with. */
export function differenceText({ question, ours, theirs }: Difference): string {
  const fields = (Object.keys({ ...ours, ...theirs }) as (keyof Reading)[]).filter(
    (key) => JSON.stringify(ours[key]) !== JSON.stringify(theirs[key]),
  );
  const { labels, type, class: qclass, opcode, tcp, opts, bytes } = question;
  const asked = `${JSON.stringify(labels.join('.'))} type ${type} class ${qclass} opcode ${opcode}${tcp ? ' tcp' : ''}`;
  return [
    `${asked} opts ${JSON.stringify(opts.map((opt) => ({ ...opt, options: opt.options.map((one) => `${one.code}:${one.data.toString('hex')}`) })))}`,
    `  octets ${bytes.toString('hex')}`,
    ...fields.map(
      (key) => `  ${key}: ours ${JSON.stringify(ours[key])}, BIND's ${JSON.stringify(theirs[key])}`,
    ),
  ].join('\n');
}
