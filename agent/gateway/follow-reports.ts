import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { type GatewayReport, gatewayProtocols } from '#agent/model/gateway-table.ts';
import { backoffMs } from '#core/source/api-server/backoff.ts';
import { pause } from '#core/source/api-server/pause.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { dial, type GatewayKey } from './dial.ts';
import { fingerprintOf } from './fingerprint.ts';
import { gatewayTiming } from './timing.ts';

/** Three signs of life missing by half. */
const silenceMs = 1500;
const backoff = { minMs: 100, maxMs: 1000 };
/** 40,000 failed ports and 1,000 links are less. */
const maxLineLength = 1024 * 1024;

/**
 * Reads the reports of one replica of our own gateway until the signal aborts; never rejects. `onReport` gets each
 * one that differs from the last, and undefined when the gateway was silent for 1.5 s or the connection broke: its
 * state is not known then. Connects again after 0.1 to 1 s.
 */
export async function followReports(
  options: GatewayKey & {
    readonly address: string;
    readonly port: number;
    readonly onReport: (report: GatewayReport | undefined) => void;
    readonly log: Logger;
    readonly random: () => number;
    /** For tests. Default 1500. */
    readonly silenceMs?: number;
  },
  signal: AbortSignal,
): Promise<void> {
  const { address, port, keyPem, certificatePem, onReport, log, random } = options;
  const timeoutMs = options.silenceMs ?? silenceMs;
  let last = '';
  let failures = 0;
  const tell = (line: string): void => {
    const report = line === '' ? undefined : parseReport(line);
    if (line !== '') failures = 0;
    if (line === last) return;
    last = line;
    onReport(report);
  };
  while (!signal.aborted) {
    try {
      await dial(
        {
          address: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
          fingerprint: fingerprintOf(new X509Certificate(certificatePem)),
          protocol: gatewayProtocols.report,
          key: { keyPem, certificatePem },
          timeoutMs: gatewayTiming.handshakeTimeoutMs,
        },
        signal,
        (socket) => readLines(socket, tell, timeoutMs, signal),
      );
    } catch (error) {
      if (!signal.aborted) log.debug({ address, port, error }, 'the gateway cannot be asked for reports');
    }
    if (signal.aborted) return;
    tell('');
    await pause(backoffMs(++failures, backoff, random), signal);
  }
}

/** Resolves when the connection is over, which silence and nonsense make it. */
function readLines(
  socket: TLSSocket,
  tell: (line: string) => void,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    let rest = '';
    const end = (): void => void socket.destroy();
    signal.addEventListener('abort', end, { once: true });
    const timer = setTimeout(end, timeoutMs);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) timer.refresh();
      try {
        if (rest.length > maxLineLength) throw new Error('a line without end');
        for (const line of lines) tell(line);
      } catch {
        socket.destroy();
      }
    });
    socket.once('end', end);
    socket.once('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    });
  });
}

/** The other side has our own key, so it is ours; its version may be another. @throws Error when it is no report */
function parseReport(line: string): GatewayReport {
  const { revision, failedPorts, links } = JSON.parse(line) as Partial<GatewayReport>;
  const good =
    typeof revision === 'string' &&
    Array.isArray(failedPorts) &&
    failedPorts.every((port) => Number.isInteger(port)) &&
    typeof links === 'object' &&
    links !== null &&
    Object.values(links).every((up) => typeof up === 'boolean');
  if (!good) throw new Error('not a report');
  return { revision, failedPorts, links };
}
