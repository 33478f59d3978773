import { expect, it } from 'vitest';
import type { HostView } from '#sidecar/model/cluster-view.ts';
import { hostThatAnswers } from './host-that-answers.ts';

const hosts = new Map(
  ['a.example.com', '*.example.com', 'deep.b.example.com', '*.c.example.com'].map((host) => [
    host,
    { host } as HostView,
  ]),
);

it.each([
  ['a host itself', 'a.example.com', 'a.example.com'],
  ['the wildcard above it', 'z.example.com', '*.example.com'],
  ['the wildcard, several labels up', 'x.y.z.example.com', '*.example.com'],
  ['the closer wildcard', 'x.c.example.com', '*.c.example.com'],
  ['nothing for what is below a host that stands', 'x.a.example.com', undefined],
  ['nothing for a name that stands only as part of another', 'b.example.com', undefined],
  ['nothing beside a name below which the wildcard does not reach', 'x.b.example.com', undefined],
  ['nothing elsewhere', 'a.example.org', undefined],
])('%s answers', (_title, name, expected) => {
  expect(hostThatAnswers(name, hosts)?.host).toBe(expected);
});
