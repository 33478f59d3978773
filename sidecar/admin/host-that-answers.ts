import type { HostView } from '#sidecar/model/cluster-view.ts';

/** The host that answers for a name: itself, else the wildcard at its closest encloser (RFC 4592 §3.3.1). */
export function hostThatAnswers(name: string, hosts: ReadonlyMap<string, HostView>): HostView | undefined {
  const exact = hosts.get(name);
  if (exact !== undefined) return exact;
  const names = [...hosts.keys()];
  // Something below it stands, so that the name itself exists, without an answer.
  if (names.some((each) => each.endsWith(`.${name}`))) return undefined;
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    const encloser = name.slice(dot + 1);
    const wildcard = hosts.get(`*.${encloser}`);
    if (wildcard !== undefined) return wildcard;
    if (names.some((each) => each === encloser || each.endsWith(`.${encloser}`))) return undefined;
  }
  return undefined;
}
