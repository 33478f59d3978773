import { isDeepStrictEqual } from 'node:util';
import { customKinds } from '#core/api/custom-kinds.ts';
import type { Resource } from '#core/api/kubernetes.ts';
import { objectKey } from '#core/api/resource.ts';
import { SourceError } from '#core/source/errors.ts';
import { EventSeries } from '#core/source/event-series.ts';
import type { Source } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { DirectoryWatch, type Look } from './directory-watch.ts';
import { FolderFiles } from './files.ts';
import { kindId, knownKind } from './known-kinds.ts';
import type { FolderProblem, Placed } from './merge.ts';
import { StatusFiles } from './status-files.ts';
import { FolderStore } from './store.ts';
import { folderWatch } from './watch.ts';

export type { FolderProblem } from './merge.ts';

export interface FolderSourceOptions {
  readonly directory: string;
  /** Where status goes when the folder is read-only. */
  readonly stateDirectory?: string;
  readonly log: Logger;
  /** Monotonic milliseconds, for the age of what is held. */
  readonly now: () => number;
  /** Called with all that is wrong with the folder whenever that changes; empty when it is mended. */
  readonly onProblems?: (problems: readonly FolderProblem[]) => void;
  /** Ends the watching of the folder. */
  readonly signal: AbortSignal;
}

/**
 * A folder of YAML files as a Source. It is read at once, 100 ms after a change and every 2 s. A file that is not
 * YAML keeps its last good objects; an object that is refused leaves the others alone. Identity (uid, generation,
 * creationTimestamp from the file's time) is made up as an API server would.
 *
 * Status goes to `<directory>/.status/`, which is never read as input, and is remembered across restarts. What is
 * applied lives in memory, laid over the files, and goes when its owners do; files themselves are never written.
 * Events go to the log, each at most once in 10 minutes.
 */
export function folderSource(options: FolderSourceOptions): Source {
  const { directory, stateDirectory, log, now, signal } = options;
  const store = new FolderStore();
  const statusFiles = new StatusFiles(directory, stateDirectory);
  const files = new FolderFiles(directory);
  const events = new EventSeries();
  const first = Promise.withResolvers<void>();
  let problems: readonly FolderProblem[] = [];
  let confirmedAt = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<Look> => {
    try {
      return await takeIn();
    } catch (error) {
      // Whatever it is, the next look may find it mended; what was held stays.
      log.error({ error, directory }, `what changed in ${directory} was not taken in`);
      return { directories: new Map(), unsettled: false };
    }
  };

  const takeIn = async (): Promise<Look> => {
    const found = await files.look();
    if (signal.aborted) return found;
    report(found.problems);
    if (found.objects === undefined) return found;
    if (found.changed) {
      store.replaceFiles(found.objects, {
        createdAt: ({ file }: Placed) => new Date(files.modifiedAtMs(file)).toISOString(),
        rememberedStatus: (resource, key) => statusFiles.remembered(resource, key),
      });
    }
    confirmedAt = now();
    first.resolve();
    return found;
  };

  const report = (found: readonly FolderProblem[]): void => {
    if (isDeepStrictEqual(found, problems)) return;
    const known = new Set(problems.map(sentence));
    for (const problem of found) {
      if (!known.has(sentence(problem))) log.warn({ ...problem, directory }, sentence(problem));
    }
    if (found.length === 0) log.info({ directory }, `all files of ${directory} are in order`);
    problems = found;
    options.onProblems?.(found);
  };

  const watcher = new DirectoryWatch({
    look,
    onRefused: (error) =>
      log.warn(
        { directory },
        `${directory} cannot be watched (${error.message}); it is read four times a second`,
      ),
  });
  for (const { resource } of customKinds) {
    store.listen(resource, ({ type, object }) => {
      if (type === 'deleted') void statusFiles.remove(resource, objectKey(resource, object.metadata));
    });
  }
  signal.addEventListener('abort', () => watcher[Symbol.dispose](), { once: true });
  void statusFiles.load().then(() => (signal.aborted ? undefined : watcher.start()));

  const ready = (): void => {
    if (confirmedAt === Number.NEGATIVE_INFINITY) {
      throw new SourceError('unavailable', `${directory} has not been read yet`);
    }
  };

  return {
    watch: (watchOptions, watchSignal) => {
      known(watchOptions.resource);
      const age = (): number => now() - confirmedAt;
      return folderWatch({ store, log, first: first.promise, age }, watchOptions, watchSignal);
    },
    apply: async (resource, object) => {
      known(resource);
      ready();
      return store.apply(resource, object, new Date().toISOString()) as typeof object;
    },
    patchStatus: async (resource, key, status) => {
      known(resource);
      ready();
      const before = store.get(resource, key);
      const after = store.patchStatus(resource, key, status);
      if (after === undefined) throw absent(resource, key);
      if (after !== before) await statusFiles.write(resource, key, after);
    },
    delete: async (resource, key, preconditions) => {
      known(resource);
      ready();
      const object = store.get(resource, key);
      if (object === undefined) return;
      if (preconditions?.uid !== undefined && preconditions.uid !== object.metadata.uid) {
        throw new SourceError('conflict', `${resource.kind} ${key} is another object than the one to delete`);
      }
      const file = store.withdraw(resource, key);
      if (file !== undefined) {
        throw new SourceError(
          'forbidden',
          `${resource.kind} ${key} stands in ${file}, which is not ours to change`,
          {
            hint: `Remove it from ${file}.`,
          },
        );
      }
    },
    recordEvent: async (event) => {
      const { count } = events.add(event, now());
      if (count > 1) return;
      const { kind, metadata } = event.about;
      const about = `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
      const fields = { object: about, reason: event.reason };
      if (event.type === 'Warning') log.warn(fields, `${about}: ${event.message}`);
      else log.info(fields, `${about}: ${event.message}`);
    },
  };
}

function sentence({ file, line, message }: FolderProblem): string {
  return `${file}${line === undefined ? '' : `:${line}`}${file === '' ? '' : ': '}${message}`;
}

function known(resource: Resource): void {
  if (knownKind(kindId(resource)) === undefined) {
    throw new SourceError('invalid', `a folder does not hold ${kindId(resource)}`);
  }
}

function absent(resource: Resource, key: string): SourceError {
  return new SourceError('notFound', `there is no ${resource.kind} ${key} in the folder`);
}
