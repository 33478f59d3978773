import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { CertifiedKey, Subject } from './certificate.ts';

/** Certificates are made anew when they have less than this left. */
const renewBeforeMs = 24 * 3600 * 1000;

/** Whether a pair may be kept for this subject (without an issuer: self-signed); what cannot be read may not. */
export function isUsable(
  pair: CertifiedKey,
  subject: Subject,
  issuerPem: string | undefined,
  now: Date,
): boolean {
  try {
    const certificate = new X509Certificate(pair.certificate);
    const issuer = issuerPem === undefined ? certificate : new X509Certificate(issuerPem);
    return (
      certificate.checkPrivateKey(createPrivateKey(pair.key)) &&
      certificate.verify(issuer.publicKey) &&
      certificate.validToDate.getTime() - now.getTime() > renewBeforeMs &&
      certificate.subject.split('\n').includes(`CN=${subject.commonName}`) &&
      (subject.addresses ?? []).every((address) => certificate.checkIP(address) !== undefined) &&
      (subject.dnsNames ?? []).every((name) => certificate.checkHost(name) !== undefined)
    );
  } catch {
    return false;
  }
}
