/** Addresses of all who take part, each on port 53 in a network namespace of their own. */
export const places = {
  root: '127.0.0.11',
  com: '127.0.0.12',
  example: '127.0.0.13',
  ours: ['127.0.0.21', '127.0.0.22'],
  bind: '127.0.1.1',
  unbound: '127.0.1.2',
  knot: '127.0.1.3',
} as const;
