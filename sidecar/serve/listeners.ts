import { bindProblem, type ListenSocket, type ServeProblem } from './errors.ts';

/** Where to listen; port 0 is any that is free, the same for UDP and TCP. */
export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * Opens a socket that answers from then on. Rejects with the system's error. `onLost` is called when it fails later;
 * it must still be closed.
 */
export type OpenSocket = (
  address: string,
  port: number,
  onLost: (error: unknown) => void,
) => Promise<OpenedSocket>;

export interface OpenedSocket {
  readonly port: number;
  close(): Promise<void>;
}

export interface Listeners {
  /** Closes what is not among `addresses`, opens what is missing; resolves when each was tried once. */
  listen(addresses: readonly ListenAddress[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Keeps UDP and TCP sockets open on the addresses asked for, each by itself: what cannot be opened, or fails later,
 * is reported once per reason and tried again every `retryMs`.
 */
export function createListeners(options: {
  readonly openUdp: OpenSocket;
  /** Undefined: UDP only. */
  readonly openTcp: OpenSocket | undefined;
  readonly retryMs: number;
  readonly onProblem: (problem: ServeProblem) => void;
  readonly onListening: (sockets: readonly ListenSocket[]) => void;
}): Listeners {
  const { openUdp, openTcp, retryMs, onProblem, onListening } = options;
  let wanted: readonly ListenAddress[] = [];
  let running = Promise.resolve();
  const slots = new Map<string, Slot>();

  const step = async () => {
    const keys = new Set(wanted.map(keyOf));
    for (const [key, slot] of slots) {
      if (keys.has(key) && !slot.isLost) continue;
      await slot.udp?.close();
      await slot.tcp?.close();
      if (keys.has(key)) Object.assign(slot, emptySlot);
      else slots.delete(key);
    }
    for (const at of wanted) {
      const slot = slots.get(keyOf(at)) ?? { ...emptySlot };
      slots.set(keyOf(at), slot);
      await openBoth(at, slot);
    }
    onListening(wanted.flatMap((at) => socketsOf(at.address, slots.get(keyOf(at)))));
  };

  const openBoth = async (at: ListenAddress, slot: Slot): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      const isLast = at.port !== 0 || tries === MOST_TRIES || openTcp === undefined;
      slot.udp ??= await attempt(openUdp, at.address, at.port || (slot.tcp?.port ?? 0), 'udp', slot, isLast);
      if (openTcp !== undefined)
        slot.tcp ??= await attempt(
          openTcp,
          at.address,
          at.port || (slot.udp?.port ?? 0),
          'tcp',
          slot,
          isLast,
        );
      if (isLast || (slot.udp === undefined) === (slot.tcp === undefined)) return;
      // Any port will do, and this one is free for one transport only: another is tried.
      await slot.udp?.close();
      await slot.tcp?.close();
      Object.assign(slot, { udp: undefined, tcp: undefined });
    }
  };

  const attempt = async (
    open: OpenSocket,
    address: string,
    port: number,
    transport: 'udp' | 'tcp',
    slot: Slot,
    isLast: boolean,
  ): Promise<OpenedSocket | undefined> => {
    const report = (cause: unknown) => {
      const problem = { ...bindProblem({ address, port, transport }, errorCode(cause)), cause };
      if (slot.reported[transport] !== problem.code) onProblem(problem);
      slot.reported = { ...slot.reported, [transport]: problem.code };
    };
    try {
      const opened = await open(address, port, (error) => {
        slot.isLost = true;
        report(error);
      });
      slot.reported = { ...slot.reported, [transport]: undefined };
      return opened;
    } catch (error) {
      if (isLast || port === 0 || errorCode(error) !== 'EADDRINUSE') report(error);
      return undefined;
    }
  };

  // One step at a time: two at once would open a socket twice.
  const enqueue = () => {
    running = running.then(step);
    return running;
  };
  const retry = setInterval(() => {
    if (wanted.some((at) => isIncomplete(slots.get(keyOf(at)), openTcp !== undefined))) void enqueue();
  }, retryMs);

  return {
    listen: (addresses) => {
      wanted = addresses;
      return enqueue();
    },
    close: () => {
      clearInterval(retry);
      wanted = [];
      return enqueue();
    },
  };
}

/** How often a port is chosen that must be free for UDP and TCP alike. */
const MOST_TRIES = 8;

/** The sockets of one address, and what was last said about each. */
interface Slot {
  udp: OpenedSocket | undefined;
  tcp: OpenedSocket | undefined;
  isLost: boolean;
  reported: { readonly udp?: string | undefined; readonly tcp?: string | undefined };
}

const emptySlot: Slot = { udp: undefined, tcp: undefined, isLost: false, reported: {} };

function keyOf(at: ListenAddress): string {
  return `${at.address} ${at.port}`;
}

function isIncomplete(slot: Slot | undefined, withTcp: boolean): boolean {
  return slot?.udp === undefined || (withTcp && slot.tcp === undefined) || slot.isLost;
}

function socketsOf(address: string, slot: Slot | undefined): readonly ListenSocket[] {
  const result: ListenSocket[] = [];
  if (slot?.udp !== undefined) result.push({ address, port: slot.udp.port, transport: 'udp' });
  if (slot?.tcp !== undefined) result.push({ address, port: slot.tcp.port, transport: 'tcp' });
  return result;
}

function errorCode(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
