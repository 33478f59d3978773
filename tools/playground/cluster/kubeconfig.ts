import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { KeyPairFiles } from './pki.ts';

/** One cluster with one user, as a kubeconfig names them. */
export interface KubeconfigEntry {
  /** Name of the cluster, the user and the context alike. */
  readonly name: string;
  /** `https://ADDRESS:PORT`. */
  readonly server: string;
  /** PEM file of the authority that signed the API server's certificate. */
  readonly authority: string;
  readonly user: KeyPairFiles;
}

/** A kubeconfig (YAML) with its certificates and keys embedded; the first entry's context is current. */
export function renderKubeconfig(entries: readonly KubeconfigEntry[]): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: entries.map(({ name, server, authority }) => ({
      name,
      cluster: { server, 'certificate-authority-data': base64(authority) },
    })),
    users: entries.map(({ name, user }) => ({
      name,
      user: { 'client-certificate-data': base64(user.certificate), 'client-key-data': base64(user.key) },
    })),
    contexts: entries.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
    'current-context': entries[0]?.name ?? '',
  });
}

function base64(file: string): string {
  return readFileSync(file).toString('base64');
}
