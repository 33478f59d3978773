import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where downloads and builds are kept between runs: INTERSPAN_CACHE, else `interspan` in the user's cache. */
export const cacheFolder = (env: NodeJS.ProcessEnv): string =>
  env['INTERSPAN_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'interspan');
