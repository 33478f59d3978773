/** Most questions that one peer is asked in a second; with more, the period stretches. */
const questionsPerSecond = 2_000;
/** The same while more new ones wait than go at once: what a peer says is wanted soon after a start. */
const catchUpPerSecond = 10_000;
/** Most questions sent in one go, for example when a peer appears. */
const burst = 256;
const shortestPeriodMs = 1_000;

/** A question whose turn it is. `attempt` is 1 for a fresh one, more when earlier ones went unanswered. */
export interface Turn<Q> {
  readonly question: Q;
  readonly attempt: number;
}

/** Whose turn it is: every question once a period, evenly spread; new ones and repeats first. */
export interface Schedule<Q> {
  /** Sets the questions. Those that were not there before are due at once. */
  replace(questions: readonly Q[]): void;
  /** Puts a question before the regular ones (ignored when it is not among them). */
  askSoon(question: Q, attempt: number): void;
  /**
   * The questions to send now; never more than the rate allows. Time that runs backwards counts as none.
   * @param room how many new ones and repeats at most; default: no limit
   */
  due(nowMs: number, room?: number): readonly Turn<Q>[];
  /** New questions and repeats that wait. */
  waiting(): number;
  /** Takes back a repeat that waits. */
  forgetRepeat(question: Q): void;
  /** How often each question is asked: 1,000 ms, longer with more than 2,000 questions. */
  periodMs(): number;
}

export function createSchedule<Q>(): Schedule<Q> {
  let questions: readonly Q[] = [];
  let known: ReadonlySet<Q> = new Set();
  const soon = new Map<Q, number>();
  let cursor = 0;
  let owed = 0;
  let allowance = burst;
  let lastMs: number | undefined;

  /** When each was asked last; only with so many that asking one twice in a period takes another's turn. */
  const askedMs = new Map<Q, number>();

  const isEarly = (question: Q, nowMs: number) =>
    periodMs() > shortestPeriodMs &&
    (soon.has(question) || nowMs - (askedMs.get(question) ?? Number.NEGATIVE_INFINITY) < periodMs() / 2);

  const periodMs = () => Math.max(shortestPeriodMs, (questions.length * 1_000) / questionsPerSecond);

  return {
    periodMs,

    replace(next) {
      const before = known;
      questions = next;
      known = new Set(next);
      for (const question of soon.keys()) if (!known.has(question)) soon.delete(question);
      for (const question of askedMs.keys()) if (!known.has(question)) askedMs.delete(question);
      for (const question of next) if (!before.has(question)) soon.set(question, 1);
    },

    askSoon(question, attempt) {
      if (known.has(question)) soon.set(question, attempt);
    },

    waiting: () => soon.size,

    forgetRepeat(question) {
      if ((soon.get(question) ?? 1) > 1) soon.delete(question);
    },

    due(nowMs, room = Number.POSITIVE_INFINITY) {
      // A stall of this process is not made up for by a flood: one period's worth at most.
      const elapsedMs = Math.min(Math.max(0, nowMs - (lastMs ?? nowMs)), periodMs());
      lastMs = nowMs;
      const rate = soon.size > burst ? catchUpPerSecond : questionsPerSecond;
      allowance = Math.min(burst, allowance + (elapsedMs * rate) / 1_000);
      owed = Math.min(questions.length, owed + (elapsedMs * questions.length) / periodMs());
      const turns: Turn<Q>[] = [];
      for (const [question, attempt] of soon) {
        if (allowance < 1 || turns.length >= room) break;
        allowance -= 1;
        soon.delete(question);
        turns.push({ question, attempt });
      }
      for (; owed >= 1 && allowance >= 1; owed -= 1) {
        cursor = cursor >= questions.length ? 0 : cursor;
        const question = questions[cursor] as Q;
        cursor += 1;
        if (isEarly(question, nowMs)) continue;
        allowance -= 1;
        turns.push({ question, attempt: 1 });
      }
      if (periodMs() > shortestPeriodMs) for (const { question } of turns) askedMs.set(question, nowMs);
      return turns;
    },
  };
}
