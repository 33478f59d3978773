import type { FlagSpecs } from '#plugins/cli/flags.ts';
import { commonFlags, timeoutFlag } from '#plugins/cli/shared-flags.ts';

/** Flags of drain and undrain. */
export const undrainFlags = {
  'all-contexts': { type: 'boolean', describe: 'write in every context of the kubeconfig' },
  'dry-run': { type: 'boolean', describe: 'say what would happen, and do nothing' },
  yes: commonFlags.yes,
  timeout: timeoutFlag('30s', 'the sidecars'),
} as const satisfies FlagSpecs;

export const drainFlags = {
  until: {
    type: 'string',
    placeholder: 'TIME',
    describe: 'when it ends by itself: a duration (2h) or a time (2026-11-21T18:00:00Z)',
  },
  reason: { type: 'string', placeholder: 'TEXT', describe: 'why, for people' },
  'break-glass': { type: 'boolean', describe: 'go against the safety rules of policies' },
  ...undrainFlags,
} as const satisfies FlagSpecs;
