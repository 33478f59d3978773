/** Channels of the one port of a port-forward over a WebSocket (subprotocol v4.channel.k8s.io). */
const dataChannel = 0;
const errorChannel = 1;

/** Bytes for the pod as one message: the channel, then the bytes. */
export function dataFrame(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(bytes.length + 1);
  frame[0] = dataChannel;
  frame.set(bytes, 1);
  return frame;
}

/** What one message from the kubelet carries. */
export type Frame =
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'error'; readonly text: string }
  /** Nothing for us: the port number that each channel begins with, or a channel that we did not ask for. */
  | { readonly kind: 'none' };

/** A reader of messages, in order: the first on each channel is its port number (two bytes). */
export function frameReader(): (message: Buffer) => Frame {
  const begun = new Set<number>();
  return (message) => {
    const channel = message[0];
    if (channel !== dataChannel && channel !== errorChannel) return { kind: 'none' };
    const rest = message.subarray(begun.has(channel) ? 1 : 3);
    begun.add(channel);
    if (rest.length === 0) return { kind: 'none' };
    return channel === dataChannel
      ? { kind: 'data', bytes: rest }
      : { kind: 'error', text: rest.toString('utf8').trim() };
  };
}
