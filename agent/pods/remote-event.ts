import type { RecordedEvent } from '#core/source/api-server/event-recorder.ts';
import type { EventToRecord } from '#core/source/source.ts';
import type { LocalPod, RemotePod } from './pod.ts';

/** Name of the Pod that an Event at the provider is about; undefined: it is about something else. */
export function podOfEvent({ involvedObject }: RecordedEvent): string | undefined {
  return involvedObject?.['kind'] === 'Pod' ? involvedObject['name'] : undefined;
}

/**
 * An Event of a Pod at the provider as it is recorded on the pod here; undefined where it is about an earlier Pod of
 * the name. Alike ones are counted by the recorder.
 */
export function eventBack(
  event: RecordedEvent,
  local: LocalPod,
  remote: RemotePod | undefined,
  provider: string,
): EventToRecord | undefined {
  const { reason = '', message = '', type, involvedObject } = event;
  const uid = involvedObject['uid'];
  // An Event may be here before the Pod that it is about.
  const ofAnother = uid !== undefined && remote !== undefined && remote.metadata.uid !== uid;
  if (ofAnother || reason === '') return undefined;
  return {
    type: type === 'Warning' ? 'Warning' : 'Normal',
    reason,
    message: `${provider}: ${message}`,
    about: local,
  };
}
