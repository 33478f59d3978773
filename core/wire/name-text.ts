import { type Result, type WireError, WireValueError } from './errors.ts';
import { MAX_LABEL_BYTES, MAX_NAME_BYTES, type Name } from './name.ts';

/**
 * Reads a name in presentation form (RFC 1035 §5.1): labels of ASCII, `\.` and `\DDD` escapes, the trailing dot
 * optional, always taken as absolute. `.` is the root; the empty text is refused, so that an unset setting does
 * not become the root. Non-ASCII text is refused: international names come as A-labels (`xn--…`).
 */
export function parseName(text: string): Result<Name> {
  if (text === '.') return { ok: true, value: new Uint8Array(1) as Name };
  let out = 0;
  let lengthAt = out++;
  for (let i = 0; i < text.length; i += 1) {
    let octet = text.charCodeAt(i);
    if (octet === DOT) {
      const length = out - lengthAt - 1;
      if (length === 0) return refused(text, 'has an empty label');
      if (length > MAX_LABEL_BYTES)
        return refused(text, `has a label of more than ${MAX_LABEL_BYTES} octets`);
      scratch[lengthAt] = length;
      lengthAt = out++;
    } else {
      if (octet === BACKSLASH) {
        const digits = isDigit(text.charCodeAt(i + 1));
        octet = digits ? decimalOctet(text, i + 1) : text.charCodeAt(i + 1);
        if (!(octet <= (digits ? 255 : 126))) return refused(text, 'has a broken escape');
        i += digits ? 3 : 1;
      } else if (octet <= SPACE || octet > TILDE) {
        return refused(text, 'holds a character that is not printable ASCII');
      }
      scratch[out++] = octet >= UPPER_A && octet <= UPPER_Z ? octet | 0x20 : octet;
    }
    if (out > MAX_NAME_BYTES) return refused(text, `is longer than ${MAX_NAME_BYTES} octets`);
  }
  const length = out - lengthAt - 1;
  if (length > MAX_LABEL_BYTES) return refused(text, `has a label of more than ${MAX_LABEL_BYTES} octets`);
  if (length > 0) {
    scratch[lengthAt] = length;
    lengthAt = out++;
  }
  if (out === 1) return refused(text, 'is empty');
  if (out > MAX_NAME_BYTES) return refused(text, `is longer than ${MAX_NAME_BYTES} octets`);
  scratch[lengthAt] = 0;
  return { ok: true, value: scratch.slice(0, out) as Name };
}

/** `parseName` for text that was checked at the door, or is written in the program. @throws WireValueError */
export function nameOf(text: string): Name {
  const result = parseName(text);
  if (!result.ok) throw new WireValueError(result.error);
  return result.value;
}

/**
 * Presentation form: lower-case, no trailing dot, `.` for the root; what `parseName` reads back to the same name.
 * Escapes what BIND escapes: the zone file's special characters by a backslash, other octets than printable
 * ASCII by `\DDD`.
 */
export function nameToText(name: Name): string {
  if (name.length === 1) return '.';
  let out = 0;
  let at = 0;
  for (let length = name[at++] ?? 0; length !== 0; length = name[at++] ?? 0) {
    if (out > 0) text[out++] = DOT;
    for (const end = at + length; at < end; at += 1) {
      const octet = name[at] ?? 0;
      if (octet <= SPACE || octet > TILDE) {
        text[out++] = BACKSLASH;
        text[out++] = ZERO + Math.trunc(octet / 100);
        text[out++] = ZERO + (Math.trunc(octet / 10) % 10);
        text[out++] = ZERO + (octet % 10);
      } else {
        if (special[octet] === 1) text[out++] = BACKSLASH;
        text[out++] = octet;
      }
    }
  }
  return text.toString('latin1', 0, out);
}

const DOT = 0x2e;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const TILDE = 0x7e;
const ZERO = 0x30;
const UPPER_A = 0x41;
const UPPER_Z = 0x5a;

// Scratch space; nothing here outlives a call. 4 characters per octet are the most that escapes need.
const scratch = new Uint8Array(MAX_NAME_BYTES + 2);
const text = Buffer.alloc(4 * MAX_NAME_BYTES);

const special = new Uint8Array(256);
for (const character of '."\\;()@$') special[character.charCodeAt(0)] = 1;

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

// NaN unless three digits stand there.
function decimalOctet(text: string, at: number): number {
  let value = 0;
  for (let k = at; k < at + 3; k += 1) {
    const code = text.charCodeAt(k);
    if (!isDigit(code)) return Number.NaN;
    value = value * 10 + code - ZERO;
  }
  return value;
}

function refused(text: string, reason: string): { readonly ok: false; readonly error: WireError } {
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return {
    ok: false,
    error: {
      code: 'name-text',
      message: `The domain name ${JSON.stringify(shown)} ${reason}.`,
      hint: 'Write it like app.cloud.example.com: labels of at most 63 characters, 255 octets in all.',
    },
  };
}
