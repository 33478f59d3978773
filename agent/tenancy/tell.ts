import type { KubeObject } from '#core/api/kubernetes.ts';
import type { TenancyContext } from './context.ts';

/** Records an event and writes a line. An event that cannot be recorded stops nothing. */
export async function tell(
  { source, log }: Pick<TenancyContext, 'source' | 'log'>,
  about: KubeObject,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): Promise<void> {
  const fields = { tenant: about.metadata.namespace, reason };
  if (type === 'Warning') log.warn(fields, message);
  else log.info(fields, message);
  try {
    await source.recordEvent({ type, reason, message, about });
  } catch (error) {
    log.debug({ ...fields, error }, 'the event was not recorded');
  }
}
