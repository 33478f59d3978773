import type { Io } from '#plugins/cli/io.ts';
import { type Paint, paintFor } from '#plugins/cli/paint.ts';
import { structuredText } from '#plugins/cli/structured.ts';
import { tableText } from '#plugins/cli/table.ts';
import type { HostStatus } from './model.ts';
import { statusTable } from './status-table.ts';

interface RenderFlags {
  readonly output: 'json' | 'yaml' | 'name' | 'wide' | undefined;
  readonly color: 'auto' | 'always' | 'never';
  readonly 'no-headers': boolean;
  readonly 'all-namespaces': boolean;
}

/** What goes to stdout. `structured` is made only for -o json and yaml; a table without rows is no text at all. */
export async function renderStatus(
  statuses: readonly HostStatus[],
  structured: () => unknown,
  flags: RenderFlags,
  several: boolean,
  io: Io,
): Promise<string> {
  if (flags.output === 'json' || flags.output === 'yaml') return structuredText(structured(), flags.output);
  if (flags.output === 'name')
    return [...new Set(statuses.map(({ gslb }) => `gslb.${gslb.group}/${gslb.name}\n`))].join('');
  if (statuses.length === 0) return '';
  const table = statusTable(statuses, {
    namespaces: flags['all-namespaces'],
    clusters: several,
    wide: flags.output === 'wide',
    nowMs: (io.now ?? Date.now)(),
  });
  const paint: Paint = paintFor(flags.color, io);
  return tableText(table, paint, { headers: !flags['no-headers'] });
}
