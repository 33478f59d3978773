import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { addressToText } from '#core/wire/address.ts';
import { rcodeName, typeName } from '#core/wire/constants.ts';
import type { Name } from '#core/wire/name.ts';
import { nameToText } from '#core/wire/name-text.ts';
import type { ServeProblem } from './errors.ts';
import { createQueryReader, type LoggedQuery, type QueryRing } from './query-ring.ts';

export interface QueryLog {
  /** Lines that were lost because the file could not be written fast enough, or at all. */
  lost(): number;
  /** Writes what was recorded, as far as that goes within a second. */
  close(): Promise<void>;
}

/**
 * Appends a JSON line to the file at `path` for each query in the ring, ten times a second. At most one write is
 * under way, at most 1 MiB of lines waits for it, and what comes beyond is lost and counted: a slow disk or a pipe
 * that nobody reads costs lines, never answers. A pipe without a reader, or a file that cannot be opened, is tried
 * again every 5 s; `onProblem` hears of it once until it works.
 */
export function startQueryLog(options: {
  readonly ring: QueryRing;
  readonly path: string;
  readonly onProblem: (problem: ServeProblem) => void;
  /** When a file that cannot be written is tried again. Default 5 s. */
  readonly retryMs?: number;
  /** How the file is opened. */
  readonly openFile?: (path: string) => Promise<QueryLogFile>;
}): QueryLog {
  const { ring, path, onProblem, retryMs = RETRY_MS, openFile = openForAppending } = options;
  const take = createQueryReader(ring);
  let lines: string[] = [];
  let waitingBytes = 0;
  let lost = 0;
  let file: QueryLogFile | undefined;
  let isReported = false;
  let retryAt = 0;
  let writing: Promise<void> | undefined;

  const collect = () => {
    // Bounded: while this runs, more may come.
    for (let k = 0; k < MOST_PER_ROUND; k += 1) {
      const query = take();
      if (query === undefined) return;
      if (waitingBytes > MOST_WAITING_BYTES) {
        lost += 1;
        continue;
      }
      const line = queryLine(query);
      lines.push(line);
      waitingBytes += line.length;
    }
  };

  const write = async () => {
    if (lines.length === 0 || (file === undefined && performance.now() < retryAt)) return;
    const bytes = Buffer.from(lines.join(''));
    lines = [];
    let at = 0;
    try {
      file ??= await openFile(path);
      while (at < bytes.length) at += (await file.write(bytes, at)).bytesWritten;
      isReported = false;
    } catch (cause) {
      // A full pipe (EAGAIN): its reader is slow; the rest is tried again.
      if ((cause as NodeJS.ErrnoException).code !== 'EAGAIN') {
        await giveUp(cause);
        // What comes next may be another file: half a line has no place in it.
        if (at > 0) at = bytes.indexOf(0x0a, at - 1) + 1;
      }
    }
    const rest = bytes.subarray(at).toString();
    if (rest !== '') lines.unshift(rest);
    waitingBytes = lines.reduce((sum, line) => sum + line.length, 0);
  };

  const giveUp = async (cause: unknown) => {
    retryAt = performance.now() + retryMs;
    const broken = file;
    file = undefined;
    await broken?.close().catch(() => undefined);
    if (!isReported) onProblem(unwritable(path, cause));
    isReported = true;
  };

  const round = () => {
    collect();
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  };
  const timer = setInterval(() => void round(), ROUND_MS);

  return {
    lost: () => lost,
    close: async () => {
      clearInterval(timer);
      const end = Promise.withResolvers<void>();
      const late = setTimeout(end.resolve, CLOSE_MS);
      const finish = async () => {
        await writing;
        await round();
        await file?.close();
      };
      await Promise.race([finish().catch(() => undefined), end.promise]);
      clearTimeout(late);
    },
  };
}

/** What the query log needs of a file. */
export interface QueryLogFile {
  write(bytes: Buffer, offset: number): Promise<{ readonly bytesWritten: number }>;
  close(): Promise<void>;
}

/** Not blocking: a thread that waits for the reader of a pipe would be lost to all other work with files. */
async function openForAppending(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  return open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o640);
}

/** One line of the query log. */
function queryLine(query: LoggedQuery): string {
  const { name, transport, verdict } = query;
  return `${JSON.stringify({
    time: new Date(query.timeMs).toISOString(),
    client: addressToText(query.address),
    port: query.port,
    transport: transport.slice(0, 3),
    ...(name.length > 0 && {
      name: nameToText(name as Name),
      type: typeName(query.type),
      class: query.class === 1 ? 'IN' : `CLASS${query.class}`,
    }),
    ...(query.replyBytes > 0 && { rcode: rcodeName(query.rcode) }),
    queryBytes: query.queryBytes,
    replyBytes: query.replyBytes,
    action: query.replyBytes === 0 ? 'silence' : verdict,
  })}\n`;
}

function unwritable(path: string, cause: unknown): ServeProblem {
  return {
    code: 'query-log-unwritable',
    message: `The query log ${path} cannot be written; queries are answered, their lines are lost.`,
    hint: 'Look at the folder and its permissions, the free space, or the reader of the pipe; or give --query-log another file. It is tried again every 5 s.',
    cause,
  };
}

const ROUND_MS = 100;
const RETRY_MS = 5000;
const CLOSE_MS = 1000;
const MOST_PER_ROUND = 8192;
const MOST_WAITING_BYTES = 1024 * 1024;
