/** Who a client certificate says somebody is (Kubernetes: common name and organizations). */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

const allowedForMs = 30_000;
const deniedForMs = 5_000;
const maxUsers = 1000;

/**
 * Remembers answers of `authorize` by user and groups: a yes for 30 s, a no for 5 s, a failure not at all. Those who
 * ask while an answer is on its way share it.
 */
export function cachedAuthorization(
  authorize: (user: User) => Promise<boolean>,
  now: () => number,
): (user: User) => Promise<boolean> {
  const held = new Map<string, { readonly answer: Promise<boolean>; untilMs: number }>();
  return (user) => {
    const key = JSON.stringify([user.name, user.groups]);
    const known = held.get(key);
    if (known !== undefined && now() < known.untilMs) return known.answer;
    const answer = authorize(user);
    const entry = { answer, untilMs: Number.POSITIVE_INFINITY };
    if (held.size >= maxUsers) held.clear();
    held.set(key, entry);
    answer.then(
      (allowed) => {
        entry.untilMs = now() + (allowed ? allowedForMs : deniedForMs);
      },
      () => {
        if (held.get(key) === entry) held.delete(key);
      },
    );
    return answer;
  };
}
