import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pinned } from './machine.ts';

/** What one run of dnsperf says. */
export interface DnsperfRun {
  readonly sent: number;
  readonly completed: number;
  readonly lost: number;
  /** Replies with another response code than NOERROR. */
  readonly refused: number;
  readonly qps: number;
  readonly averageLatencyMs: number;
  readonly replyBytes: number;
}

/** Asks the server on 127.0.0.1 the questions of `file` over and over, as fast as it answers, from 4 sockets. */
export async function dnsperf(options: {
  readonly port: number;
  readonly file: string;
  readonly seconds: number;
  readonly core: number;
  /** More flags, for example `-e`. */
  readonly flags?: readonly string[];
}): Promise<DnsperfRun> {
  const { port, file, seconds, core, flags = [] } = options;
  const [program, ...args] = pinned(core, [
    'dnsperf',
    ...['-s', '127.0.0.1', '-p', String(port), '-d', file],
    ...['-l', String(seconds), '-c', '4', '-T', '1', '-q', '200'],
    ...flags,
  ]);
  const { stdout } = await promisify(execFile)(program, args);
  const number = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? Number.NaN);
  const completed = number(/Queries completed:\s+(\d+)/);
  return {
    sent: number(/Queries sent:\s+(\d+)/),
    completed,
    lost: number(/Queries lost:\s+(\d+)/),
    refused: completed - (completed === 0 ? 0 : number(/NOERROR (\d+)/)),
    qps: number(/Queries per second:\s+([\d.]+)/),
    averageLatencyMs: number(/Average Latency \(s\):\s+([\d.]+)/) * 1000,
    replyBytes: number(/Average packet size:\s+request \d+, response (\d+)/),
  };
}
