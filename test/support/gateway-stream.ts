import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:tls';
import { gatewayProtocols } from '#agent/model/gateway-table.ts';

/**
 * What a gateway answers to a stream towards an endpoint: the status, with what the endpoint says to a GET after 200;
 * `cut` when it ends the connection.
 */
export function streamTo(
  address: string,
  endpoint: string,
  key: { readonly keyPem: string; readonly certificatePem: string } | undefined,
): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({
    host,
    port: Number(port),
    ...(key && { key: key.keyPem, cert: key.certificatePem }),
    minVersion: 'TLSv1.3',
    ALPNProtocols: [gatewayProtocols.forward],
    rejectUnauthorized: false,
  });
  const session = connectHttp2('http://gateway', { createConnection: () => socket });
  const end = (text: string): void => {
    clearTimeout(timer);
    resolve(text);
    session.destroy(undefined, constants.NGHTTP2_CANCEL);
    socket.destroy();
  };
  const timer = setTimeout(() => end('silence'), 10_000);
  socket.on('error', () => end('cut'));
  socket.on('close', () => end('cut'));
  session.on('error', () => end('cut'));
  session.on('close', () => end('cut'));
  const stream = session.request(
    { ':method': 'CONNECT', ':authority': encodeURIComponent(endpoint) },
    { endStream: false },
  );
  stream.on('error', () => end('cut'));
  stream.on('response', (headers) => {
    const status = Number(headers[':status']);
    if (status !== 200) return end(String(status));
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes(']')) end(`200 ${text}`);
    });
    stream.write('GET /schedule HTTP/1.0\r\n\r\n');
  });
  return promise;
}
