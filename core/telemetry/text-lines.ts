/**
 * A stream that takes our JSON lines and writes them for eyes:
 * `2026-11-21T04:39:18.123Z INFO  serve: listening address=172.19.0.3 port=53`.
 */
export function textLines(destination: { write(text: string): unknown }): { write(line: string): void } {
  return { write: (line) => void destination.write(textLine(line)) };
}

function textLine(line: string): string {
  const { time, level, room, message, program: _, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const head = `${time} ${String(level).toUpperCase().padEnd(5)} ${room === undefined ? '' : `${room}: `}`;
  const tail = Object.entries(fields).map(([name, value]) => ` ${name}=${text(value)}`);
  return `${head}${oneLine(String(message ?? ''))}${tail.join('')}\n`;
}

function text(value: unknown): string {
  if (isError(value)) return errorText(value);
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[\w.:/@*+-]+$/.test(value) ? value : JSON.stringify(value);
}

interface WrittenError {
  readonly name: string;
  readonly message: string;
  readonly hint?: string;
  readonly cause?: unknown;
  readonly stack?: string;
}

function isError(value: unknown): value is WrittenError {
  return typeof value === 'object' && value !== null && 'name' in value && 'message' in value;
}

/** The sentences of an error and its causes, in one line; then the stack, where there is one, in lines of its own. */
function errorText(error: WrittenError): string {
  const sentences: string[] = [];
  for (let current: unknown = error; isError(current); current = current.cause)
    sentences.push(current.hint === undefined ? current.message : `${current.message} (${current.hint})`);
  const stack = error.stack === undefined ? '' : `\n${error.stack.replaceAll(/^/gm, '    ')}`;
  return JSON.stringify(sentences.join(': ')) + stack;
}

/** A line break in a message must not look like a line of the log. */
function oneLine(message: string): string {
  return message.replaceAll(/\r?\n/g, '\\n');
}
