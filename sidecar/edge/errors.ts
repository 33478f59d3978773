import type { Zone } from '#sidecar/model/zone.ts';
import { nameServerName, ownerName } from './names.ts';

/**
 * Why a zone's delegation cannot be read or kept current. `retry` heals by itself (tried again with a growing
 * pause of at most 30 s), `configuration` needs a person (tried each 30 s, and at once when the key file changes).
 */
export interface EdgeProblem {
  /** Stable and CamelCase: a condition's reason. */
  readonly code: EdgeProblemCode;
  readonly kind: 'retry' | 'configuration';
  /** A sentence with zone, server and key name; never a secret. */
  readonly message: string;
  readonly hint: string;
}

export type EdgeProblemCode = keyof typeof catalogue;

/** What a problem's sentences are about. */
export interface EdgeFacts {
  readonly zone: Zone;
  readonly geoTag: string;
  /** `192.0.2.53:53`. */
  readonly server: string;
  /** Undefined: updates are not signed. */
  readonly keyName: string | undefined;
  readonly keyFile: string | undefined;
  /** What was seen, as a clause: `its clock is 400 s ahead of ours`. */
  readonly detail: string;
}

interface Entry {
  readonly kind: EdgeProblem['kind'];
  readonly message: (facts: EdgeFacts) => string;
  readonly hint: (facts: EdgeFacts) => string;
}

/** Makes the problem of that code. */
export function edgeProblem(code: EdgeProblemCode, facts: EdgeFacts): EdgeProblem {
  const { kind, message, hint } = catalogue[code] as Entry;
  return { code, kind, message: message(facts), hint: hint(facts) };
}

const signedBy = ({ keyName }: EdgeFacts) =>
  keyName === undefined ? 'unsigned' : `signed with key "${keyName}"`;
const updateOf = (facts: EdgeFacts) =>
  `the update of ${facts.zone.parent} for zone ${facts.zone.name} (${signedBy(facts)})`;

/** What the cluster's key must be allowed to write, as it goes into BIND's configuration. */
function grants({ zone, geoTag, keyName }: EdgeFacts): string {
  const key = keyName ?? '<key>';
  return [
    `grant ${key} name ${zone.name}. NS;`,
    `grant ${key} name ${nameServerName(geoTag, zone)}. A AAAA;`,
    `grant ${key} name ${ownerName(geoTag, zone)}. TXT;`,
  ].join(' ');
}

const catalogue = {
  EdgeUnreachable: {
    kind: 'retry',
    message: ({ zone, detail }) => `The edge of zone ${zone.name} cannot be reached. ${detail}`,
    hint: ({ zone, server }) =>
      `Check that the primary of ${zone.parent} runs, and that --edge-server (${server}) is its address.`,
  },
  EdgeTimeout: {
    kind: 'retry',
    message: ({ zone, detail }) => `The edge of zone ${zone.name} does not reply. ${detail}`,
    hint: ({ server }) => `Check that no firewall drops UDP and TCP to ${server}, and that the server runs.`,
  },
  EdgeServerFailure: {
    kind: 'retry',
    message: (facts) => `Edge DNS server ${facts.server} answered SERVFAIL to ${updateOf(facts)}.`,
    hint: ({ zone }) =>
      `Look into the server's log; often the zone file's directory of ${zone.parent} is not writable for the journal.`,
  },
  EdgeRefused: {
    kind: 'retry',
    message: (facts) => `Edge DNS server ${facts.server} refused ${updateOf(facts)}.`,
    hint: (facts) =>
      facts.keyName === undefined
        ? 'Give a TSIG key by --edge-key-file, or allow updates from this address.'
        : `Either the zone is frozen (rndc thaw ${facts.zone.parent}), or the key may not write what it needs: ` +
          `add to its update-policy { ${grants(facts)} }.`,
  },
  EdgeQueryRefused: {
    kind: 'retry',
    message: ({ zone, server, detail }) =>
      `Edge DNS server ${server} answered ${detail} to the question for the delegation of ${zone.name}.`,
    hint: ({ zone }) =>
      `Allow queries from this address (allow-query), and check that it serves ${zone.parent}.`,
  },
  EdgeClockSkew: {
    kind: 'retry',
    message: (facts) =>
      `Edge DNS server ${facts.server} refused the signature of ${updateOf(facts)}: ${facts.detail}.`,
    hint: () => 'Set the clocks by NTP; TSIG allows 300 s of difference.',
  },
  EdgeReplyUnverified: {
    kind: 'retry',
    message: (facts) =>
      `The reply of edge DNS server ${facts.server} to ${updateOf(facts)} is not to be trusted: ${facts.detail}.`,
    hint: () =>
      'Something on the way answers in the name of the server, or the server signs with another key of this name.',
  },
  EdgeNotApplied: {
    kind: 'retry',
    message: (facts) =>
      `Edge DNS server ${facts.server} accepted ${updateOf(facts)}, but does not show its result: ${facts.detail}.`,
    hint: ({ zone }) =>
      `Check that --edge-server is the primary of ${zone.parent}, not a secondary that forwards updates, and that nothing else removes the records.`,
  },
  EdgeUnexpectedReply: {
    kind: 'retry',
    message: (facts) => `Edge DNS server ${facts.server} answered ${facts.detail} to ${updateOf(facts)}.`,
    hint: () => 'Look into the log of the server.',
  },
  NoDnsAddresses: {
    kind: 'retry',
    message: ({ zone }) =>
      `No DNS server of this cluster is ready, so its part of the delegation of ${zone.name} is left as it is.`,
    hint: () =>
      'Check that sidecar pods are Ready and that --dns-addresses names addresses that their nodes have.',
  },
  EdgeBadKey: {
    kind: 'configuration',
    message: (facts) =>
      `Edge DNS server ${facts.server} does not know TSIG key "${facts.keyName}" (BADKEY, zone ${facts.zone.name}).`,
    hint: (facts) =>
      `Add the key of ${facts.keyFile} to the server's configuration (key "${facts.keyName}" { … };), or put the key that it knows into that file; name and algorithm must agree.`,
  },
  EdgeBadSignature: {
    kind: 'configuration',
    message: (facts) =>
      `Edge DNS server ${facts.server} knows TSIG key "${facts.keyName}" with another secret (BADSIG, zone ${facts.zone.name}).`,
    hint: (facts) =>
      `Copy the secret of key "${facts.keyName}" from the server's configuration into ${facts.keyFile}.`,
  },
  EdgeNotAuthoritative: {
    kind: 'configuration',
    message: (facts) =>
      `Edge DNS server ${facts.server} is not authoritative for ${facts.zone.parent}, the parent of ${facts.zone.name} (${facts.detail}).`,
    hint: ({ zone }) =>
      `Point --edge-server to the primary of ${zone.parent} (dig +short SOA ${zone.parent} names it), or correct spec.parentZone of the ZoneDelegation.`,
  },
  EdgeNotZone: {
    kind: 'configuration',
    message: (facts) =>
      `Edge DNS server ${facts.server} says that ${updateOf(facts)} names records outside that zone (NOTZONE).`,
    hint: () => 'Correct spec.parentZone of the ZoneDelegation: it must be the zone that the server serves.',
  },
  KeyFileUnreadable: {
    kind: 'configuration',
    message: ({ zone, keyFile, detail }) =>
      `TSIG key file ${keyFile} for the delegation of ${zone.name} cannot be read (${detail}).`,
    hint: ({ keyFile }) =>
      `Put a key there (tsig-keygen -a hmac-sha256 NAME > ${keyFile}), readable for the sidecar; in a cluster it is a Secret mounted as a file.`,
  },
  KeyFileInvalid: {
    kind: 'configuration',
    message: ({ zone, keyFile, detail }) =>
      `TSIG key file ${keyFile} for the delegation of ${zone.name} holds no usable key: ${detail}`,
    hint: () => 'Write it as tsig-keygen prints it: key "NAME" { algorithm hmac-sha256; secret "BASE64"; };',
  },
} as const satisfies Readonly<Record<string, Entry>>;

/** A problem that ends what somebody asked for. */
export class EdgeError extends Error {
  override readonly name = 'EdgeError';
  readonly code: EdgeProblemCode;
  readonly hint: string;

  constructor(problem: EdgeProblem) {
    super(problem.message);
    this.code = problem.code;
    this.hint = problem.hint;
  }
}
