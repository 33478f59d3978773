import { join } from 'node:path';
import { freePorts } from '#tools/host/free-port.ts';
import { ChildProcesses } from './child-processes.ts';
import { type ControlPlane, type ControlPlaneBinaries, startControlPlane } from './control-plane.ts';

/** An etcd and an API server on loopback, for tests that need no nodes. Ends when disposed of, or with this process. */
export interface LoneApiServer extends ControlPlane, AsyncDisposable {
  /** Stops the API server only; `start` brings it back on the same port with the same data. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

/**
 * Starts one on free ports; ready when this resolves (about 3 s). `directory` receives keys, data and logs and may
 * be removed afterwards.
 */
export async function startLoneApiServer(
  directory: string,
  binaries: Pick<ControlPlaneBinaries, 'etcd' | 'kube-apiserver'>,
): Promise<LoneApiServer> {
  const processes = new ChildProcesses(join(directory, 'logs'));
  const [api = 0, etcd = 0, etcdPeer = 0] = await freePorts(3);
  const start = (): Promise<ControlPlane> =>
    startControlPlane(
      {
        name: 'lone',
        directory,
        address: '127.0.0.1',
        ports: { api, etcd, etcdPeer },
        serviceCidr: '10.30.0.0/16',
        podCidr: '10.40.0.0/16',
        apiServiceAddress: '10.30.0.1',
        binaries: { ...binaries, 'kube-controller-manager': '', 'kube-scheduler': '' },
        controllers: false,
      },
      processes,
    );
  try {
    const controlPlane = await start();
    return {
      ...controlPlane,
      stop: () => processes.stop('kube-apiserver'),
      start: async () => void (await start()),
      [Symbol.asyncDispose]: () => processes[Symbol.asyncDispose](),
    };
  } catch (error) {
    await processes[Symbol.asyncDispose]();
    throw error;
  }
}
