import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { admit } from './door.ts';

/** An object, and where it stands. */
export interface Manifest {
  readonly resource: Resource;
  readonly object: KubeObject;
  /** First line of its document, from 1. */
  readonly line: number;
}

/** A fault of a file. */
export interface ManifestProblem {
  readonly line: number;
  readonly message: string;
}

/** What stands in one file. */
export interface ManifestFile {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly ManifestProblem[];
  /** Whether all of it is YAML. If not, `manifests` is not to be trusted. */
  readonly wellFormed: boolean;
  /** For the next reading: documents that are word for word the same are not parsed again. */
  readonly documents: ReadonlyMap<string, ManifestFile>;
}

const none: ManifestFile = { manifests: [], problems: [], wellFormed: true, documents: new Map() };

/** Reads a YAML file of any number of documents; a document may be a List of objects. Never throws. */
export function readManifests(text: string, previous: ManifestFile = none): ManifestFile {
  const documents = new Map<string, ManifestFile>();
  const manifests: Manifest[] = [];
  const problems: ManifestProblem[] = [];
  let wellFormed = true;
  for (const { content, line } of splitDocuments(text)) {
    const read = previous.documents.get(content) ?? documents.get(content) ?? readDocument(content);
    documents.set(content, read);
    const shift = line - 1;
    for (const manifest of read.manifests) manifests.push({ ...manifest, line: manifest.line + shift });
    for (const problem of read.problems) problems.push({ ...problem, line: problem.line + shift });
    wellFormed &&= read.wellFormed;
  }
  return { manifests, problems, wellFormed, documents };
}

/** A marker at the start of a line ends a document even inside a block scalar (YAML 1.2, 9.1.2), so text will do. */
function splitDocuments(text: string): readonly { readonly content: string; readonly line: number }[] {
  const documents: { content: string; line: number }[] = [];
  let line = 1;
  for (const content of text.replace(/^\uFEFF/, '').split(/^(?=(?:---|\.\.\.)(?:\s|$))/m)) {
    // The end marker is of no use to a document that is read by itself; a directive without one is an error.
    const alone = content.replace(/^(---|\.\.\.)(?=\s|$)/, '   ');
    if (/^[^#%\s]|^\s+[^#\s]/m.test(alone)) documents.push({ content: alone, line });
    line += content.split('\n').length - 1;
  }
  return documents;
}

function readDocument(content: string): ManifestFile {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false, merge: true });
  const lineAt = (offset: number | undefined): number => lines.linePos(offset ?? 0).line;
  const [error] = document.errors;
  if (error !== undefined) return malformed(lineAt(error.pos[0]), error.message);
  let value: unknown;
  try {
    value = document.toJS();
  } catch (cause) {
    // Aliases without end ("billion laughs") and aliases to nothing are found only here.
    return malformed(lineAt(document.contents?.range?.[0]), (cause as Error).message);
  }
  if (value === null || value === undefined) return none;

  const manifests: Manifest[] = [];
  const problems: ManifestProblem[] = [];
  const first = lineAt(document.contents?.range?.[0]);
  for (const { item, path } of itemsOf(value)) {
    const { admitted, problems: found } = admit(item);
    const line = path.length === 0 ? first : lineAt(offsetOf(document, path));
    if (admitted !== undefined) manifests.push({ ...admitted, line });
    for (const { path: where, message } of found) {
      problems.push({ line: lineAt(offsetOf(document, [...path, ...segments(where)])), message });
    }
  }
  return { manifests, problems, wellFormed: true, documents: new Map() };
}

function malformed(line: number, reason: string): ManifestFile {
  const message = `is not YAML: ${reason.split('\n')[0]}`;
  return { manifests: [], problems: [{ line, message }], wellFormed: false, documents: new Map() };
}

/** The objects of a List, or the value itself. */
function itemsOf(
  value: unknown,
): readonly { readonly item: unknown; readonly path: readonly (string | number)[] }[] {
  const { kind, items } = value as { readonly kind?: unknown; readonly items?: unknown };
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) {
    return [{ item: value, path: [] }];
  }
  return items.map((item: unknown, index) => ({ item, path: ['items', index] }));
}

/** `spec.rules[0].http` as a path of keys. Keys that hold dots are cut too far, which costs only precision. */
function segments(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map((m) => (m[1] === undefined ? m[0] : Number(m[1])));
}

/** Where the value at the path begins, or the nearest that is there. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0];
}
