import type { RefusedField } from './copy-allowed.ts';

type Json = Readonly<Record<string, unknown>>;

/** Pod Security Standards, baseline: capabilities that may be added. */
const capabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
/** The same: sysctls that are namespaced and safe. */
const sysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
]);
const seLinuxTypes = new Set([
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);
const profiles = new Set(['RuntimeDefault', 'Localhost']);
const remedy =
  "at this consumer's Pod Security level; remove it, or have spec.podSecurity of the Tenant raised";

/**
 * What a pod spec asks for beyond Pod Security level baseline (https://kubernetes.io/docs/concepts/security/pod-security-standards/),
 * as far as `podFields` lets it through. The namespace's label enforces the same and, where set, restricted.
 */
export function beyondBaseline(pod: Json, path: string): readonly RefusedField[] {
  const found = contextFields(record(pod['securityContext']), `${path}.securityContext`);
  for (const [index, sysctl] of list(record(pod['securityContext'])['sysctls']).entries()) {
    if (!sysctls.has(String(record(sysctl)['name']))) {
      found.push({
        path: `${path}.securityContext.sysctls[${index}]`,
        because: `${String(record(sysctl)['name'])} is refused ${remedy}`,
      });
    }
  }
  for (const group of ['initContainers', 'containers']) {
    for (const [index, container] of list(pod[group]).entries()) {
      const at = `${path}.${group}[${index}].securityContext`;
      const context = record(record(container)['securityContext']);
      found.push(...contextFields(context, at), ...containerFields(context, at));
    }
  }
  return found;
}

function contextFields(context: Json, path: string): RefusedField[] {
  const found: RefusedField[] = [];
  for (const name of ['seccompProfile', 'appArmorProfile']) {
    const type = record(context[name])['type'];
    if (context[name] !== undefined && !profiles.has(String(type))) {
      found.push({ path: `${path}.${name}`, because: `${String(type)} is refused ${remedy}` });
    }
  }
  const { type = '', user = '', role = '' } = record(context['seLinuxOptions']);
  if (!seLinuxTypes.has(String(type)) || user !== '' || role !== '') {
    found.push({ path: `${path}.seLinuxOptions`, because: `this type, user or role is refused ${remedy}` });
  }
  return found;
}

function containerFields(context: Json, path: string): RefusedField[] {
  const found: RefusedField[] = [];
  if ((context['privileged'] ?? false) !== false) {
    found.push({ path: `${path}.privileged`, because: `privileged containers are refused ${remedy}` });
  }
  if ((context['procMount'] ?? 'Default') !== 'Default') {
    found.push({ path: `${path}.procMount`, because: `only Default is taken ${remedy}` });
  }
  const added = list(record(context['capabilities'])['add']).map(String);
  const beyond = added.filter((name) => !capabilities.has(name));
  if (beyond.length > 0) {
    found.push({ path: `${path}.capabilities.add`, because: `${beyond.join(', ')} is refused ${remedy}` });
  }
  return found;
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}
