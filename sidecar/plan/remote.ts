import { type Filter, siftUnlessEmpty } from './filter.ts';

/** Drops clusters that would only pass requests on to a peered one, while there is one that serves by itself. */
export const remote: Filter = (standing) =>
  siftUnlessEmpty('remote', standing, ({ remoteOnly }) =>
    remoteOnly === true ? 'its endpoints run in a peered cluster' : undefined,
  );
