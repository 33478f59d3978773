import { describe, expect, it } from 'vitest';
import { parseFlags } from './flags.ts';

describe('flags of offload-agent', () => {
  it('has defaults for all but the program', () => {
    expect(parseFlags(['gateway'])).toEqual({
      program: 'gateway',
      kubeconfig: undefined,
      context: undefined,
      health: { address: '0.0.0.0', port: 8080 },
      kubelet: { address: '0.0.0.0', port: 10250 },
      gateway: { address: '0.0.0.0', port: 5871 },
      logFormat: 'json',
      logLevel: 'info',
    });
  });

  it.each([
    [[], 'agent or gateway is missing'],
    [['node'], '"node" is not agent or gateway'],
    [['agent', 'gateway'], 'is not agent or gateway'],
    [['agent', '--listen=0.0.0.0:1'], '--listen is no flag of agent'],
    [['gateway', '--kubelet=0.0.0.0:1'], '--kubelet is no flag of gateway'],
    [['agent', '--health=8080'], '--health "8080" is not ADDR:PORT'],
    [['agent', '--health=host:80'], 'is not ADDR:PORT'],
    [['agent', '--log-level=loud'], '--log-level "loud" is unknown'],
    [['agent', '--colour'], '--colour'],
  ])('refuses %j', (argv, message) => {
    expect(() => parseFlags(argv)).toThrow(message);
  });
});
