import { readdirSync, readFileSync } from 'node:fs';

/** CPU time and memory of a process with all its descendants, as /proc has them. */
export interface ProcessTreeUsage {
  /** User and system time of those that live, and of children that were waited for. */
  readonly cpuSeconds: number;
  /** Resident memory now; pages that several share count for each. */
  readonly rssBytes: number;
}

/** Linux only. A process that ended meanwhile is passed over. */
export function processTreeUsage(root: number): ProcessTreeUsage {
  const stats = allStats();
  let cpuSeconds = 0;
  let rssBytes = 0;
  const queue = [root];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    const stat = stats.get(pid);
    if (stat === undefined) continue;
    cpuSeconds += stat.cpuSeconds;
    rssBytes += stat.rssBytes;
    for (const [child, { parent }] of stats) if (parent === pid) queue.push(child);
  }
  return { cpuSeconds, rssBytes };
}

interface Stat extends ProcessTreeUsage {
  readonly parent: number;
}

// proc(5): clock ticks are 100 a second and pages 4 KiB on every Linux that Node runs on here.
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

function allStats(): ReadonlyMap<number, Stat> {
  const result = new Map<number, Stat>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readStat(entry) : undefined;
    if (stat !== undefined) result.set(Number(entry), stat);
  }
  return result;
}

function readStat(pid: string): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may hold anything; fields are counted from behind it, state being the first.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3] ?? 0);
  const ticks = field(14) + field(15) + field(16) + field(17);
  return { parent: field(4), cpuSeconds: ticks / TICKS_PER_SECOND, rssBytes: field(24) * PAGE_BYTES };
}
