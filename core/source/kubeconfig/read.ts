import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { isRecord } from '#core/api/is-record.ts';
import { SourceError } from '#core/source/errors.ts';

/** The kubeconfig of a command line, merged from its files as kubectl merges them: the first that names a thing wins. */
export interface Kubeconfig {
  /** The files that were read, for messages. */
  readonly files: readonly string[];
  readonly currentContext: string | undefined;
  /** In the order of the files. */
  readonly contexts: readonly KubeconfigContext[];
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
}

export interface KubeconfigContext {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string | undefined;
}

/** Fields of one cluster or user, as they stand in the file. Holds secrets. */
export interface Entry {
  /** The folder that relative file names in it start from. */
  readonly directory: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Reads the kubeconfig named, else those of KUBECONFIG (files of that list may be missing), else ~/.kube/config.
 * @throws SourceError `kubeconfig` naming the file and what is wrong with it.
 */
export async function readKubeconfig(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Kubeconfig> {
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  const files = path
    ? [path]
    : listed.length > 0
      ? listed
      : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
  const read = await Promise.all(files.map((file) => readOne(file)));
  const found = read.filter((file) => file !== undefined);
  if (found.length === 0)
    throw new SourceError('kubeconfig', `there is no kubeconfig: ${files.join(', ')} does not exist`, {
      hint: 'name one with --kubeconfig FILE or KUBECONFIG',
    });
  return {
    files: found.map(({ file }) => file),
    currentContext: found.map(({ content }) => text(content['current-context'])).find(Boolean),
    contexts: [...entries(found, 'contexts', 'context')].map(([name, { fields }]) => ({
      name,
      cluster: text(fields['cluster']) ?? '',
      user: text(fields['user']) ?? '',
      namespace: text(fields['namespace']) || undefined,
    })),
    clusters: entries(found, 'clusters', 'cluster'),
    users: entries(found, 'users', 'user'),
  };
}

interface ReadFile {
  readonly file: string;
  readonly content: Readonly<Record<string, unknown>>;
}

async function readOne(file: string): Promise<ReadFile | undefined> {
  try {
    const content: unknown = parse(await readFile(file, 'utf8'));
    if (content === null) return { file, content: {} };
    if (isRecord(content)) return { file, content };
    throw new Error('it is not a mapping');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    // The parser quotes the line that it stumbled over, which may be a key: only its first sentence is passed on.
    const [why] = message.split('\n');
    throw new SourceError('kubeconfig', `the kubeconfig ${file} cannot be read: ${why}`, {
      hint: 'name another with --kubeconfig FILE or KUBECONFIG',
    });
  }
}

function entries(files: readonly ReadFile[], list: string, field: string): ReadonlyMap<string, Entry> {
  const result = new Map<string, Entry>();
  for (const { file, content } of files) {
    const items = Array.isArray(content[list]) ? content[list] : [];
    for (const item of items) {
      const name = isRecord(item) ? text(item['name']) : undefined;
      if (name === undefined || result.has(name)) continue;
      const fields = isRecord(item) ? item[field] : undefined;
      result.set(name, { directory: dirname(resolve(file)), fields: isRecord(fields) ? fields : {} });
    }
  }
  return result;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}
