import type { Credentials } from '#core/source/api-server/access.ts';
import { kubeconfigCredentials } from '#core/source/api-server/kubeconfig.ts';
import { plainAccess } from '#core/source/kubeconfig/plain-access.ts';
import type { Kubeconfig } from '#core/source/kubeconfig/read.ts';

/**
 * Credentials of a context, made at the first request: from the file where that says all, by client-node else. `path`
 * is that of --kubeconfig.
 */
export function contextCredentials(file: Kubeconfig, context: string, path: string | undefined): Credentials {
  return lazily(async () => {
    const access = await plainAccess(file, context);
    return access === undefined
      ? kubeconfigCredentials({ context, now: () => performance.now(), ...(path && { path }) })
      : { access: async () => access, forget: () => undefined };
  });
}

/** Credentials that are made at the first request; made anew when making them failed. */
function lazily(make: () => Promise<Credentials>): Credentials {
  let made: Promise<Credentials> | undefined;
  return {
    access: async () => {
      made ??= make();
      try {
        return await (await made).access();
      } catch (error) {
        made = undefined;
        throw error;
      }
    },
    forget: () => {
      void made?.then(
        (credentials) => credentials.forget(),
        () => undefined,
      );
    },
  };
}
