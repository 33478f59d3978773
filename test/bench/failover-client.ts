import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';

/** Asks one server for the A records of one name, over one open UDP socket, at a fixed pace. */
export class Client implements Disposable {
  readonly #socket: Socket;
  readonly #query: Buffer;
  #id = 0;
  #latest: string | undefined;
  #wanted: { readonly answer: string; readonly resolve: (atMs: number) => void } | undefined;
  readonly #timer: NodeJS.Timeout;
  /** Questions sent and answers read, for the figures. */
  readonly counts = { asked: 0, answered: 0 };

  private constructor(socket: Socket, name: string, everyMs: number) {
    this.#socket = socket;
    this.#query = encode({
      type: 'query',
      flags: RECURSION_DESIRED,
      questions: [{ type: 'A', name, class: 'IN' }],
    });
    socket.on('message', (bytes) => this.#read(bytes));
    this.#timer = setInterval(() => this.#ask(), everyMs);
  }

  static async open(address: string, port: number, name: string, everyMs: number): Promise<Client> {
    const socket = createSocket('udp4');
    socket.connect(port, address);
    await once(socket, 'connect');
    return new Client(socket, name, everyMs);
  }

  /** The addresses of the newest answer, sorted and joined; undefined before the first. */
  get latest(): string | undefined {
    return this.#latest;
  }

  /** Resolves with `performance.now()` of the first answer that reads exactly so; rejects after `timeoutMs`. */
  until(answer: string, timeoutMs: number): Promise<number> {
    if (this.#latest === answer) return Promise.resolve(performance.now());
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const timer = setTimeout(() => {
      this.#wanted = undefined;
      reject(new Error(`no answer "${answer}" within ${timeoutMs} ms; the newest is "${this.#latest}"`));
    }, timeoutMs);
    this.#wanted = {
      answer,
      resolve: (atMs) => {
        clearTimeout(timer);
        resolve(atMs);
      },
    };
    return promise;
  }

  #ask(): void {
    this.#id = (this.#id + 1) & 0xffff;
    this.#query.writeUInt16BE(this.#id, 0);
    this.counts.asked++;
    this.#socket.send(this.#query);
  }

  #read(bytes: Buffer): void {
    const atMs = performance.now();
    this.counts.answered++;
    const addresses = (decode(bytes).answers ?? []).flatMap((a) => (a.type === 'A' ? [a.data] : []));
    this.#latest = addresses.sort().join(' ');
    if (this.#wanted?.answer !== this.#latest) return;
    this.#wanted.resolve(atMs);
    this.#wanted = undefined;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }
}
