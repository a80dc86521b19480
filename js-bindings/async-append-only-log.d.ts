// Types of require('millrace/async-append-only-log'): async-append-only-log 4.3.10's interface, and what is ours beside it.

declare function AsyncAppendOnlyLog<T = Buffer> (filename: string, opts?: AsyncAppendOnlyLog.Options<T>): AsyncAppendOnlyLog.Log<T>

declare namespace AsyncAppendOnlyLog {
  type Callback<R = void> = (err?: Error | null, result?: R) => void

  interface Options<T> {
    /** Bytes of a block, default 65,536; must be what the file was written with. */
    blockSize?: number
    codec?: { encode (value: T): Uint8Array | string, decode (bytes: Buffer): T }
    /** Longest time in ms from an append to its fdatasync, default 250. */
    writeTimeout?: number
    /** Asked of the records of the last block at open; from the first refused one on the log is cut, after a copy to quarantine. */
    validateRecord?: (record: Buffer) => boolean
    /** Ours: when append calls back. Default memory, as the peer. */
    durable?: 'memory' | 'os' | 'sync'
    /** Ours: 'r' = read-only. */
    flags?: string
  }

  interface Observable<V> {
    (listener: (value: V) => unknown, immediately?: boolean): () => void
    once (listener: (value: V) => unknown, immediately?: boolean): () => void
    set (value: V): Observable<V>
    readonly value: V | undefined
  }

  interface StreamOptions {
    gt?: number
    gte?: number
    lt?: number
    lte?: number
    live?: boolean
    offsets?: boolean
    values?: boolean
    sizes?: boolean
    limit?: number
  }

  interface Sink {
    paused: boolean
    write (item: any): void
    end (err?: Error | null): void
    [other: string]: unknown
  }

  interface Stream {
    pipe<S extends Sink> (sink: S): S
    resume (): void
    abort (err?: Error | true | null): void
  }

  type Progress =
    | { percent: number, done: false, startOffset?: number, compactedOffset?: number, unshiftedOffset?: number }
    | { percent: number, done: true, sizeDiff: number, holesFound?: number }

  interface Log<T> {
    readonly filename: string
    readonly blockSize: number
    readonly since: Observable<number>
    readonly compactionProgress: Observable<Progress>
    readonly streams: Set<Stream>
    readonly openReport: object
    /** Ours: the last record that a power cut would leave. */
    readonly durableSince: Observable<number>
    get (offset: number, cb: Callback<T>): void
    del (offset: number, cb: Callback): void
    append (value: T | T[], cb: Callback<number>): void
    appendTransaction (values: T[], cb: Callback<number[]>): void
    onDrain (cb: Callback): void
    onDeletesFlushed (cb: Callback): void
    compact (cb: Callback): void
    stats (cb: Callback<{ totalBytes: number, deletedBytes: number }>): void
    stream (opts?: StreamOptions): Stream
    close (cb?: Callback): void
    overwrite (blockIndex: number, block: Uint8Array, cb: Callback): void
    truncate (newLatestBlockIndex: number, cb: Callback<number>): void
    getBlock (offset: number, cb: Callback<Buffer>): void
    getDataNextOffset (block: Buffer, offset: number, asRaw?: boolean): [next: number, value: T | Buffer | null, size: number]
    getNextBlockStart (offset: number): number
    hasNoSpaceFor (record: Uint8Array, offsetInBlock: number): boolean
    onLoad<A extends unknown[]> (fn: (...args: A) => void): (...args: A) => void
  }
}

export = AsyncAppendOnlyLog
