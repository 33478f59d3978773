import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
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

export interface DnsperfOptions {
  readonly port: number;
  readonly file: string;
  readonly seconds: number;
  readonly core: number;
  /** Queries per second; default as many as are answered. */
  readonly rate?: number;
  /** More flags, for example `-e`. */
  readonly flags?: readonly string[];
}

/** Asks the server on 127.0.0.1 the questions of `file` over and over from 4 sockets, 200 at most unanswered. */
export async function dnsperf(options: DnsperfOptions): Promise<DnsperfRun> {
  const { stdout } = await promisify(execFile)(...command(options));
  return readReport(stdout);
}

/**
 * The same, with the time that each answer took, in milliseconds. dnsperf itself is slower then; what it writes goes
 * into a file beside the questions and is read when it has ended, so that reading takes no core from either side.
 */
export async function timedDnsperf(
  options: DnsperfOptions,
): Promise<DnsperfRun & { readonly latenciesMs: Float64Array }> {
  const [program, args] = command({ ...options, flags: [...(options.flags ?? []), '-v'] });
  const path = `${options.file}.times`;
  await using output = await open(path, 'w+');
  await once(spawn(program, args, { stdio: ['ignore', output.fd, 'inherit'] }), 'close');
  const latencies: number[] = [];
  let report = '';
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (line.startsWith('> ')) latencies.push(Number(line.slice(line.lastIndexOf(' ') + 1)) * 1000);
    else report += `${line}\n`;
  }
  await rm(path);
  return { ...readReport(report), latenciesMs: Float64Array.from(latencies) };
}

function command(options: DnsperfOptions): [string, string[]] {
  const { port, file, seconds, core, rate, flags = [] } = options;
  const [program, ...args] = pinned(core, [
    'dnsperf',
    ...['-s', '127.0.0.1', '-p', String(port), '-d', file],
    ...['-l', String(seconds), '-c', '4', '-T', '1', '-q', '200'],
    ...(rate === undefined ? [] : ['-Q', String(Math.round(rate))]),
    ...flags,
  ]);
  return [program, args];
}

function readReport(report: string): DnsperfRun {
  const number = (pattern: RegExp) => Number(pattern.exec(report)?.[1] ?? Number.NaN);
  const completed = number(/Queries completed:\s+(\d+)/);
  return {
    sent: number(/Queries sent:\s+(\d+)/),
    completed,
    lost: number(/Queries lost:\s+(\d+)/),
    refused: completed - (completed === 0 ? 0 : number(/NOERROR (\d+)/) || 0),
    qps: number(/Queries per second:\s+([\d.]+)/),
    averageLatencyMs: number(/Average Latency \(s\):\s+([\d.]+)/) * 1000,
    replyBytes: number(/Average packet size:\s+request \d+, response (\d+)/),
  };
}
