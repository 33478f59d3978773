/**
 * Whether a datagram from this source port gets an answer. None can be sent to port 0. Behind the others stand small
 * services that answer whatever comes, so that one spoofed query would make the two talk for ever: echo, daytime,
 * quote, chargen, time, kpasswd (BIND does not answer them either). Port 53 is answered: old resolvers ask from it,
 * and a loop with a server cannot come about, for responses are never answered.
 */
export function isAnsweredPort(port: number): boolean {
  if (port > 37) return port !== 464;
  return port !== 0 && port !== 7 && port !== 13 && port !== 17 && port !== 19 && port !== 37;
}
