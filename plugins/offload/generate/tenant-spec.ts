import type { Tenant } from '#core/api/offload/tenant.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { CliError } from '#plugins/cli/errors.ts';
import type { GrantFlags } from './grant-flags.ts';

/** Spec of the Tenant that an invitation makes. @throws CliError `usage` */
export function tenantSpec(flags: GrantFlags): NonNullable<Tenant['spec']> {
  const amounts = {
    ...(flags.cpu === undefined ? {} : { cpu: flags.cpu }),
    ...(flags.memory === undefined ? {} : { memory: flags.memory }),
    ...(flags.pods === undefined ? {} : { pods: String(flags.pods) }),
    ...Object.fromEntries(flags.resource.map(namedAmount)),
  };
  for (const [name, amount] of Object.entries(amounts)) checkAmount(name, amount);
  for (const glob of flags['allow-namespace']) checkGlob('allow-namespace', glob, /^[-a-z0-9*]{1,63}$/);
  for (const glob of flags['ingress-host']) checkGlob('ingress-host', glob, /^[-a-z0-9.*]{1,253}$/);
  return {
    tenantCondition: 'Active',
    ...(flags['allow-namespace'].length === 0 ? {} : { allowedNamespaces: [...flags['allow-namespace']] }),
    ...(Object.keys(amounts).length === 0 ? {} : { resources: amounts }),
    ...(flags['ingress-host'].length === 0 ? {} : { ingressHosts: [...flags['ingress-host']] }),
  };
}

/** Seconds that the token lives. @throws CliError `usage` */
export function tokenSeconds(flags: Pick<GrantFlags, 'ttl'>): number {
  const seconds = durationMs(flags.ttl, 'ttl') / 1000;
  if (seconds >= 600 && seconds <= 86_400) return Math.floor(seconds);
  throw new CliError('usage', `--ttl ${flags.ttl} is not between 10m and 24h`, {
    hint: 'for example --ttl=1h',
  });
}

function namedAmount(text: string): readonly [string, string] {
  const [name = '', amount, ...more] = text.split('=');
  if (name !== '' && amount !== undefined && more.length === 0) return [name, amount];
  throw new CliError('usage', `--resource "${text}" is not NAME=AMOUNT`, {
    hint: 'for example --resource=ephemeral-storage=10Gi',
  });
}

/** Kubernetes' quantities, without the forms with exponents. */
const quantity = /^\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

function checkAmount(name: string, amount: string): void {
  if (quantity.test(amount)) return;
  throw new CliError('usage', `"${amount}" is no amount of ${name}`, {
    hint: 'for example --cpu=4 --memory=8Gi --pods=50',
  });
}

function checkGlob(flag: string, glob: string, pattern: RegExp): void {
  if (pattern.test(glob)) return;
  throw new CliError('usage', `--${flag} "${glob}" matches no name`, {
    hint: 'lower-case letters, digits and -, and * for any text',
  });
}
