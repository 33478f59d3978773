/**
 * Who asked for one name since it was last looked at: kept only of names whose answer depends on the client or is drawn
 * by weight.
 */
export interface ClientTally {
  /** Owner: lower-case, no trailing dot; the first label may be `*`. */
  readonly name: string;
  /**
   * Queries whose answer a resolver keeps for all its clients: they name no client subnet from a trusted sender, or
   * what was answered does not depend on the subnet (SCOPE 0, as of a draw by weight).
   */
  readonly forAll: number;
  /** Queries whose answer is for the client subnet alone that they name (RFC 7871). */
  readonly forSubnet: number;
  /**
   * 64 bits in two halves: each network that sent a query `forAll` (IPv4 /24, IPv6 /56 of the sender) sets one of
   * them, by a hash. How many are set tells how many networks there were (linear counting), up to about 150.
   */
  readonly networks: readonly [low: number, high: number];
}
