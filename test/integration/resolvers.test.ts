import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { everyQuestion } from '#test/support/resolvers/ask.ts';

const program = fileURLToPath(new URL('../support/resolvers/main.ts', import.meta.url));

/** What is right below the signed example.com; everything else is there without data, or not there. */
const right: Readonly<Record<string, string>> = {
  'app.cloud.example.com A': 'NOERROR 10.0.0.1 10.0.0.2',
  'app.cloud.example.com AAAA': 'NOERROR fd00::1',
  'x.apps.cloud.example.com A': 'NOERROR 10.0.0.9',
  'y.z.apps.cloud.example.com A': 'NOERROR 10.0.0.9',
  'a.deep.down.cloud.example.com A': 'NOERROR 10.0.0.3',
  'many.cloud.example.com A': 'NOERROR 100 records',
  'cloud.example.com NS': 'NOERROR 2 records',
  'cloud.example.com SOA': 'NOERROR 1 records',
  // The parent proves that there is no DS; that is what makes an unsigned zone below a signed one believable.
  'cloud.example.com DS': 'NOERROR ad',
  'www.example.com A': 'NOERROR ad 192.0.2.80',
};

function rightAnswer(question: string): string {
  const isMissing = question.startsWith('nope.') || question.startsWith('no.');
  const isSigned = !question.includes('cloud.');
  return right[question] ?? `${isMissing ? 'NXDOMAIN' : 'NOERROR'}${isSigned ? ' ad' : ''}`;
}

/** BIND sets AD now and then for a missing name below the insecure delegation: nothing of ours was signed. */
const withoutStrayAd = (question: string, answer: string) =>
  question in right || !question.includes('cloud.') ? answer : answer.replace(' ad', '');

describe.each(['bind', 'unbound', 'knot'])('%s in front of us, below a signed parent', (resolver) => {
  it('resolves every name, a label more at a time, whatever the letters', async () => {
    const { stdout } = await promisify(execFile)('unshare', ['--net', process.execPath, program, resolver]);
    const { answers, asked } = JSON.parse(stdout) as {
      readonly answers: Readonly<Record<string, string>>;
      readonly asked: readonly string[];
    };
    for (const { text } of everyQuestion)
      expect(`${text}: ${withoutStrayAd(text, answers[text] ?? '')}`).toBe(`${text}: ${rightAnswer(text)}`);
    const names = asked.map((name) => name.toLowerCase());
    // A minimising resolver asks for the empty non-terminal before it asks for what lies below.
    expect(names).toContain('down.cloud.example.com');
    expect(names.indexOf('down.cloud.example.com')).toBeLessThan(
      names.indexOf('a.deep.down.cloud.example.com'),
    );
    // BIND has no 0x20.
    const isMixed = asked.some((name) => /[A-Z]/.test(name) && /[a-z]/.test(name));
    expect(isMixed).toBe(resolver !== 'bind');
  });
});
