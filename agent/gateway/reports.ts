import type { Duplex } from 'node:stream';
import type { GatewayReport } from '#agent/model/gateway-table.ts';

/** A reader that has not taken so much is cut: it can connect again and gets the whole state. */
const maxWaitingBytes = 1024 * 1024;

/** Sends reports to whoever reads them: at once, at every change, and now and then as a sign of life. */
export class Reports {
  readonly #report: () => GatewayReport | undefined;
  readonly #readers = new Set<Duplex>();
  readonly #timer: NodeJS.Timeout;
  #last = '';
  #scheduled = false;

  /** `report` is undefined while no table is served; nothing is sent then. */
  constructor(report: () => GatewayReport | undefined, everyMs: number) {
    this.#report = report;
    this.#timer = setInterval(() => this.#send(), everyMs);
  }

  add(reader: Duplex): void {
    this.#readers.add(reader);
    reader.on('error', () => undefined);
    reader.once('close', () => this.#readers.delete(reader));
    // It has nothing to say; its end must be heard.
    reader.resume().once('end', () => reader.destroy());
    const line = this.#line();
    if (line !== undefined) reader.write(line);
  }

  /** Something may have changed: sends when it has, once for all that changes in the same turn. */
  changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#line() !== this.#last) this.#send();
    });
  }

  close(): void {
    clearInterval(this.#timer);
    for (const reader of this.#readers) reader.destroy();
  }

  #line(): string | undefined {
    const report = this.#report();
    return report === undefined ? undefined : `${JSON.stringify(report)}\n`;
  }

  #send(): void {
    const line = this.#line();
    if (line === undefined) return;
    this.#last = line;
    for (const reader of this.#readers)
      if (reader.writableLength > maxWaitingBytes) reader.destroy();
      else reader.write(line);
  }
}
