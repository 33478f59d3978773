/**
 * The command for the other cluster: works pasted and piped to a shell. The invitation comes by standard input, where
 * no list of processes shows it.
 */
export function peerCommand(clusterID: string, invitation: string): string {
  return `kubectl offload peer ${clusterID} --token - <<'INVITATION'\n${invitation}\nINVITATION\n`;
}
