import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { publicKeyText, seal, unseal } from './seal.ts';

it('is read by the holder of the key, and differs each time', () => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const sealed = seal(publicKeyText(publicKey), 'a token');
  expect(unseal(privateKey, sealed)).toBe('a token');
  expect(seal(publicKeyText(publicKey), 'a token')).not.toBe(sealed);
});

it('is not read by another key, nor after any byte was changed', () => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const sealed = seal(publicKeyText(publicKey), 'a token');
  expect(() => unseal(generateKeyPairSync('x25519').privateKey, sealed)).toThrow();
  const bytes = Buffer.from(sealed, 'base64');
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes);
    changed[index] = (changed[index] as number) ^ 1;
    expect(() => unseal(privateKey, changed.toString('base64'))).toThrow();
  }
  expect(() => unseal(privateKey, '')).toThrow('longer');
});

it('refuses what is no public key', () => {
  expect(() => seal('AAAA', 'x')).toThrow('32 bytes');
});
