import { clusterIDSchema } from '#core/api/offload/fields.ts';
import { CliError } from '#plugins/cli/errors.ts';

/** Longer ones leave little of 63 characters for `<namespace>-<id>`. */
export const advisedLength = 40;

const pattern = new RegExp(clusterIDSchema.pattern);

/** @throws CliError `usage` for what cannot be the id of a cluster: `liqo-<id>` must be a DNS label too */
export function checkClusterID(id: string): string {
  if (id.length <= clusterIDSchema.maxLength && pattern.test(id)) return id;
  throw new CliError('usage', `"${id.slice(0, 80)}" cannot be the id of a cluster`, {
    hint: `a-z, 0-9 and - inside, at most ${clusterIDSchema.maxLength} characters, better ${advisedLength}: --cluster-id=${idFrom(id) ?? 'gslb-eu'}`,
  });
}

/** An id out of a name in a kubeconfig (`gke_p_zone_eu`, `arn:…:cluster/eu`, `kind-eu`); undefined where nothing is left. */
export function idFrom(name: string): string | undefined {
  const last = name.slice(name.lastIndexOf('/') + 1);
  const id = last
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, advisedLength)
    .replaceAll(/^-+|-+$/g, '');
  return id === '' ? undefined : id;
}
