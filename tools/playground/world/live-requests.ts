import { PlaygroundError } from '#tools/playground/errors.ts';
import { withClient } from './client.ts';
import { run } from './command.ts';
import { type LiveAnswer, parseAnswer } from './live-answer.ts';
import { machinesOf, type World } from './plan.ts';
import { renderTable } from './table.ts';

/**
 * Asks `http://host/` so many times from a client that resolves through the edge, a fresh lookup and connection each.
 * A request that gets no HTTP answer within 5 s throws NO_LIVE_ANSWER.
 * @param options `to`: an address to ask, past DNS
 */
export async function liveRequests(
  world: World,
  instanceFolder: string,
  host: string,
  count: number,
  options: { readonly to?: string } = {},
): Promise<readonly LiveAnswer[]> {
  const pinned = options.to === undefined ? [] : ['--resolve', `${host}:80:${options.to}`];
  return withClient(world, instanceFolder, async (enter) => {
    const answers: LiveAnswer[] = [];
    for (let index = 0; index < count; index++) {
      const written = '\n%{remote_ip} %{http_code}';
      const { code, stdout, stderr } = await run([
        ...enter,
        ...['curl', '--silent', '--show-error', '--max-time', '5', '--noproxy', '*'],
        ...pinned,
        ...['--write-out', written, `http://${host}/`],
      ]);
      if (code !== 0) {
        throw new PlaygroundError(
          'NO_LIVE_ANSWER',
          `request ${index + 1} for http://${host}/: ${stderr.trim()}`,
        );
      }
      answers.push(parseAnswer(stdout));
    }
    return answers;
  });
}

/** A table of answers: number, node, address, pod. */
export function renderAnswers(world: World, answers: readonly LiveAnswer[]): string {
  const rows = answers.map(({ address, status, pod }, index) => {
    const node = machinesOf(world).find((machine) => machine.address === address)?.name ?? '?';
    return [`${index + 1}`, node, address, pod ?? `HTTP ${status}`];
  });
  return renderTable([['', 'NODE', 'ADDRESS', 'POD'], ...rows]);
}
