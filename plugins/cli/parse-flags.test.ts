import { expect, test } from 'vitest';
import type { FlagSpecs } from './flags.ts';
import { parseFlags } from './parse-flags.ts';
import { globalFlags, listFlags } from './shared-flags.ts';

const specs = { ...listFlags, ...globalFlags } as const satisfies FlagSpecs;

async function given(...words: string[]): Promise<Record<string, unknown>> {
  const { flags, args } = await parseFlags(specs, words, 'kubectl gslb status');
  const set = Object.entries({ ...flags, args }).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(defaults[name]),
  );
  return Object.fromEntries(set);
}
const defaults: Record<string, unknown> = {
  'all-namespaces': false,
  'all-contexts': false,
  'no-headers': false,
  help: false,
  context: [],
  'request-timeout': '10s',
  color: 'auto',
  v: 0,
  args: [],
};

test.each<[string[], Record<string, unknown>]>([
  [[], {}],
  [['-n', 'podinfo'], { namespace: 'podinfo' }],
  [['-n=podinfo'], { namespace: 'podinfo' }],
  [['-npodinfo'], { namespace: 'podinfo' }],
  [['--namespace', 'podinfo'], { namespace: 'podinfo' }],
  [['--namespace=podinfo'], { namespace: 'podinfo' }],
  [['-n', 'a', '-n', 'b'], { namespace: 'b' }],
  [['-n', '5'], { namespace: '5' }],
  [['-ojson'], { output: 'json' }],
  [['-Aojson'], { 'all-namespaces': true, output: 'json' }],
  [
    ['-A', 'a.example.com', '-o', 'wide', 'b'],
    { 'all-namespaces': true, output: 'wide', args: ['a.example.com', 'b'] },
  ],
  [['--all-namespaces=false'], {}],
  [['--no-headers'], { 'no-headers': true }],
  [['--context', 'eu', '--context=us', 'app'], { context: ['eu', 'us'], args: ['app'] }],
  [['-l', 'app=podinfo,tier!=test'], { selector: 'app=podinfo,tier!=test' }],
  [['-v', '6'], { v: 6 }],
  [['-v=6'], { v: 6 }],
  [['-v6'], { v: 6 }],
  [['007', '1e3'], { args: ['007', '1e3'] }],
  [['--', '-n', 'podinfo'], { args: ['-n', 'podinfo'] }],
])('%j is read as kubectl reads it', async (words, expected) => {
  expect(await given(...words)).toEqual(expected);
});

test.each<[string[], string, string]>([
  [['--namespcae', 'x'], 'unknown flag --namespcae', 'did you mean --namespace?'],
  [['--nothing-like-it'], 'unknown flag --nothing-like-it', 'kubectl gslb status --help lists the flags'],
  [['-x'], 'unknown flag -x', 'kubectl gslb status --help lists the flags'],
  [['-o', 'xml'], '--output "xml" is unknown', 'one of json, yaml, name, wide'],
  [['-v', 'high'], '-v "high" is not a number', 'kubectl gslb status --help'],
  [['--context'], '--context needs a value', 'kubectl gslb status --help'],
  [['-n'], '-n needs a value', 'kubectl gslb status --help'],
])('%j is refused', async (words, message, hint) => {
  await expect(parseFlags(specs, words, 'kubectl gslb status')).rejects.toMatchObject({
    code: 'usage',
    exitCode: 2,
    message,
    hint,
  });
});
