import { isIP } from 'node:net';
import { CliError } from '#plugins/cli/errors.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT` or `[IPv6]:PORT`; undefined for anything else. */
export function parseHostPort(text: string): HostPort | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  return { host, port };
}

/** An address and a port as one text. */
export function hostPortText({ host, port }: HostPort): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Host and port of an API server's URL. */
export function serverAddress(url: string): HostPort {
  const { hostname, port, protocol } = new URL(url);
  return {
    host: hostname.replaceAll(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
  };
}

/** Whether it means the machine that asks: no other cluster gets anywhere with it. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    /^127\./.test(name) ||
    name === '0.0.0.0' ||
    name === '::' ||
    name === '::1' ||
    /^::ffff:(127\.|7f)/.test(name)
  );
}

/**
 * The URLs of an API server by which other clusters reach it, from a text with commas between them.
 * @throws CliError `usage` for what is no https URL, or one of this machine alone
 */
export function checkServers(text: string): readonly string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => checkServer(each));
}

const hint = 'name the API server as the other cluster reaches it: --api-server-url=https://HOST:PORT';

function checkServer(text: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== 'https:')
    throw new CliError('usage', `"${text}" is not the https URL of an API server`, { hint });
  const { host } = serverAddress(text);
  if (isLoopback(host))
    throw new CliError('usage', `no other cluster can reach the API server at ${text}`, { hint });
  return text.replace(/\/+$/, '');
}
