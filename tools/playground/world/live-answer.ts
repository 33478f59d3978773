/** One request through a name, and who answered it. */
export interface LiveAnswer {
  /** The node's address that the name led to. */
  readonly address: string;
  /** HTTP status. */
  readonly status: number;
  /** Host name that the pod reported; undefined when the answer held none. */
  readonly pod: string | undefined;
}

/** Reads what curl printed: the body, and on a last line address and status. */
export function parseAnswer(stdout: string): LiveAnswer {
  const end = stdout.lastIndexOf('\n');
  const [address = '', status = ''] = stdout.slice(end + 1).split(' ');
  const pod = /"hostname":\s*"([^"]+)"/.exec(stdout.slice(0, end))?.[1];
  return { address, status: Number(status), pod };
}
