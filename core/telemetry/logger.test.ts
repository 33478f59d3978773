import { expect, test } from 'vitest';
import { createLogger, type LogFields, type LoggerOptions } from './logger.ts';

function logged(
  write: (logger: ReturnType<typeof createLogger>) => void,
  options: Partial<LoggerOptions> = {},
): string[] {
  const lines: string[] = [];
  const destination = { write: (text: string) => lines.push(text) };
  write(createLogger({ name: 'gslb-sidecar', destination, ...options }));
  return lines;
}

function fieldsOf(fields: LogFields, options: Partial<LoggerOptions> = {}): Record<string, unknown> {
  const [line = ''] = logged((logger) => logger.info(fields, 'x'), options);
  return JSON.parse(line) as Record<string, unknown>;
}

test('a JSON line carries time, level, program, room, fields and message', () => {
  const [line = ''] = logged((logger) =>
    logger.room('serve').warn({ address: '172.19.0.3', port: 53 }, 'port taken'),
  );
  expect(JSON.parse(line)).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    level: 'warn',
    program: 'gslb-sidecar',
    room: 'serve',
    address: '172.19.0.3',
    port: 53,
    message: 'port taken',
  });
  expect(line.endsWith('\n')).toBe(true);
});

test('lines below the level are not written', () => {
  const lines = logged(
    (logger) => {
      logger.debug({}, 'a');
      logger.info({}, 'b');
      logger.error({}, 'c');
    },
    { level: 'warn' },
  );
  expect(lines).toHaveLength(1);
});

test('an error is written with code, hint and causes, and with a stack at level debug only', () => {
  const error = Object.assign(new Error('list failed', { cause: new Error('ECONNREFUSED') }), {
    code: 'ListFailed',
    hint: 'start the API server',
  });
  expect(fieldsOf({ error })['error']).toEqual({
    name: 'Error',
    code: 'ListFailed',
    message: 'list failed',
    hint: 'start the API server',
    cause: { name: 'Error', message: 'ECONNREFUSED' },
  });
  expect(fieldsOf({ error }, { level: 'debug' })['error']).toHaveProperty('stack');
});

test.each([
  ['a field named as one', { password: 'hunter2' }],
  ['a nested one', { key: { name: 'edge', tsig_secret: 'hunter2' } }],
  ['one in a Map', { headers: new Map([['Authorization', 'hunter2']]) }],
  ['a bearer token in text', { request: 'GET / Authorization: Bearer hunter2' }],
  ["BIND's key syntax", { file: 'key "k" { secret "hunter2"; };' }],
  ['a private key', { pem: '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----' }],
  ['the message of an error', { error: new Error('401 for Bearer hunter2') }],
])('a secret is struck out: %s', (_, fields) => {
  const text = JSON.stringify(fieldsOf(fields));
  expect(text).not.toContain('hunter2');
  expect(text).toContain('[redacted]');
});

test('names of Secrets are not secrets', () => {
  expect(fieldsOf({ secretName: 'gslb-edge-key', key: 'podinfo/podinfo' })).toMatchObject({
    secretName: 'gslb-edge-key',
    key: 'podinfo/podinfo',
  });
});

test('fields that JSON cannot hold do not throw', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const fields = fieldsOf({
    circular,
    big: 1n,
    set: new Set(['a']),
    bytes: Buffer.from('abc'),
    none: undefined,
  });
  expect(fields).toMatchObject({ big: '1', set: ['a'], bytes: '[3 bytes]' });
  expect(JSON.stringify(fields['circular'])).toContain('[…]');
});

test("a field cannot replace the line's own", () => {
  expect(fieldsOf({ level: 'x', message: 'y' })).toMatchObject({
    level: 'info',
    level_: 'x',
    message: 'x',
    message_: 'y',
  });
});

test('an Error given as the fields does not replace the message', () => {
  const [line = ''] = logged((logger) => logger.error(new Error('boom') as never, 'could not'));
  expect(JSON.parse(line)).toMatchObject({ message: 'could not' });
});

test('text puts fields behind the message, quoted where needed, in one line', () => {
  const error = new Error('no route', { cause: Object.assign(new Error('down'), { hint: 'start it' }) });
  const [line = ''] = logged(
    (logger) => logger.room('edge').info({ server: '172.19.0.2:53', reason: 'two words', error }, 'sent\nit'),
    { format: 'text' },
  );
  expect(line.replace(/^\S+ /, '')).toBe(
    'INFO  edge: sent\\nit server=172.19.0.2:53 reason="two words" error="no route: down (start it)"\n',
  );
});
