import * as http from 'node:http';
import * as https from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { ProbeTarget } from './target.ts';

/** One connection to a target. */
export interface Attempt {
  /** Closes it; nothing is reported afterwards. */
  cancel(): void;
}

interface Reports {
  /** At most once. */
  readonly connected: () => void;
  /** At most once, never before this function returned. */
  readonly done: (outcome: Outcome) => void;
}

/**
 * Tries a target once, without a limit of time. TCP passes when the connection stands; HTTP when a response comes
 * whose status is below 500: a redirect, a login, a missing page prove that the server works. Certificates are not
 * verified: whether they suit the clients is between those and the server, ingress controllers answer unknown names
 * with one that they signed themselves, and a certificate that expires does so in all clusters at once, so that
 * believing it would take away every address; nothing secret is sent.
 * @throws for what cannot be sent: a port, path or host that does not exist
 */
export function attempt(target: ProbeTarget, reports: Reports): Attempt {
  let over = false;
  const done = (outcome: Outcome): void => {
    if (over) return;
    over = true;
    reports.done(outcome);
  };
  const { spec } = target;
  const open =
    spec.type === 'tcp'
      ? connectOnly(target.address, spec.port, reports.connected, done)
      : ask(target.address, spec, reports.connected, done);
  return {
    cancel: () => {
      over = true;
      open.destroy();
    },
  };
}

function connectOnly(
  host: string,
  port: number,
  connected: () => void,
  done: (outcome: Outcome) => void,
): Socket {
  const socket = connect({ host, port, autoSelectFamily: false });
  // A reset leaves no TIME_WAIT here: one for each probe would use up the ports of this machine.
  socket.once('connect', () => {
    connected();
    socket.resetAndDestroy();
    done({ kind: 'passed' });
  });
  socket.on('error', (error) => done(outcomeOf(error)));
  return socket;
}

function ask(
  address: string,
  spec: Exclude<ProbeTarget['spec'], { readonly type: 'tcp' }>,
  connected: () => void,
  done: (outcome: Outcome) => void,
): http.ClientRequest {
  const secure = spec.type === 'https';
  const authority = spec.host || (isIP(address) === 6 ? `[${address}]` : address);
  const options = {
    host: address,
    port: spec.port,
    path: spec.path,
    agent: secure ? httpsAgent : httpAgent,
    setHost: false,
    headers: { host: authority, 'user-agent': 'interspan-probe', accept: '*/*', connection: 'close' },
    maxHeaderSize: 16_384,
    autoSelectFamily: false,
    // RFC 6066 §3: an address is no server name.
    ...(secure ? { servername: isIP(spec.host) ? '' : spec.host, rejectUnauthorized: false } : {}),
  };
  const request = (secure ? https : http).request(options);
  request.once('socket', (socket) => socket.once('connect', connected));
  request.once('response', (response) => {
    const { statusCode = 0 } = response;
    response.on('error', () => undefined);
    done(statusCode < 500 ? { kind: 'passed' } : { kind: 'status', why: `status ${statusCode}` });
    if (secure) request.destroy();
    else response.socket.resetAndDestroy();
  });
  request.on('error', (error) => done(outcomeOf(error)));
  // After 101, which nobody asked for, there is neither a response nor an error.
  request.once('close', () => done({ kind: 'failed', why: 'connection closed without a response' }));
  request.end();
  return request;
}

const httpAgent = new http.Agent({ keepAlive: false });
const httpsAgent = new https.Agent({ keepAlive: false });
