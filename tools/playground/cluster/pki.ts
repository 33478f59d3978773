import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertifiedKey, createAuthority, issue, type Subject } from './certificate.ts';
import { isUsable } from './certificate-check.ts';

/** Where a certificate and its key stand on disk (PEM; the key with mode 0400). */
export interface KeyPairFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority in a folder, with the certificates that it issued. */
export interface Pki<Name extends string> {
  readonly authority: KeyPairFiles;
  readonly issued: Readonly<Record<Name, KeyPairFiles>>;
}

/**
 * Makes what is missing of a certificate authority and its certificates under `directory`, and keeps what is
 * there as long as it is valid, signed by this authority and covers the addresses and names asked for.
 */
export async function ensurePki<Name extends string>(
  directory: string,
  authorityName: string,
  subjects: Readonly<Record<Name, Subject>>,
  now: Date = new Date(),
): Promise<Pki<Name>> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const authorityFiles = filesFor(directory, 'ca');
  const authority =
    stored(authorityFiles, { commonName: authorityName }, undefined, now) ??
    store(authorityFiles, await createAuthority(authorityName, now));
  const issued = {} as Record<Name, KeyPairFiles>;
  for (const name of Object.keys(subjects) as Name[]) {
    const files = filesFor(directory, name);
    if (stored(files, subjects[name], authority, now) === undefined) {
      store(files, await issue(authority, subjects[name], now));
    }
    issued[name] = files;
  }
  return { authority: authorityFiles, issued };
}

function filesFor(directory: string, name: string): KeyPairFiles {
  return { certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
}

function stored(
  files: KeyPairFiles,
  subject: Subject,
  issuer: CertifiedKey | undefined,
  now: Date,
): CertifiedKey | undefined {
  if (!existsSync(files.certificate) || !existsSync(files.key)) return undefined;
  const pair = { certificate: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') };
  return isUsable(pair, subject, issuer?.certificate, now) ? pair : undefined;
}

function store(files: KeyPairFiles, pair: CertifiedKey): CertifiedKey {
  replaceFile(files.key, pair.key, 0o400);
  replaceFile(files.certificate, pair.certificate, 0o444);
  return pair;
}

function replaceFile(path: string, content: string, mode: number): void {
  const next = `${path}.new`;
  writeFileSync(next, content, { mode: 0o600 });
  chmodSync(next, mode);
  renameSync(next, path);
}
