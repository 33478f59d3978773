import { expect, test } from 'vitest';
import { planWorld } from '#tools/playground/world/plan.ts';
import { namedConfig } from './named-config.ts';

test('a key is granted the delegation, its own glue and its own owner record, and nothing else', () => {
  const grants = namedConfig(planWorld('default', 0)).match(/grant "eu-key".*/g);
  expect(grants).toEqual([
    'grant "eu-key" name cloud.example.com. NS;',
    'grant "eu-key" name gslb-ns-eu-cloud.example.com. A AAAA;',
    'grant "eu-key" name _gslb-owner-eu.example.com. TXT;',
  ]);
});

test('the configuration recurses for the own subnet only and holds no key itself', () => {
  const text = namedConfig(planWorld('e2e', 7));
  expect(text).toContain('allow-recursion { 127.0.0.1; 172.19.7.0/24; };');
  expect(text).toContain('listen-on { 127.0.0.1; 172.19.7.2; };');
  expect(text).not.toContain('secret');
});
