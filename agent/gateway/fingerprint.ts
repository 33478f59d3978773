import { createHash, type X509Certificate } from 'node:crypto';

/** SHA-256 of a certificate's public key (SPKI, RFC 5280 4.1.2.7), base64url without padding: what peers pin. */
export function fingerprintOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('base64url');
}
