/** Latest moment that RFC 3339 can write. */
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59);

/** A time as Kubernetes writes it: RFC 3339 without fractions. What no calendar has becomes its nearest moment. */
export function timeText(msSince1970: number): string {
  const ms = Number.isNaN(msSince1970) ? 0 : Math.min(Math.max(msSince1970, 0), latestMs);
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
