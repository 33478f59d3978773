import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { distribution, environmentLines } from './environment.ts';
import { planWorld } from './plan.ts';

test('a shell reads the variables as they are, spaces and quotes included', () => {
  const folder = `/srv/it's "mine"/e2e`;
  const lines = environmentLines(planWorld('e2e', 7), folder, '/opt/bin/kubectl', { PATH: '/bin' });
  const print = 'printf "%s\n" "$KUBECONFIG_EU" "$KUBECONFIG_US" "$KUBECONFIG" "$EDGE_DNS" "$PATH"';
  expect(
    execFileSync('/bin/sh', ['-c', `${lines}${print}`])
      .toString()
      .trimEnd()
      .split('\n'),
  ).toEqual([
    `${folder}/eu/admin.kubeconfig`,
    `${folder}/us/admin.kubeconfig`,
    `${folder}/kubeconfig`,
    '172.19.7.2:53',
    `${distribution}:/opt/bin:/bin`,
  ]);
});
