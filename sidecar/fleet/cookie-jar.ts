/** DNS cookies (RFC 7873) of the servers that are asked, by `keyOf` their endpoint. */
export interface CookieJar {
  /** What goes into the cookie option of a question: 8 octets of ours, and behind them the server's last word. */
  cookieFor(server: string): Uint8Array;
  /** Takes the cookie option of a reply; ignored when it does not repeat our 8 octets or breaks the RFC. */
  learn(server: string, option: Uint8Array): void;
}

/**
 * With a cookie a peer knows that a question comes from our address, and does not count it when it limits rates. Each
 * server gets other octets of ours, so that none can speak for another. `random`: unpredictable octets.
 */
export function createCookieJar(random: (sizeBytes: number) => Uint8Array): CookieJar {
  const cookies = new Map<string, Uint8Array>();
  return {
    cookieFor: (server) => {
      const known = cookies.get(server);
      if (known !== undefined) return known;
      // Servers come and go with the delegation; the oldest has long been replaced.
      const [oldest] = cookies.size >= MOST_SERVERS ? cookies.keys() : [];
      if (oldest !== undefined) cookies.delete(oldest);
      const fresh = Uint8Array.from(random(CLIENT_BYTES));
      cookies.set(server, fresh);
      return fresh;
    },
    learn: (server, option) => {
      const known = cookies.get(server);
      if (known === undefined || option.length < CLIENT_BYTES + 8 || option.length > CLIENT_BYTES + 32)
        return;
      for (let k = 0; k < CLIENT_BYTES; k += 1) if (option[k] !== known[k]) return;
      cookies.set(server, Uint8Array.from(option));
    },
  };
}

const CLIENT_BYTES = 8;
const MOST_SERVERS = 1000;
