import { describe, expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';

describe('parseArguments', () => {
  test.each([
    [['up'], { command: 'up', instance: 'default', scenario: 'global-ingress' }],
    [['up', '--scenario', 'bare', '--instance=e2e'], { command: 'up', instance: 'e2e', scenario: 'bare' }],
    [['--driver', 'native', 'up'], { command: 'up', instance: 'default', scenario: 'global-ingress' }],
    [['down', '--instance', 'e2e'], { command: 'down', instance: 'e2e' }],
    [['status'], { command: 'status', instance: 'default' }],
    [['env'], { command: 'env', instance: 'default' }],
    [['up', '-h'], { command: 'help' }],
  ])('%j', (args, invocation) => {
    expect(parseArguments(args)).toEqual(invocation);
  });

  test.each([
    [[], 'no command given'],
    [['sideways'], 'unknown command "sideways"'],
    [['up', 'down'], 'too many words: down'],
    [['up', '--forced'], "Unknown option '--forced'"],
    [['up', '--instance'], "Option '--instance <value>' argument missing"],
    [['up', '--instance', '../x'], '"../x" is no name for an instance'],
    [['up', '--driver', 'k3d'], 'the k3d driver is not there yet'],
    [['up', '--driver', 'kind'], 'unknown driver "kind"'],
    [['up', '--scenario', 'many'], 'unknown scenario "many": there are bare, one-name, legacy-api'],
    [['down', '--scenario', 'bare'], '--scenario is a flag of up, not of down'],
    [['env', '--driver', 'native'], '--driver is a flag of up, not of env'],
  ])('refuses %j', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });
});
