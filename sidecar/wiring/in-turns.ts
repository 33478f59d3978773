/** Hosts that are planned before the event loop comes around again: a few ms of work. */
const perTurn = 50;

/**
 * Makes of `plan` one that takes any number of hosts: the first few at once, the others a few each time the event loop
 * comes around, so that a host that is named meanwhile does not wait until a silent peer's thousands are worked off.
 * `plan` is to look at what is known then, not at what was when a host was named.
 */
export function inTurns(
  plan: (hosts: ReadonlySet<string>) => void,
  signal: AbortSignal,
): (hosts: Iterable<string>) => void {
  const waiting = new Set<string>();
  let scheduled = false;

  function takeTurn(): void {
    scheduled = false;
    if (!signal.aborted) planSome(waiting);
  }

  function planSome(hosts: Iterable<string>): void {
    const turn = new Set(Iterator.from(hosts).take(perTurn));
    for (const host of turn) waiting.delete(host);
    plan(turn);
    if (waiting.size === 0 || scheduled) return;
    scheduled = true;
    setImmediate(takeTurn);
  }

  return (hosts) => {
    const named = new Set(hosts);
    for (const host of named) waiting.add(host);
    planSome(named);
  };
}
