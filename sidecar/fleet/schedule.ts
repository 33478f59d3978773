/** Most questions that one peer is asked in a second; with more, the period stretches. */
const questionsPerSecond = 2_000;
/** The same while more new ones wait than go at once: what a peer says is wanted soon after a start. */
const catchUpPerSecond = 5_000;
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
  /** The questions to send now; never more than the rate allows. Time that runs backwards counts as none. */
  due(nowMs: number): readonly Turn<Q>[];
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

  const periodMs = () => Math.max(shortestPeriodMs, (questions.length * 1_000) / questionsPerSecond);

  return {
    periodMs,

    replace(next) {
      const before = known;
      questions = next;
      known = new Set(next);
      for (const question of soon.keys()) if (!known.has(question)) soon.delete(question);
      for (const question of next) if (!before.has(question)) soon.set(question, 1);
    },

    askSoon(question, attempt) {
      if (known.has(question)) soon.set(question, attempt);
    },

    due(nowMs) {
      // A stall of this process is not made up for by a flood: one period's worth at most.
      const elapsedMs = Math.min(Math.max(0, nowMs - (lastMs ?? nowMs)), periodMs());
      lastMs = nowMs;
      const rate = soon.size > burst ? catchUpPerSecond : questionsPerSecond;
      allowance = Math.min(burst, allowance + (elapsedMs * rate) / 1_000);
      owed = Math.min(questions.length, owed + (elapsedMs * questions.length) / periodMs());
      const turns: Turn<Q>[] = [];
      for (const [question, attempt] of soon) {
        if (allowance < 1) return turns;
        allowance -= 1;
        soon.delete(question);
        turns.push({ question, attempt });
      }
      for (; owed >= 1 && allowance >= 1; owed -= 1, allowance -= 1) {
        cursor = cursor >= questions.length ? 0 : cursor;
        turns.push({ question: questions[cursor] as Q, attempt: 1 });
        cursor += 1;
      }
      return turns;
    },
  };
}
