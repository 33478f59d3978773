import { isRecord } from '#core/api/is-record.ts';
import type { KubeObject } from '#core/api/kubernetes.ts';

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: 'applied' | 'deleted'; readonly object: KubeObject }
  | { readonly type: 'bookmark'; readonly resourceVersion: string }
  | {
      readonly type: 'error';
      /** As an HTTP status; 0 when the error says none. */
      readonly status: number;
      readonly body: string;
    };

/** Reads one line. Undefined: it is not what an API server sends. Never throws. */
export function readWatchEvent(line: Buffer): WatchEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    // Undefined says it.
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value['object'])) return undefined;
  const { type, object } = value as { readonly type: unknown; readonly object: Record<string, unknown> };
  if (type === 'ERROR') {
    const status = typeof object['code'] === 'number' ? object['code'] : 0;
    return { type: 'error', status, body: JSON.stringify(object) };
  }
  const { metadata } = object;
  if (!isRecord(metadata) || typeof metadata['resourceVersion'] !== 'string') return undefined;
  if (type === 'BOOKMARK') return { type: 'bookmark', resourceVersion: metadata['resourceVersion'] };
  if (typeof metadata['name'] !== 'string') return undefined;
  const named = object as unknown as KubeObject;
  if (type === 'ADDED' || type === 'MODIFIED') return { type: 'applied', object: named };
  return type === 'DELETED' ? { type: 'deleted', object: named } : undefined;
}
