import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const years = 10;
/** It begins an hour early: clocks of peers differ. */
const skewMs = 3600 * 1000;

/**
 * A key of P-256 with a certificate that it signs itself, for TLS clients and servers alike, valid for 10 years. Peers
 * pin the key; name and dates are for people.
 */
export async function createGatewayCertificate(
  clusterID: string,
  now: Date,
): Promise<{ readonly keyPem: string; readonly certificatePem: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(now.getUTCFullYear() + years);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    notBefore: new Date(now.getTime() - skewMs),
    notAfter,
    serialNumber: serialNumber(),
    name: [{ CN: [clusterID] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
    ],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { keyPem: pem('PRIVATE KEY', der), certificatePem: `${certificate.toString('pem').trim()}\n` };
}

function pem(what: string, base64: string): string {
  return `-----BEGIN ${what}-----\n${base64.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END ${what}-----\n`;
}

/** RFC 5280 4.1.2.2: positive, at most 20 octets. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString('hex');
}
