/**
 * Something that the DNS server cannot do. It is never thrown: the server reports it, does the rest, and tries again
 * where that can help. `code` is stable; `message` is a sentence with the facts, `hint` says what mends it.
 */
export interface ServeProblem {
  readonly code: ServeProblemCode;
  readonly message: string;
  readonly hint: string;
  /** The socket that it is about, where it is about one. */
  readonly socket?: ListenSocket;
  /** What the system said. */
  readonly cause?: unknown;
}

export type ServeProblemCode =
  | 'port-taken'
  | 'address-missing'
  | 'port-forbidden'
  | 'bind-failed'
  | 'interfaces-unreadable'
  | 'no-address'
  | 'answers-refused'
  | 'query-failed'
  | 'query-log-unwritable'
  | 'ffi-unavailable'
  | 'thread-ended'
  | 'thread-stuck';

export interface ListenSocket {
  readonly address: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
}

/** Why a socket could not be bound, from the system's error code. */
export function bindProblem(socket: ListenSocket, errorCode: string | undefined): ServeProblem {
  const { address, port, transport } = socket;
  const where = `${address} port ${port} (${transport.toUpperCase()})`;
  const proto = transport === 'udp' ? '-u' : '-t';
  switch (errorCode) {
    case 'EADDRINUSE':
      return {
        code: 'port-taken',
        message: `Another process listens on ${where}, so DNS is not answered there.`,
        hint: `Find it with \`ss -lpn ${proto} sport = :${port}\` and stop it, or give --listen another address or port. It is tried again every 5 s.`,
        socket,
      };
    case 'EADDRNOTAVAIL':
      return {
        code: 'address-missing',
        message: `${address} is not an address of this machine, so DNS is not answered on ${where}.`,
        hint: 'Look at `ip address` and correct --listen. It is tried again every 5 s.',
        socket,
      };
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'port-forbidden',
        message: `This process may not listen on ${where}.`,
        hint: 'Ports below 1024 need the capability NET_BIND_SERVICE, or net.ipv4.ip_unprivileged_port_start lowered; or give --listen a higher port. It is tried again every 5 s.',
        socket,
      };
    default:
      return {
        code: 'bind-failed',
        message: `Listening on ${where} failed${errorCode === undefined ? '' : ` (${errorCode})`}.`,
        hint: 'The cause says what the system refused. It is tried again every 5 s.',
        socket,
      };
  }
}

/** Part of what should be answered cannot be put into DNS messages. */
export function refusedAnswers(what: string): ServeProblem {
  return {
    code: 'answers-refused',
    message: `${what}.`,
    hint: 'The rest is answered. Correct the object that the name or zone comes from.',
  };
}

/** UDP is read and written by node:dgram though it was wished, or begun, by node:ffi. */
export function noFfi(reason: string, cause?: unknown): ServeProblem {
  return {
    code: 'ffi-unavailable',
    message: `UDP cannot be read and written in batches by node:ffi (${reason}), so node:dgram does it, at about twice the cost per query.`,
    hint: 'Nothing is lost by it; --dns-io dgram or auto says that this is expected.',
    ...(cause !== undefined && { cause }),
  };
}
