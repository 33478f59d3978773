import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { FlagError } from '#core/program/errors.ts';
import { oneOf } from '#core/program/one-of.ts';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** All settings of either program, checked. Defaults stand in {@link usage}. */
export interface AgentFlags {
  readonly program: 'agent' | 'gateway';
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly health: Endpoint;
  /** Agent only. */
  readonly kubelet: Endpoint;
  /** Gateway only. */
  readonly gateway: Endpoint;
  readonly logFormat: 'json' | 'text';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export const usage = `offload-agent: peers this cluster with others, so that namespaces spread over them

Usage:
  offload-agent agent [flags]       controllers and the kubelet endpoint of virtual nodes
  offload-agent gateway [flags]     streams between pods of peered clusters

Flags:
  --kubeconfig FILE          API server by kubeconfig (default: the pod's service account)
  --context NAME             context of that kubeconfig
  --health ADDR:PORT         /readyz and /healthz over HTTP (default 0.0.0.0:8080)
  --kubelet ADDR:PORT        agent: kubelet endpoint (default 0.0.0.0:10250)
  --listen ADDR:PORT         gateway: where peers connect (default 0.0.0.0:5871)
  --log-format json|text     default json
  --log-level LEVEL          debug, info (default), warn, error
  --version, --help

POD_NAME, POD_NAMESPACE and POD_IP say who and where this replica is.
`;

const options = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  health: { type: 'string' },
  kubelet: { type: 'string' },
  listen: { type: 'string' },
  'log-format': { type: 'string' },
  'log-level': { type: 'string' },
} as const;

/** Reads the command line. @throws FlagError naming the flag, its value and what is accepted. */
export function parseFlags(argv: readonly string[]): AgentFlags {
  const { values, positionals } = parse(argv);
  const [program, ...more] = positionals;
  if ((program !== 'agent' && program !== 'gateway') || more.length > 0)
    throw new FlagError(
      program === undefined
        ? 'agent or gateway is missing'
        : `"${positionals.join(' ')}" is not agent or gateway`,
      'offload-agent --help shows the usage',
    );
  const foreign = program === 'agent' ? 'listen' : 'kubelet';
  if (values[foreign] !== undefined)
    throw new FlagError(`--${foreign} is no flag of ${program}`, 'offload-agent --help shows the usage');
  return {
    program,
    kubeconfig: values.kubeconfig,
    context: values.context,
    health: endpoint(values.health ?? '0.0.0.0:8080', '--health'),
    kubelet: endpoint(values.kubelet ?? '0.0.0.0:10250', '--kubelet'),
    gateway: endpoint(values.listen ?? '0.0.0.0:5871', '--listen'),
    logFormat: oneOf(values['log-format'], '--log-format', ['json', 'text'], 'json'),
    logLevel: oneOf(values['log-level'], '--log-level', ['debug', 'info', 'warn', 'error'], 'info'),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
  } catch (cause) {
    throw new FlagError((cause as Error).message, 'offload-agent --help lists the flags', { cause });
  }
}

function endpoint(text: string, flag: string): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (isIP(address) && port >= 0 && port < 65_536) return { address, port };
  throw new FlagError(`${flag} "${text}" is not ADDR:PORT`, `for example ${flag}=0.0.0.0:8080`);
}
