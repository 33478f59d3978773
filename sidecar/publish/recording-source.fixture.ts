import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Source } from '#core/source/source.ts';

/** A fake of the writing half of a Source: notes every write, and fails on demand. */
export interface RecordingSource extends Source {
  /** `apply Gslb web/app`, `status Gslb web/app`, `delete Gslb web/app uid`, `event Warning Reason`. */
  readonly writes: string[];
  readonly applied: KubeObject[];
  readonly patches: unknown[];
  readonly messages: string[];
  /** What every write rejects with from now on. */
  fail: SourceError | undefined;
  /** What recording events rejects with. */
  failEvents: SourceError | undefined;
}

export function recordingSource(): RecordingSource {
  const write = (text: string): void => {
    if (recording.fail !== undefined) throw recording.fail;
    recording.writes.push(text);
  };
  const recording: RecordingSource = {
    writes: [],
    applied: [],
    patches: [],
    messages: [],
    fail: undefined,
    failEvents: undefined,
    watch: () => {
      throw new SourceError('invalid', 'this fake shows nothing');
    },
    apply: async (resource, object) => {
      write(`apply ${resource.kind} ${object.metadata.namespace}/${object.metadata.name}`);
      recording.applied.push(object);
      return object;
    },
    patchStatus: async (resource: Resource, key, status) => {
      write(`status ${resource.kind} ${key}`);
      recording.patches.push(status);
    },
    delete: async (resource, key, preconditions) => {
      write(`delete ${resource.kind} ${key} ${preconditions?.uid}`);
    },
    recordEvent: async ({ type, reason, message }) => {
      if (recording.failEvents !== undefined) throw recording.failEvents;
      recording.writes.push(`event ${type} ${reason}`);
      recording.messages.push(message);
    },
  };
  return recording;
}
