/** How to reach one API server, as somebody. Holds secrets: never logged. */
export interface Access {
  /** `https://HOST:PORT`, perhaps with a path. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly passphrase?: string;
    readonly servername?: string;
    /** False: the API server's certificate is not checked (insecure-skip-tls-verify). */
    readonly rejectUnauthorized?: boolean;
  };
  /** `http://`, `https://` or `socks5://`. */
  readonly proxyUrl?: string;
}

/** Where an Access comes from. What it holds may change with time: tokens are rotated. */
export interface Credentials {
  /** Rejects with SourceError `kubeconfig`. */
  access(): Promise<Access>;
  /** The API server refused the last access: read everything anew next time. */
  forget(): void;
}
