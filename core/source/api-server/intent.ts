import type { Resource } from '#core/api/kubernetes.ts';

/** What a request is for, as RBAC sees it. */
export interface Intent {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  /** Undefined for paths that are no resource, such as /version. */
  readonly resource?: Resource;
  readonly subresource?: 'status' | 'portforward' | 'token' | 'eviction' | 'approval';
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

/** `patch gslbs.k8gb.io/status podinfo/podinfo`: what failed, for people. */
export function intentText({ verb, resource, subresource, namespace, name }: Intent): string {
  if (resource === undefined) return verb;
  const what = `${qualified(resource)}${subresource === undefined ? '' : `/${subresource}`}`;
  const where = [namespace, name].filter((part) => part !== undefined).join('/');
  return `${verb} ${what}${where === '' ? '' : ` ${where}`}`;
}

/** The command that shows whether `user` may do it. */
export function canI({ verb, resource, subresource, namespace }: Intent, user: string | undefined): string {
  return [
    `kubectl auth can-i ${verb}`,
    resource === undefined ? '' : qualified(resource),
    subresource === undefined ? '' : `--subresource=${subresource}`,
    resource?.namespaced ? (namespace === undefined ? '--all-namespaces' : `--namespace=${namespace}`) : '',
    user === undefined ? '' : `--as=${user}`,
  ]
    .filter((word) => word !== '')
    .join(' ');
}

function qualified({ plural, group }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`;
}
