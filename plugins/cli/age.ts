const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** An age as kubectl prints it (apimachinery duration.HumanDuration): `45s`, `5m12s`, `3h20m`, `3d4h`, `2y30d`. */
export function age(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (!Number.isFinite(seconds)) return '<unknown>';
  // Clocks differ: one second ahead is no fault.
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * minute) return `${seconds}s`;
  if (seconds < 10 * minute) return two(seconds, minute, 'm', 1, 's');
  if (seconds < 3 * hour) return `${Math.floor(seconds / minute)}m`;
  if (seconds < 8 * hour) return two(seconds, hour, 'h', minute, 'm');
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)}h`;
  if (seconds < 8 * day) return two(seconds, day, 'd', hour, 'h');
  if (seconds < 2 * year) return `${Math.floor(seconds / day)}d`;
  if (seconds < 8 * year) return two(seconds, year, 'y', day, 'd');
  return `${Math.floor(seconds / year)}y`;
}

function two(seconds: number, unit: number, name: string, part: number, partName: string): string {
  const rest = Math.floor((seconds % unit) / part);
  return `${Math.floor(seconds / unit)}${name}${rest === 0 ? '' : `${rest}${partName}`}`;
}
