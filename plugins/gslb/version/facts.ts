/** What was found of the product in one cluster. */
export interface ClusterVersions {
  readonly context: string;
  readonly pods: {
    readonly ready: number;
    readonly total: number;
    /** Distinct, sorted. */
    readonly images: readonly string[];
  };
  /** What a Ready sidecar says of itself; absent when none could be asked. */
  readonly sidecar?: string;
  /** Served versions of our CRDs that are installed, by CRD; absent when they may not be read. */
  readonly crds?: Readonly<Record<string, readonly string[]>>;
  /** Why something above is unknown, a sentence each. */
  readonly warnings: readonly string[];
}
