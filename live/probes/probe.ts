interface ProbeTarget {
    /** Unique within its batch; the result carries it. */
    readonly id: string;
    /** Address or name to connect to. */
    readonly host: string;
    readonly port: number;
    /** Default 5000. */
    readonly timeoutMilliseconds?: number;
}

/** One HTTP request. The path is sent exactly as it is written. */
export interface HttpProbe extends ProbeTarget {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    /** Speaks TLS, with these options of `tls.connect`; the certificate is not checked. */
    readonly tls?: {
        readonly servername: string;
        readonly minVersion?: "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
        readonly maxVersion?: "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
        readonly ciphers?: string;
    };
}

/** One conversation over TCP: what is sent once connected, and the answer that proves that it was let in. */
export interface TcpProbe extends ProbeTarget {
    readonly send: string;
    readonly expect: string;
}

export type Probe = HttpProbe | TcpProbe;

/** What a TLS handshake came to. */
interface TlsSession {
    /** For example `TLSv1.3`. */
    readonly protocol: string;
    /** The server's own certificate, without its chain: DER in base64. */
    readonly certificate: string;
}

export interface ProbeResult {
    readonly id: string;
    readonly milliseconds: number;
    /** HTTP status; absent where no answer came. */
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    /** At most 16 KiB. */
    readonly body?: string;
    /** What a TCP conversation received, at most 16 KiB. */
    readonly received?: string;
    /** Whether a TCP conversation saw the expected answer. */
    readonly matched?: boolean;
    /** Why there is no answer, for example `ECONNRESET` or `TIMEOUT`. */
    readonly error?: string;
    /** The error in the client's own words: of a refused handshake it names the server's alert. */
    readonly detail?: string;
    /** Present where TLS was asked for and a handshake ended well. */
    readonly tls?: TlsSession;
}
