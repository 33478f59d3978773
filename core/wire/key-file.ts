import type { Result } from './errors.ts';
import { type Name, namesEqual } from './name.ts';
import { nameToText, parseName } from './name-text.ts';
import { isTsigAlgorithm, type TsigKey, tsigAlgorithms, tsigKey } from './tsig-key.ts';

/**
 * Reads keys in BIND's syntax, as `tsig-keygen` writes them: one or more `key "name" { algorithm hmac-sha256;
 * secret "base64"; };`, with comments of the styles C, C++ and shell. Order is kept: by custom the first key signs
 * and all verify. Errors name the line, and never show what stands there: it may be the secret.
 */
export function parseKeyFile(text: string): Result<readonly TsigKey[]> {
  const tokens = tokenize(text);
  if ('reason' in tokens) return refused(tokens);
  const keys: TsigKey[] = [];
  for (let at = 0; at < tokens.length; ) {
    const parsed = parseKey(tokens, at);
    if ('reason' in parsed) return refused(parsed);
    const { key, next } = parsed;
    if (keys.some((other) => namesEqual(other.name, key.name))) {
      return refused({
        line: tokens[at]?.line ?? 1,
        reason: `the key "${nameToText(key.name)}" stands there twice`,
      });
    }
    keys.push(key);
    at = next;
  }
  if (keys.length === 0) return refused({ line: 1, reason: 'there is no key in it' });
  return { ok: true, value: keys };
}

interface Token {
  readonly line: number;
  readonly text: string;
  /** Quoted text is never punctuation. */
  readonly quoted: boolean;
}

interface Fault {
  readonly line: number;
  readonly reason: string;
}

function tokenize(text: string): readonly Token[] | Fault {
  const tokens: Token[] = [];
  // One alternative per lexical element; sticky, so that every character is looked at once.
  const element = /(\s+|#.*|\/\/.*|\/\*[\s\S]*?\*\/)|"([^"\n]*)"|([{};])|([^\s{};"#/]|\/(?![/*]))+/y;
  let line = 1;
  while (element.lastIndex < text.length) {
    const match = element.exec(text);
    if (match === null) return { line, reason: 'a quoted text or a comment does not end' };
    const [whole, blank, quoted] = match;
    if (blank === undefined) tokens.push({ line, text: quoted ?? whole, quoted: quoted !== undefined });
    line += whole.split('\n').length - 1;
  }
  return tokens;
}

function parseKey(
  tokens: readonly Token[],
  start: number,
): { readonly key: TsigKey; readonly next: number } | Fault {
  let at = start;
  const lastLine = tokens.at(-1)?.line ?? 1;
  const fault = (reason: string): Fault => ({ line: tokens[at]?.line ?? lastLine, reason });
  const isMark = (text: string) => tokens[at]?.text === text && tokens[at]?.quoted === false;

  if (!isMark('key')) return fault('only `key "name" { … };` may stand here');
  at += 1;
  const name = nameIn(tokens[at]);
  if (name === undefined) return fault('the name of the key is missing, or is not a domain name');
  at += 1;
  if (!isMark('{')) return fault('`{` is missing after the name of the key');
  at += 1;
  let algorithm: Token | undefined;
  let secret: Token | undefined;
  for (; !isMark('}'); at += 1) {
    const isAlgorithm = isMark('algorithm');
    if (!isAlgorithm && !isMark('secret')) return fault('`algorithm`, `secret` or `}` is expected here');
    if ((isAlgorithm ? algorithm : secret) !== undefined) return fault('this is given twice in one key');
    at += 1;
    const value = tokens[at];
    if (!isValue(value)) return fault('a value is missing');
    if (isAlgorithm) algorithm = value;
    else secret = value;
    at += 1;
    if (!isMark(';')) return fault('`;` is missing');
  }
  at += 1;
  if (!isMark(';')) return fault('`;` is missing after `}`');

  const label = `the key "${nameToText(name)}"`;
  if (algorithm === undefined || secret === undefined)
    return fault(`${label} lacks its algorithm or its secret`);
  const algorithmText = algorithm.text.toLowerCase().replace(/\.$/, '');
  if (!isTsigAlgorithm(algorithmText)) {
    return {
      line: algorithm.line,
      reason: `the algorithm of ${label} is none of ${tsigAlgorithms.join(', ')}`,
    };
  }
  const octets = base64Octets(secret.text);
  if (octets === undefined)
    return { line: secret.line, reason: `the secret of ${label} is empty or not base64` };
  return { key: tsigKey(name, algorithmText, octets), next: at + 1 };
}

function isValue(token: Token | undefined): token is Token {
  return token !== undefined && (token.quoted || !/^[{};]$/.test(token.text));
}

function nameIn(token: Token | undefined): Name | undefined {
  if (!isValue(token)) return undefined;
  const result = parseName(token.text);
  return result.ok ? result.value : undefined;
}

// Buffer.from ignores what is not base64, so it is written again and compared.
function base64Octets(text: string): Uint8Array | undefined {
  const compact = text.replaceAll(/\s/g, '');
  const octets = Buffer.from(compact, 'base64');
  const again = octets.toString('base64');
  return octets.length > 0 && (again === compact || again.replace(/=+$/, '') === compact)
    ? octets
    : undefined;
}

function refused(fault: Fault): Result<never> {
  return {
    ok: false,
    error: {
      code: 'key-file',
      message: `The key file is wrong in line ${fault.line}: ${fault.reason}.`,
      hint: 'Write keys as BIND does; `tsig-keygen NAME` prints a good one.',
    },
  };
}
