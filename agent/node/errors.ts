/** What the room of virtual nodes refuses. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
  readonly code = 'nodeNameTaken';
  readonly hint: string;

  private constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }

  /** There is a node of the name, and none of its labels says that it is ours. */
  static nameTaken(nodeName: string, clusterID: string): NodeError {
    return new NodeError(
      `node "${nodeName}" is there already and does not stand for cluster "${clusterID}"; it is left alone`,
      `Rename that node, or peer with a cluster of another id: kubectl get node ${nodeName} --show-labels`,
    );
  }
}
