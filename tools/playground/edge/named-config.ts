import { hostAddress, type World } from '#tools/playground/world/plan.ts';

/** The zone in which the fleet is delegated, and the zone that is. */
export const parentZone = 'example.com';
export const loadBalancedZone = 'cloud.example.com';

/** Name of the TSIG key by which a cluster writes to the edge. */
function keyName(geotag: string): string {
  return `${geotag}-key`;
}

/** BIND's `key` statement; DNS keys and nsupdate -k read the same text. */
export function renderKey(geotag: string, secret: string): string {
  return `key "${keyName(geotag)}" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`;
}

/** The only names that a cluster may write: the delegation, its own glue, its own owner record. */
function updatePolicy(geotag: string): string[] {
  const dashed = loadBalancedZone.slice(0, -parentZone.length - 1).replaceAll('.', '-');
  const grant = `grant "${keyName(geotag)}" name`;
  return [
    `${grant} ${loadBalancedZone}. NS;`,
    `${grant} gslb-ns-${geotag}-${dashed}.${parentZone}. A AAAA;`,
    `${grant} _gslb-owner-${geotag}.${parentZone}. TXT;`,
  ];
}

/**
 * named.conf of the edge: primary and dynamic for the parent zone, recursing for the world's own addresses, as an
 * ordinary BIND of a user would be. There is no internet behind it: the root is a zone of its own, empty, so that
 * other names are denied at once instead of timing out, and nothing can be validated from there.
 */
export function namedConfig(world: World): string {
  const geotags = world.clusters.map(({ geotag }) => geotag);
  return `options {
	directory "/var/cache/bind";
	listen-on { 127.0.0.1; ${world.edge.address}; };
	listen-on-v6 { none; };
	pid-file none;
	allow-query { any; };
	recursion yes;
	allow-recursion { 127.0.0.1; ${hostAddress(world.subnet, 0)}/24; };
	dnssec-validation no;
};
controls { };
logging {
	channel log {
		file "named.log" versions 2 size 10m;
		severity info;
		print-time iso8601;
		print-category yes;
	};
	category default { log; };
};
${geotags.map((geotag) => `include "/etc/bind/keys/${geotag}.key";`).join('\n')}
zone "." {
	type primary;
	file "/etc/bind/root.zone";
};
zone "${parentZone}" {
	type primary;
	file "${parentZone}.zone";
	update-policy {
${geotags
  .flatMap(updatePolicy)
  .map((rule) => `\t\t${rule}`)
  .join('\n')}
	};
};
`;
}

/** The parent zone before any update; BIND rewrites the file from then on. */
export function initialZone(world: World): string {
  return `$TTL 30
@ IN SOA ns.${parentZone}. hostmaster.${parentZone}. (1 30 30 3600 30)
@ IN NS ns.${parentZone}.
ns IN A ${world.edge.address}
`;
}

/** The root of a world without an internet. */
export function rootZone(world: World): string {
  return `$TTL 3600
. IN SOA ns.${parentZone}. hostmaster.${parentZone}. (1 3600 600 86400 60)
. IN NS ns.${parentZone}.
${parentZone}. IN NS ns.${parentZone}.
ns.${parentZone}. IN A ${world.edge.address}
`;
}
