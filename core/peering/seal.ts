import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const algorithm = 'aes-256-gcm';
const info = 'interspan sealed v1';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts text so that only the holder of an X25519 private key reads it: ephemeral ECDH (RFC 7748), HKDF-SHA-256
 * (RFC 5869) over both public keys, AES-256-GCM. Result: base64 of ephemeral public key, nonce, tag, ciphertext.
 * @param recipient raw public key, 32 bytes, base64
 * @throws TypeError when the recipient's key is not one
 */
export function seal(recipient: string, plaintext: string): string {
  const theirs = readPublicKey(recipient);
  const ephemeral = generateKeyPairSync('x25519');
  const mine = rawPublicKey(ephemeral.publicKey);
  const nonce = randomBytes(nonceBytes);
  const key = sharedKey(ephemeral.privateKey, theirs, mine, Buffer.from(recipient, 'base64'));
  const cipher = createCipheriv(algorithm, key, nonce);
  const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return Buffer.concat([mine, nonce, cipher.getAuthTag(), body]).toString('base64');
}

/** The text that {@link seal} encrypted for this key. @throws Error when it was not, or was changed since. */
export function unseal(privateKey: KeyObject, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const body = keyBytes + nonceBytes + tagBytes;
  if (bytes.length < body) throw new Error('a sealed text is longer than this');
  const ephemeral = bytes.subarray(0, keyBytes);
  const key = sharedKey(
    privateKey,
    readPublicKey(ephemeral.toString('base64')),
    ephemeral,
    rawPublicKey(createPublicKey(privateKey)),
  );
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(keyBytes, keyBytes + nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAuthTag(bytes.subarray(keyBytes + nonceBytes, body));
  return Buffer.concat([decipher.update(bytes.subarray(body)), decipher.final()]).toString('utf8');
}

/** A public key as {@link seal} takes it. */
export function publicKeyText(key: KeyObject): string {
  return rawPublicKey(key).toString('base64');
}

function sharedKey(own: KeyObject, other: KeyObject, ephemeral: Buffer, recipient: Buffer): Buffer {
  const secret = diffieHellman({ privateKey: own, publicKey: other });
  return Buffer.from(hkdfSync('sha256', secret, Buffer.concat([ephemeral, recipient]), info, keyBytes));
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x as string, 'base64url');
}

function readPublicKey(text: string): KeyObject {
  const raw = Buffer.from(text, 'base64');
  if (raw.length !== keyBytes) throw new TypeError('an X25519 public key has 32 bytes');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: raw.toString('base64url') }, format: 'jwk' });
}
