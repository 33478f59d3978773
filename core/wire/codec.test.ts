import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryMessage, propertyRuns } from './arbitrary.fixture.ts';
import { readEdns } from './edns.ts';
import { readHeader } from './header.ts';
import { readMessage } from './read-message.ts';
import { writeMessage } from './write-message.ts';

const runs = propertyRuns(300);

describe('the codec', () => {
  it('reads back every message that it writes', () => {
    fc.assert(
      fc.property(arbitraryMessage(), (message) => {
        expect(readMessage(writeMessage(message))).toEqual({ ok: true, value: message });
      }),
      { numRuns: runs },
    );
  });

  it('keeps to the size asked for, and what is left out says so', () => {
    fc.assert(
      fc.property(arbitraryMessage(), fc.integer({ min: 1200, max: 2000 }), (message, maxBytes) => {
        const bytes = writeMessage(message, { maxBytes });
        expect(bytes.length).toBeLessThanOrEqual(maxBytes);
        const result = readMessage(bytes);
        if (!result.ok) throw new Error(result.error.message);
        const read = result.value;
        expect(message.answers.slice(0, read.answers.length)).toEqual(read.answers);
        const required = message.answers.length + message.authorities.length;
        const cut = read.answers.length + read.authorities.length < required;
        expect(read.truncated).toBe(message.truncated || cut);
      }),
      { numRuns: runs },
    );
  });

  it('answers any octets with a message or an error, and never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), expectCalm), { numRuns: runs });
  });

  it('survives valid messages with octets changed, cut out and put in', () => {
    const mutation = fc.record({
      at: fc.nat(),
      octet: fc.nat(255),
      how: fc.constantFrom('set', 'cut', 'insert', 'end'),
    });
    fc.assert(
      fc.property(
        arbitraryMessage(),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (message, mutations) => {
          let bytes = writeMessage(message);
          for (const { at, octet, how } of mutations) {
            const place = at % (bytes.length + 1);
            const before = bytes.subarray(0, place);
            if (how === 'set') bytes = Uint8Array.of(...before, octet, ...bytes.subarray(place + 1));
            else if (how === 'cut') bytes = Uint8Array.of(...before, ...bytes.subarray(place + 1));
            else if (how === 'insert') bytes = Uint8Array.of(...before, octet, ...bytes.subarray(place));
            else bytes = Uint8Array.from(before);
          }
          expectCalm(bytes);
        },
      ),
      { numRuns: runs },
    );
  });

  it.each([
    ['the most pointers that fit into 64 KiB', manyPointers()],
    ['the most options', oneRecord(41, Buffer.alloc(65_000))],
    ['the most strings', oneRecord(16, Buffer.alloc(65_000))],
    ['counts of 65535 over nothing', Buffer.from(`00000000${'ffff'.repeat(4)}`, 'hex')],
  ])('reads %s in bounded time', (_, bytes) => {
    readMessage(bytes);
    const start = process.cpuUsage();
    const result = readMessage(bytes);
    const { user } = process.cpuUsage(start);
    expect(user).toBeLessThan(500_000);
    expect(result.ok).toBe(bytes.length > 12);
  });
});

// What a server or client does first with octets from outside.
function expectCalm(bytes: Uint8Array): void {
  const result = readMessage(bytes);
  if (result.ok) {
    expect(readEdns(result.value).status).toBeTypeOf('string');
    // What was understood can be said again, and is then understood alike.
    expect(readMessage(writeMessage(result.value)).ok).toBe(true);
  } else {
    expect(result.error.message).toContain('malformed');
    expect(readHeader(bytes) === undefined).toBe(bytes.length < 12);
  }
}

function oneRecord(type: number, rdata: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + 11 + rdata.length);
  bytes.writeUInt16BE(1, 10);
  bytes.writeUInt16BE(type, 13);
  bytes.writeUInt16BE(1, 15);
  bytes.writeUInt16BE(rdata.length, 21);
  rdata.copy(bytes, 23);
  return bytes;
}

// A chain of 126 pointers to 127 labels inside a TXT record, then as many NULL records as fit, owned by its end.
function manyPointers(): Buffer {
  const labels = Buffer.concat([Buffer.alloc(2 * 126, '\x01a'), Buffer.alloc(1)]);
  const chain = Buffer.alloc(2 * 126);
  for (let k = 0; k < 126; k += 1)
    chain.writeUInt16BE(0xc000 | (k === 0 ? 23 : 23 + labels.length + 2 * (k - 1)), 2 * k);
  const first = oneRecord(10, Buffer.concat([labels, chain]));
  const owner = 0xc000 | (first.length - 2);
  const count = Math.floor((65_535 - first.length) / 12);
  const rest = Buffer.alloc(12 * count);
  for (let k = 0; k < count; k += 1) {
    rest.writeUInt16BE(owner, 12 * k);
    rest.writeUInt16BE(10, 12 * k + 2);
    rest.writeUInt16BE(1, 12 * k + 4);
  }
  first.writeUInt16BE(1 + count, 10);
  return Buffer.concat([first, rest]);
}
