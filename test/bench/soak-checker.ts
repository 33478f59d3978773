import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { TYPE } from '#core/wire/constants.ts';
import { nameOf } from '#core/wire/name-text.ts';
import { buildQuery } from '#core/wire/query.ts';
import { clockName, lastChangeOf, SOAK_HOSTS, soakName } from './soak-names.ts';

export interface Checked {
  readonly asked: number;
  /** Answers that are older or newer than they may be, or mix two changes. */
  readonly wrong: readonly string[];
  /** No answer within 2 s. */
  readonly lost: number;
}

/**
 * Asks some hundred questions a second until the signal aborts, and checks each answer: a patch has the clock and a
 * host in it, so a host must be at least as new as the clock was before, and at most as new as it is after.
 */
export async function checkAnswers(port: number, signal: AbortSignal): Promise<Checked> {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let id = 0;
  let asked = 0;
  let lost = 0;
  const wrong: string[] = [];

  /** The change that an answer holds; undefined when it is lost or not whole. */
  const ask = async (name: string): Promise<number | undefined> => {
    id = (id + 1) & 0xffff;
    asked += 1;
    socket.send(buildQuery({ id, name: nameOf(name), type: TYPE.A, recursionDesired: false }));
    const late = AbortSignal.timeout(2000);
    try {
      for (;;) {
        const [bytes] = (await once(socket, 'message', { signal: late })) as [Buffer];
        if (bytes.readUInt16BE(0) === id) return changeIn(bytes, name);
      }
    } catch {
      lost += 1;
      return undefined;
    }
  };

  const changeIn = (bytes: Buffer, name: string): number | undefined => {
    const changes = new Set<number>();
    for (let at = bytes.length - 4 * 16; at < bytes.length; at += 16)
      changes.add(bytes.readUInt16BE(at + 13));
    const [change] = changes;
    if (bytes.readUInt16BE(6) === 4 && changes.size === 1) return change;
    wrong.push(`${name}: ${bytes.toString('hex')}`);
    return undefined;
  };

  try {
    while (!signal.aborted) {
      const before = await ask(clockName);
      const host = Math.floor(Math.random() * SOAK_HOSTS);
      const seen = await ask(soakName(host));
      const after = await ask(clockName);
      if (before !== undefined && seen !== undefined && after !== undefined) {
        const least = lastChangeOf(host, before);
        if (seen < least || seen > after || seen % SOAK_HOSTS !== host)
          wrong.push(`host ${host}: ${seen}, the clock ${before} before and ${after} after`);
      }
      await pause(5);
    }
  } finally {
    socket.close();
  }
  return { asked, wrong, lost };
}
