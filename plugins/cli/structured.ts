/** An object in the format of `-o json` or `-o yaml`. YAML is loaded only when asked for. */
export async function structuredText(value: unknown, format: 'json' | 'yaml'): Promise<string> {
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  const { stringify } = await import('yaml');
  // No anchors for parts that occur twice, and no lines folded: diffs and grep read it.
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}
