import { FlagError } from '#core/program/errors.ts';
import { wholeNumber } from '#core/program/whole-number.ts';
import { type Prefix, parsePrefix } from '#core/wire/prefix.ts';
import { type RateLimits, usualRateLimits } from '#sidecar/serve/rate-limit.ts';
import { type TcpLimits, usualTcpLimits } from '#sidecar/serve/tcp-connection.ts';

/** What guards the DNS server and shows what it does. */
export interface GuardFlags {
  readonly rateLimits: RateLimits;
  readonly tcpLimits: TcpLimits;
  readonly queryLog: { readonly path: string; readonly oneIn: number } | undefined;
}

export const guardUsage = `Under attack:
  --rrl-responses-per-second N  UDP responses to one client (/24, /56) about one name, the missing names of one
                             zone, or errors (default 1000; 0: no limit of responses at all)
  --rrl-all-per-second N     UDP responses to one client about everything (default 0: no such limit)
  --rrl-window SECONDS       for how long what a client had too much is remembered (default 15)
  --rrl-slip N               of the responses beyond a limit, one in N is sent truncated (default 2; 0: none)
  --rrl-exempt-clients LIST  prefixes without limits, comma between them, or none (default 127.0.0.0/8,::1)
  --rrl-log-only             count and log what would be limited, and send it
  --tcp-clients N            TCP connections at once (default 1000)
  --tcp-clients-per-source N of one IPv4 address or IPv6 /64 (default 100)
  --tcp-idle-timeout SECONDS how long a TCP connection may idle (default 10)
`;

export const queryLogUsage = `  --query-log FILE           a JSON line for each query; a slow or full FILE costs lines, not answers (default off)
  --query-log-sample N       only one query in N (default 1: all)
`;

export const guardOptions = {
  'rrl-responses-per-second': { type: 'string' },
  'rrl-all-per-second': { type: 'string' },
  'rrl-window': { type: 'string' },
  'rrl-slip': { type: 'string' },
  'rrl-exempt-clients': { type: 'string' },
  'rrl-log-only': { type: 'boolean' },
  'tcp-clients': { type: 'string' },
  'tcp-clients-per-source': { type: 'string' },
  'tcp-idle-timeout': { type: 'string' },
  'query-log': { type: 'string' },
  'query-log-sample': { type: 'string' },
} as const;

type Values = {
  readonly [Name in keyof typeof guardOptions]?:
    | ((typeof guardOptions)[Name]['type'] extends 'boolean' ? boolean : string)
    | undefined;
};

/** @throws FlagError naming the flag, its value and what is accepted. */
export function guardFlags(values: Values): GuardFlags {
  const number = (name: keyof Values, fallback: number, least: number, most: number) =>
    wholeNumber(values[name], `--${name}`, fallback, least, most);
  const idleMs = number('tcp-idle-timeout', usualTcpLimits.idleMs / 1000, 1, 3600) * 1000;
  const path = values['query-log'];
  if (path === undefined && values['query-log-sample'] !== undefined)
    throw new FlagError(
      '--query-log-sample needs --query-log',
      'give the file too, for example --query-log=/var/log/gslb/queries.json',
    );
  return {
    rateLimits: {
      responsesPerSecond: number(
        'rrl-responses-per-second',
        usualRateLimits.responsesPerSecond,
        0,
        10_000_000,
      ),
      allPerSecond: number('rrl-all-per-second', usualRateLimits.allPerSecond, 0, 10_000_000),
      windowSeconds: number('rrl-window', usualRateLimits.windowSeconds, 1, 3600),
      slip: number('rrl-slip', usualRateLimits.slip, 0, 10),
      logOnly: values['rrl-log-only'] ?? usualRateLimits.logOnly,
      exempt: prefixList(values['rrl-exempt-clients'], '--rrl-exempt-clients') ?? usualRateLimits.exempt,
    },
    tcpLimits: {
      ...usualTcpLimits,
      connections: number('tcp-clients', usualTcpLimits.connections, 1, 100_000),
      connectionsPerClient: number('tcp-clients-per-source', usualTcpLimits.connectionsPerClient, 1, 100_000),
      idleMs,
      crowdedIdleMs: Math.min(usualTcpLimits.crowdedIdleMs, idleMs),
    },
    queryLog:
      path === undefined || path === ''
        ? undefined
        : { path, oneIn: number('query-log-sample', 1, 1, 1_000_000_000) },
  };
}

/** Prefixes with commas between, or `none`; not given: undefined. @throws FlagError */
export function prefixList(text: string | undefined, flag: string): readonly Prefix[] | undefined {
  if (text === undefined || text === '') return undefined;
  if (text === 'none') return [];
  return text.split(',').map((part) => {
    const prefix = parsePrefix(part.trim());
    if (prefix !== undefined) return prefix;
    throw new FlagError(
      `${flag}: "${part}" is not a prefix`,
      `for example ${flag}=127.0.0.0/8,10.0.0.0/8,2001:db8::/32, or none`,
    );
  });
}
