import { startProvider } from '#agent/provider/start-provider.ts';
import { runLease } from '#core/kube/lease.ts';
import { apiServerSource } from '#core/source/api-server/source.ts';

/*
 * A provider's half of an agent, for a test to kill: takes the Lease, then makes Pods for the twin namespaces given.
 * Arguments: kubeconfig, identity, and `namespace,consumer,tenantNamespace` of each twin. Prints `leading`.
 */
const [kubeconfig = '', identity = '', ...twins] = process.argv.slice(2);
const ending = new AbortController();
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const now = (): number => performance.now();
const { signal } = ending;
const random = Math.random;

const source = await apiServerSource({
  kubeconfig,
  fieldManager: 'offload-agent',
  identity,
  log,
  now,
  random,
  signal,
});
/** A new term begins when the last one has ended, as in the agent: two of them would each count for itself. */
let term: { readonly ending: AbortController; readonly ended: Promise<void> } | undefined;
const begin = (): void => {
  process.stdout.write('leading\n');
  const ending = new AbortController();
  const before = term?.ended ?? Promise.resolve();
  const ended = before.then(() => (ending.signal.aborted ? undefined : admit(ending.signal)));
  term = { ending, ended };
};
const admit = (until: AbortSignal): Promise<void> => {
  const options = { source, log, random, wallClock: Date.now, admits: () => lease.isHeld() };
  const provider = startProvider({ ...options, granted: ({ spec }) => spec?.resources ?? {} }, until);
  provider.setTwins(
    twins.map((twin) => {
      const [namespace = '', consumer = '', tenantNamespace = ''] = twin.split(',');
      return { namespace, consumer, tenantNamespace };
    }),
  );
  return provider.drained;
};
const lease = runLease(
  {
    client: source,
    namespace: 'offload-system',
    name: 'provider-test',
    identity,
    durationMs: 2000,
    renewMs: 300,
    now,
    random,
    log,
    onAcquire: () => begin(),
    onLose: () => term?.ending.abort(),
  },
  signal,
);
