import { annotations } from '#agent/model/names.ts';
import { namespaces } from '#core/api/kubernetes.ts';
import type { TenancyContext } from './context.ts';

/** Those that the guard of token requests lets through by itself. */
const usual = /^(https:\/\/)?kubernetes\.default(\.svc(\.[a-z0-9.-]+)?)?$|^k3s$/;

/**
 * Writes down for the guard of token requests whom this API server makes tokens for where nobody is asked for (an issuer
 * URL at managed clusters, or `--api-audiences`): else a consumer could not renew its token.
 */
export async function noteAudiences(
  { source, held }: Pick<TenancyContext, 'source' | 'held'>,
  tenantNamespace: string,
  audiences: readonly string[],
): Promise<void> {
  const wanted = unusualAudiences(audiences);
  const before = held.namespaces.get(tenantNamespace)?.metadata.annotations?.[annotations.tokenAudiences];
  if (wanted === before) return;
  await source.patch(namespaces, tenantNamespace, {
    metadata: { annotations: { [annotations.tokenAudiences]: wanted ?? null } },
  });
}

/** The annotation's value; undefined where none is needed. */
export function unusualAudiences(audiences: readonly string[]): string | undefined {
  const unusual = audiences.filter((audience) => !usual.test(audience) && !/[,\s]/.test(audience));
  return unusual.length === 0 ? undefined : unusual.join(',');
}
