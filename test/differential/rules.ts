import { OPCODE, TYPE } from '#core/wire/constants.ts';
import type { DnsQuestion } from './questions.ts';
import type { Reading } from './reading.ts';

/** A difference between BIND's reply and ours that is meant to be. */
export interface Rule {
  readonly name: string;
  readonly reason: string;
  /** Whether it holds here. */
  readonly applies: (question: DnsQuestion, ours: Reading, theirs: Reading) => boolean;
  /** Ours as BIND would have it. What still differs is not explained by this rule. */
  readonly asTheirs: (ours: Reading, theirs: Reading) => Reading;
}

const like =
  (...fields: readonly (keyof Reading)[]) =>
  (ours: Reading, theirs: Reading): Reading => ({
    ...ours,
    ...Object.fromEntries(fields.map((field) => [field, theirs[field]])),
  });

const withFlag = (ours: Reading, theirs: Reading, flag: string): Reading => ({
  ...ours,
  flags: order.filter((one) => (one === flag ? theirs : ours).flags.split(' ').includes(one)).join(' '),
});
const order = ['qr', 'aa', 'tc', 'rd', 'ra', 'z', 'ad', 'cd'];

const isRefusal = ({ rcode }: Reading) =>
  ['REFUSED', 'FORMERR', 'NOTIMP', 'NOTAUTH', 'BADVERS'].includes(rcode);
const isEmpty = ({ answers, authorities }: Reading) => answers.length + authorities.length === 0;

export const rules: readonly Rule[] = [
  {
    name: 'class CH is rate-limited by BIND',
    reason: 'Its built-in view for CH answers three queries a second and drops the rest; we refuse each.',
    applies: (question, ours, theirs) =>
      question.class === 3 && theirs.rcode === 'silence' && isRefusal(ours),
    asTheirs: (_, theirs) => theirs,
  },
  {
    name: 'extended errors',
    reason: 'We tell why (RFC 8914), BIND 9.18 hardly ever does.',
    applies: (_, ours, theirs) => ours.opt !== undefined && theirs.opt !== undefined,
    asTheirs: (ours, theirs) =>
      ours.opt === undefined
        ? ours
        : {
            ...ours,
            opt: {
              ...ours.opt,
              options: [
                ...ours.opt.options.filter((option) => !option.startsWith('15:')),
                ...(theirs.opt?.options ?? []).filter((option) => option.startsWith('15:')),
              ].toSorted(),
            },
          },
  },
  {
    name: 'CD is cleared',
    reason: 'RFC 4035 §3.1.6: an authoritative server should clear CD, which BIND copies as a resolver must.',
    applies: (question) => (question.bytes.readUInt16BE(2) & 0x10) !== 0,
    asTheirs: (ours, theirs) => withFlag(ours, theirs, 'cd'),
  },
  {
    name: 'unknown opcodes',
    reason:
      'What sections of an unknown opcode mean is unknown: NOTIMP whatever is in them, with the question where one can be read. BIND reads OPT first, and echoes neither question nor RD.',
    applies: (question, ours, theirs) =>
      question.opcode !== 0 &&
      ours.rcode === 'NOTIMP' &&
      ['NOTIMP', 'FORMERR', 'BADVERS'].includes(theirs.rcode),
    asTheirs: (ours, theirs) => withFlag(like('rcode', 'question', 'opt')(ours, theirs), theirs, 'rd'),
  },
  {
    name: 'NOTIFY and UPDATE',
    reason: 'We refuse both without a look at what they say; BIND finds fault with it first, and clears RD.',
    applies: (question, ours, theirs) =>
      (question.opcode === OPCODE.NOTIFY || question.opcode === OPCODE.UPDATE) &&
      isRefusal(ours) &&
      isRefusal(theirs),
    asTheirs: (ours, theirs) => withFlag(like('rcode', 'question', 'opt')(ours, theirs), theirs, 'rd'),
  },
  {
    name: 'a transfer of what is no zone',
    reason: 'We refuse every transfer; BIND says NOTAUTH where no zone starts.',
    applies: (question, ours, theirs) =>
      (question.type === TYPE.AXFR || question.type === TYPE.IXFR) &&
      ours.rcode === 'REFUSED' &&
      theirs.rcode === 'NOTAUTH',
    asTheirs: like('rcode'),
  },
  {
    name: 'a truncated RRset',
    reason:
      'Both say TC. We leave a whole RRset out (RFC 2181 §9), BIND puts in what fits, and forgets to clear AD then.',
    applies: (_, ours, theirs) =>
      ours.flags.includes('tc') && theirs.flags.includes('tc') && isEmpty(ours) && theirs.answers.length > 0,
    asTheirs: (ours, theirs) => withFlag(like('answers')(ours, theirs), theirs, 'ad'),
  },
  {
    name: 'types from 128 to 255',
    reason:
      'RFC 6895 keeps them for questions. Those not assigned are NODATA or NXDOMAIN to us, as any unknown type (RFC 3597), and FORMERR to BIND.',
    applies: (question, _, theirs) =>
      question.type >= 128 && question.type < TYPE.TSIG - 1 && theirs.rcode === 'FORMERR',
    asTheirs: (ours, theirs) =>
      ['NOERROR', 'NXDOMAIN', 'REFUSED'].includes(ours.rcode) && ours.answers.length === 0
        ? withFlag(like('rcode', 'authorities')(ours, theirs), theirs, 'aa')
        : ours,
  },
  {
    name: 'other classes',
    reason: 'We refuse what is not IN; BIND has NOTIMP for unknown classes and FORMERR for class 0.',
    applies: (question, ours, theirs) => question.class !== 1 && isRefusal(ours) && isRefusal(theirs),
    asTheirs: like('rcode'),
  },
  {
    name: 'the last octets before the limit',
    reason:
      'BIND writes the owner anew where the question is not in the letters of its zone file, so up to 255 octets less fit.',
    applies: (question, ours, theirs) =>
      theirs.flags.includes('tc') &&
      !ours.flags.includes('tc') &&
      question.labels.some((label) => /[A-Z]/.test(label)) &&
      theirs.answers.length >= ours.answers.length - 16 &&
      theirs.answers.every((record) => ours.answers.includes(record)),
    asTheirs: (ours, theirs) => withFlag(withFlag(like('answers')(ours, theirs), theirs, 'tc'), theirs, 'ad'),
  },
  {
    name: 'a bad cookie without a question',
    reason: 'RFC 7873 §5.4 says BADCOOKIE; BIND says NOERROR, with a good cookie like ours.',
    applies: (question, ours, theirs) =>
      question.questions === 0 && ours.rcode === 'BADCOOKIE' && theirs.rcode === 'NOERROR',
    asTheirs: like('rcode'),
  },
  {
    name: 'two OPT records',
    reason:
      'Neither can be believed: FORMERR without OPT. BIND has one when it stumbled over an option of the first.',
    applies: (question, ours, theirs) =>
      question.opts.length > 1 && ours.rcode === 'FORMERR' && theirs.rcode === 'FORMERR',
    asTheirs: like('opt'),
  },
  {
    name: 'a malformed option of a later EDNS version',
    reason:
      'Nobody knows what options of version 1 look like: BADVERS comes first (RFC 6891 §6.1.3); BIND has read them before.',
    applies: (question, ours, theirs) =>
      question.opts.some((opt) => opt.version > 0) && ours.rcode === 'BADVERS' && theirs.rcode === 'FORMERR',
    asTheirs: like('rcode', 'opt'),
  },
  {
    name: 'DO in FORMERR',
    reason: 'We copy DO whenever OPT could be read (RFC 6891 §6.1.1, RFC 3225); BIND not into FORMERR.',
    applies: (_, ours, theirs) => ours.rcode === 'FORMERR' && theirs.rcode === 'FORMERR' && isEmpty(ours),
    asTheirs: (ours, theirs) => ({
      ...ours,
      opt: ours.opt && theirs.opt && { ...ours.opt, flags: theirs.opt.flags },
    }),
  },
  {
    name: 'ANY over TCP',
    reason: 'RFC 8482 §4.1 allows one RRset over either transport; BIND gives all over TCP.',
    applies: (question, ours, theirs) =>
      question.tcp &&
      question.type === TYPE.ANY &&
      ours.answers.length > 0 &&
      ours.answers.every((record) => theirs.answers.includes(record)),
    asTheirs: like('answers'),
  },
];
