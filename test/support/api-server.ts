import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type LoneApiServer, startLoneApiServer } from '#tools/playground/cluster/lone-api-server.ts';
import { findBinaries } from '#tools/playground/world/binaries.ts';

/** A real API server with a folder of its own, both gone when disposed of. */
export interface TestApiServer extends LoneApiServer {
  /** Runs kubectl as admin; resolves to its standard output, rejects with its standard error. */
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
  /** The same with standard input. */
  readonly kubectlWith: (input: string, ...args: readonly string[]) => Promise<string>;
}

const run = promisify(execFile);

/** Starts etcd and kube-apiserver on free loopback ports; ready when this resolves, about 4 s. */
export async function startApiServer(): Promise<TestApiServer> {
  const directory = mkdtempSync(join(tmpdir(), 'interspan-api-'));
  try {
    const binaries = await findBinaries(process.env);
    const server = await startLoneApiServer(directory, binaries);
    const kubectlWith = async (input: string, ...args: readonly string[]): Promise<string> => {
      const running = run(binaries.kubectl, ['--kubeconfig', server.kubeconfig, ...args], {
        // Metrics of an API server are some MiB.
        maxBuffer: 64 * 2 ** 20,
      });
      running.child.stdin?.end(input);
      return (await running).stdout;
    };
    return {
      ...server,
      kubectl: (...args) => kubectlWith('', ...args),
      kubectlWith,
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}
