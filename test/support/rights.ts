import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Send } from './tenant-world.ts';

const folder = join(import.meta.dirname, '../../docs/reference/rbac');

/** Rights of one file of docs/reference/rbac by section: `verb resource.group/subresource name`, sorted. */
export function listedRights(file: string): ReadonlyMap<string, readonly string[]> {
  const [, ...sections] = readFileSync(join(folder, `${file}.md`), 'utf8').split(/^## /m);
  return new Map(
    sections.map((section): [string, readonly string[]] => {
      const [title = '', ...lines] = section.split('\n');
      const rows = lines.filter((line) => line.startsWith('|')).slice(2);
      const rights = rows.flatMap((row) => {
        const [, resource = '', only = '', verbs = '', why = ''] = row.split('|').map((cell) => cell.trim());
        if (why === '') throw new Error(`${file}.md, ${title}: ${resource} has no reason`);
        return verbs.split(', ').map((verb) => right(verb, resource, only));
      });
      return [title, sorted(rights)];
    }),
  );
}

interface RulesReview {
  readonly status: {
    readonly incomplete: boolean;
    readonly resourceRules: readonly {
      readonly verbs: readonly string[];
      readonly apiGroups?: readonly string[];
      readonly resources?: readonly string[];
      readonly resourceNames?: readonly string[];
    }[];
    readonly nonResourceRules: readonly {
      readonly verbs: readonly string[];
      readonly nonResourceURLs?: readonly string[];
    }[];
  };
}

/** All that an account may do in a namespace, as the API server says: whatever role and binding it is from. */
export async function effectiveRights(send: Send, namespace: string): Promise<readonly string[]> {
  const { status, text } = await send('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  });
  if (status !== 201) throw new Error(`no review of rights: ${status} ${text}`);
  const review = (JSON.parse(text) as RulesReview).status;
  if (review.incomplete) throw new Error(`the review of rights in ${namespace} is incomplete`);
  return sorted([
    ...review.resourceRules.flatMap(({ verbs, apiGroups = [], resources = [], resourceNames = [''] }) =>
      verbs.flatMap((verb) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) => {
            const [plural = '', ...sub] = resource.split('/');
            const full = [group === '' ? plural : `${plural}.${group}`, ...sub].join('/');
            return resourceNames.map((name) => right(verb, full, name));
          }),
        ),
      ),
    ),
    ...review.nonResourceRules.flatMap(({ verbs, nonResourceURLs = [] }) =>
      verbs.flatMap((verb) => nonResourceURLs.map((url) => right(verb, url, ''))),
    ),
  ]);
}

interface Binding {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly roleRef: { readonly name: string };
  readonly subjects?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }[];
}

/** Of bindings those that reach an account itself, or all accounts of its namespace. */
export function bindingsTo(
  bindings: readonly Binding[],
  account: { readonly namespace: string; readonly name: string },
): readonly Binding[] {
  const { namespace, name } = account;
  const user = `system:serviceaccount:${namespace}:${name}`;
  return bindings.filter(({ subjects = [] }) =>
    subjects.some(
      (subject) =>
        (subject.kind === 'ServiceAccount' && subject.name === name && subject.namespace === namespace) ||
        (subject.kind === 'User' && subject.name === user) ||
        (subject.kind === 'Group' && subject.name === `system:serviceaccounts:${namespace}`),
    ),
  );
}

function right(verb: string, resource: string, name: string): string {
  return `${verb} ${resource} ${name}`.trim();
}

function sorted(rights: readonly string[]): readonly string[] {
  return [...new Set(rights)].sort();
}
