/** Whether the text matches one of the globs; `*` stands for any text, all else for itself. Never backtracks. */
export function matchesGlob(globs: readonly string[] | undefined, text: string): boolean {
  return globs?.some((glob) => matches(glob, text)) ?? false;
}

function matches(glob: string, text: string): boolean {
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop();
  if (tail === undefined) return glob === text;
  if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail)) return false;
  const end = text.length - tail.length;
  let from = head.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
