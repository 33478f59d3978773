import { pino } from 'pino';
import { loggableFields } from './loggable-fields.ts';
import { textLines } from './text-lines.ts';

/**
 * What a room needs of logging. Fields first, then a sentence without them in it; the object that it is about stands
 * in a field of its own (`gslb: 'podinfo/podinfo'`). An Error goes into the field `error`: its code, hint and causes
 * are written out. Never throws because of what the fields hold.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Structured part of a line. Values that look like secrets are struck out (see {@link loggableFields}). */
export type LogFields = Readonly<Record<string, unknown>>;

/** From which level on lines are written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The program's logger, of which each room gets a child. */
export interface RootLogger extends Logger {
  /** A logger that adds `room` to every line. */
  room(name: string): Logger;
}

export interface LoggerOptions {
  /** Default info. */
  readonly level?: LogLevel;
  /** `json`: one object per line (time, level, program, room, message, fields); `text`: the same for eyes. Default json. */
  readonly format?: 'json' | 'text';
  /** Where whole lines go; written to synchronously (pino's worker transports break in bundles). */
  readonly destination: { write(text: string): unknown };
  /** The program, for example gslb-sidecar; the field `program` of every JSON line. */
  readonly name: string;
}

/** Makes the logger of a program. It owns nothing that must be closed. Stack traces are written at level debug only. */
export function createLogger(options: LoggerOptions): RootLogger {
  const { level = 'info', format = 'json', destination, name } = options;
  const logger = pino(
    {
      level,
      base: { program: name },
      messageKey: 'message',
      errorKey: 'error',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      // Errors are written by loggableFields; pino's own serializer would only see what that left.
      serializers: { error: (value: unknown) => value },
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => loggableFields(fields, { stacks: level === 'debug' }),
      },
    },
    format === 'text' ? textLines(destination) : { write: (line: string) => void destination.write(line) },
  );
  return {
    ...levels(logger),
    room: (room) => levels(logger.child({ room })),
  };
}

/** Narrowed to our four methods, so that a room cannot come to depend on pino. */
function levels(logger: Logger): Logger {
  return {
    // An Error as the whole of the fields would bypass formatters.log in pino.
    debug: (fields, message) => logger.debug({ ...fields }, message),
    info: (fields, message) => logger.info({ ...fields }, message),
    warn: (fields, message) => logger.warn({ ...fields }, message),
    error: (fields, message) => logger.error({ ...fields }, message),
  };
}
