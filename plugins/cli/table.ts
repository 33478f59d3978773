import type { Paint, Tone } from './paint.ts';

/** A cell; empty text is shown as `<none>`. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

export interface Table {
  /** Upper case. */
  readonly headers: readonly string[];
  /** As many cells as headers in each. */
  readonly rows: readonly (readonly Cell[])[];
}

/** A table as kubectl prints it: columns padded, three spaces apart, no borders, no space at the end of a line. */
export function tableText(table: Table, paint: Paint, options: { readonly headers: boolean }): string {
  const lines: (readonly Cell[])[] = options.headers ? [table.headers, ...table.rows] : [...table.rows];
  const widths = table.headers.map((_, column) =>
    Math.max(0, ...lines.map((line) => width(textOf(line[column] ?? '')))),
  );
  return lines
    .map((line) => {
      const cells = line.map((cell, column) => {
        const text = textOf(cell);
        const last = column === line.length - 1;
        const padding = last ? '' : ' '.repeat((widths[column] ?? 0) - width(text) + 3);
        return (typeof cell === 'string' ? text : paint(cell.tone, text)) + padding;
      });
      return `${cells.join('')}\n`;
    })
    .join('');
}

function textOf(cell: Cell): string {
  const text = typeof cell === 'string' ? cell : cell.text;
  // What an API server holds must not move the cursor, nor break a row in two.
  return text === '' ? '<none>' : text.replaceAll(/\p{Cc}/gu, '\uFFFD');
}

/** Code points: good for names and addresses, which is what our tables hold. */
function width(text: string): number {
  return [...text].length;
}
