// Types of require('millrace') and require('millrace/flumelog-offset').

declare function Flume<T = any> (log: Flume.Log<T>, isReady?: boolean | null, mapper?: (value: T, cb: Flume.Callback<T>) => void): Flume.Database<T>

declare namespace Flume {
  /** Last argument of a callback API; without it the call gives a promise. */
  type Callback<R = void> = (err: Error | null | undefined, value?: R, ...more: any[]) => void

  /** One pull-stream read: `abort` ends the source; `cb` gets an item, or true or an error at the end. */
  type Source<T> = (abort: null | true | Error, cb: (end: null | true | Error, item?: T) => void) => void

  interface Observable<T> {
    (listener: (value: T) => unknown, immediately?: boolean): () => void
    once (listener: (value: T) => void, immediately?: boolean): () => void
    set (value: T): Observable<T>
    value: T | undefined
  }

  interface StreamOptions {
    gt?: number
    gte?: number
    lt?: number
    lte?: number
    reverse?: boolean
    limit?: number
    live?: boolean
    old?: boolean
    seqs?: boolean
    values?: boolean
    cache?: boolean
  }

  interface Codec<T> {
    encode: (value: T) => Uint8Array | string
    decode: (encoded: any) => T
    buffer?: boolean
  }

  /** Any flumelog: one of ours, or a JavaScript module. */
  interface Log<T = any> {
    since: Observable<number>
    get: (seq: number, cb: Callback<T>) => any
    append: (value: any, cb: Callback<number>) => any
    stream: (opts?: StreamOptions) => Source<any>
    close?: (cb: Callback) => any
    filename?: string | null
    methods?: Record<string, 'sync' | 'async' | 'source'>
  }

  interface OpenReport {
    readonly recovered: boolean
    /** New end of the file in bytes, or -1. */
    readonly truncatedAt: number
    readonly quarantinedBytes: number
    readonly quarantine: string | null
    readonly reason: string
    readonly damagedAt: number
    readonly damagedBytes: number
  }

  /** Many records at once; all of it is overwritten by the next `next()`. */
  interface Batches extends AsyncIterable<Batches> {
    count: number
    bytes: Buffer
    /** Columns with a stride: starts[i * 4], lengths[i * 4], seqs[i * 2]. */
    starts: Uint32Array
    lengths: Uint32Array
    seqs: Float64Array
    start (record: number): number
    /** 0xffffffff: the record was deleted. */
    length (record: number): number
    seq (record: number): number
    isDeleted (record: number): boolean
    /** May wait for the disk on this thread; null: nothing more now. */
    next (): Batches | null
    close (): void
  }

  interface MillraceLog<T> extends Log<T> {
    filename: string | null
    durableSince: Observable<number>
    openReport: OpenReport
    append (value: T | T[]): Promise<number>
    append (value: T | T[], cb: Callback<number>): void
    appendBatch (bytes: Uint8Array, ends: Uint32Array): Promise<number>
    appendBatch (bytes: Uint8Array, ends: Uint32Array, cb: Callback<number>): void
    get (seq: number): Promise<T>
    get (seq: number, cb: Callback<T>): void
    /** Nobody gets the records any more when this returns; called back when they are deleted at the log's level. After an error they stay
     * hidden until they are deleted, or the log is opened again. */
    del (seqs: number | number[]): Promise<void>
    del (seqs: number | number[], cb: Callback): void
    onDrain (): Promise<void>
    onDrain (cb: Callback): void
    batches (opts?: StreamOptions): Batches
    close (): Promise<void>
    close (cb: Callback): void
    methods: { del: 'async' }
  }

  interface ViewProgress {
    since: number | undefined
    target: number | undefined
    isReady: boolean
    /** Of views that Java keeps: taken in since it was mounted or began anew. */
    records?: number
    /** Over the last second or two. */
    recordsPerSecond?: number
    /** Until it reaches the target at that pace; -1 = unknown. */
    secondsLeft?: number
  }

  type ViewFactory = (log: any, name: string) => any

  /** jitdb's operators as plain JSON, made by `Flume.operators`: {and: [...]}, {type: 'post'}, ... */
  type Operator = Record<string, any>

  /** [{$filter}, {$map}, {$reduce}, {$sort}, ...] as flumeview-query takes them, or operators; or either as JSON text. */
  type Query = Array<Record<string, any> | null> | Operator | string

  interface QueryOptions {
    /** Rows at most. */
    limit?: number
    /** Rows left out first. */
    startFrom?: number
    reverse?: boolean
    /** The same as `reverse`. */
    descending?: boolean
    /** Operators only: in the log's order; without it by the smaller of both timestamps. */
    sortBy?: 'arrival'
    /** map-filter-reduce only: the one that fits gives the order, and only records that have its fields are rows; default ssb-query's, [] for all, in the log's order. */
    indexes?: Array<{ key: string, value: Array<string | string[]> }>
    /** Go on with what is appended later. */
    live?: boolean
    /** false: only what is appended later. */
    old?: boolean
    /** {value, seq} instead of the value. */
    seqs?: boolean
    /** false with seqs: sequences only. */
    values?: boolean
    /** How records are encoded; default that of the mounted views, else json. */
    encoding?: 'json' | 'bipf' | 'cbor'
    /** ERR_QUERY_LIMIT beyond these: rows given, bytes kept for sorting and grouping (32 MiB), milliseconds of work (60,000; 0 = any). */
    rowsMax?: number
    bytesMax?: number
    timeoutMs?: number
  }

  /** A pull-stream source that is also an async iterable and a promise of all rows; it opens at the first use: use it one way, and as a source once. */
  type Rows<R> = Source<R> & AsyncIterable<R> & Pick<Promise<R[]>, 'then' | 'catch' | 'finally'>

  interface QueryPlan {
    scan: boolean
    /** The view that is read, or {any: [...]}, {all: [...]} of several. */
    index: any
    /** Records that it leads to. */
    rows?: number
    /** What is checked of each record; null: nothing. */
    filter: string | null
    order: string
    reverse: boolean
    sort: 'stream' | 'reorder' | 'sort sequences' | 'sort values'
    live: boolean
  }

  /** Runs in Java, over the native views that are mounted. The mapper is not applied. Errors: ERR_QUERY, ERR_QUERY_LIMIT. */
  interface Queries {
    <R = any> (query: Query, opts?: QueryOptions): Rows<R>
    count (query: Query, opts?: QueryOptions): Promise<number>
    count (query: Query, opts: QueryOptions, cb: Callback<number>): void
    count (query: Query, cb: Callback<number>): void
    paginate<R = any> (query: Query, opts: QueryOptions & { limit: number }): Promise<{ results: R[], total: number, nextSeq: number }>
    paginate<R = any> (query: Query, opts: QueryOptions & { limit: number }, cb: Callback<{ results: R[], total: number, nextSeq: number }>): void
    explain (query: Query, opts?: QueryOptions): QueryPlan
  }

  interface Database<T = any> {
    closed: boolean
    dir: string | null
    since: Observable<number>
    ready: Observable<boolean | undefined>
    meta: Record<string, any>
    views: Record<string, any>
    append (value: T | T[]): Promise<number>
    append (value: T | T[], cb: Callback<number>): void
    get (seq: number): Promise<T>
    get (seq: number, cb: Callback<T>): void
    stream (opts?: StreamOptions): Source<any>
    use (name: string, view: ViewFactory): this
    /** A Java class by name, or a Java object made by npm java; either implements org.millrace.view.View. */
    use (name: string, view: string | object, opts?: { encoding?: 'json' | 'bipf' | 'cbor' }): this
    rebuild (): Promise<void>
    rebuild (cb: Callback): void
    /** One view; `db.views[name].rebuild()` is the same. */
    rebuild (view: string): Promise<void>
    rebuild (view: string, cb: Callback): void
    close (): Promise<void>
    close (cb: Callback): void
    records (opts?: StreamOptions): AsyncGenerator<{ seq: number, value: T }>
    batches (opts?: StreamOptions): Batches
    query: Queries
    /** The whole record at `seq` with its content in the clear, for native views; the log must keep what is revealed. */
    reveal (seq: number, record: T | Uint8Array, opts?: { encoding?: 'json' | 'bipf' | 'cbor' }): Promise<void>
    reveal (seq: number, record: T | Uint8Array, cb: Callback): void
    reveal (seq: number, record: T | Uint8Array, opts: { encoding?: 'json' | 'bipf' | 'cbor' }, cb: Callback): void
    appendBatch (bytes: Uint8Array, ends: Uint32Array): Promise<number>
    appendBatch (bytes: Uint8Array, ends: Uint32Array, cb: Callback<number>): void
    onDrain (): Promise<void>
    onDrain (cb: Callback): void
    durableSince: Observable<number> | undefined
    openReport: OpenReport | undefined
    progress (): Record<string, ViewProgress>
    status (): { closed: boolean, since: number | undefined, durableSince: number | undefined, openReport: OpenReport | undefined, views: Record<string, ViewProgress> }
    /** Views by name, and the log's methods. */
    [name: string]: any
  }

  interface OffsetOptions<T> {
    codec?: Codec<T>
    offsetCodec?: 32 | 48 | 53 | { byteWidth: number }
    durable?: 'memory' | 'os' | 'sync'
    /** 'r': read-only, takes no lock. */
    flags?: string
    /** Keeps a checksum of every record beside the log, which verify compares; the first open with it reads the whole log. */
    checksums?: boolean
    /** Lets `db.reveal` keep decrypted records in plaintext beside the log. */
    keepRevealed?: boolean
    recordBytesMax?: number
    writeTimeoutMs?: number
    /** So many appends may wait for their callback (1,048,576); more are refused with ERR_BACKPRESSURE. */
    waitingMax?: number
    blockSize?: number
    cache?: any
  }

  interface OffsetLogModule {
    <T = Buffer> (file: string, opts?: OffsetOptions<T> | Codec<T>): MillraceLog<T>
    <T = Buffer> (file: string, blockSize: number, codec?: Codec<T>): MillraceLog<T>
  }

  interface WalOptions<T> {
    codec?: Codec<T>
    /** When an append calls back; default 'sync'. */
    durable?: 'memory' | 'os' | 'sync'
    readOnly?: boolean
    /** Lets `db.reveal` keep decrypted records: in plaintext beside the log, or, with a key, in memory. */
    keepRevealed?: boolean
    segmentBytes?: number
    preallocateBytes?: number
    bufferBytes?: number
    writeTimeoutMs?: number
    /** So many appends may wait for their callback (1,048,576); more are refused with ERR_BACKPRESSURE. */
    waitingMax?: number
    groupWaitMicros?: number
    retainBytes?: number
    retainMs?: number
    /** 1 to 22 compresses sealed segments. */
    zstdLevel?: number
    /** 32 bytes; encrypts sealed segments. */
    key?: Uint8Array
  }

  interface WalLog<T> extends MillraceLog<T> {
    /** Drops the oldest sealed segments whose records all lie before a sequence; gives the first sequence left. */
    trim (before: number): Promise<number>
    trim (before: number, cb: Callback<number>): void
    /** Applies retainBytes and retainMs now; gives the first sequence left. */
    retain (): Promise<number>
    retain (cb: Callback<number>): void
    /** Takes deleted records off the disk; gives the bytes freed. */
    compact (): Promise<number>
    compact (cb: Callback<number>): void
  }

  /** Of a log on disk: 'offset-32', 'offset-48', 'offset-53', 'offset-legacy', 'block-65536' (any size), 'wal'. */
  type Format = string

  interface Damage { file: string, offset: number, length: number, reason: string, tail: boolean }

  interface Verified {
    path: string
    format: Format
    whole: boolean
    bytes: number
    records: number
    deleted: number
    recordBytes: number
    since: number
    damagedBytes: number
    damages: Damage[]
  }

  interface Repaired {
    path: string
    format: Format
    changed: boolean
    restoredRecords: number
    removedRanges: number
    removedBytes: number
    /** Files with what was changed or cut. */
    quarantine: string[]
    before: Verified
    after: Verified
  }

  interface Stat { path: string, format: Format, bytes: number, since: number, checkpointEnd: number, quarantine: string[] }

  interface Converted { from: string, fromFormat: Format, to: string, toFormat: Format, records: number, resumed: number, skippedRanges: number }

  /** Left out: recognised by what stands in the log. */
  interface FormatOptions { format?: Format }

  const OffsetLog: OffsetLogModule
  function wal<T = Buffer> (dir: string, opts?: WalOptions<T>): WalLog<T>
  /** Reads every frame of a log and names what is damaged; changes nothing. */
  function verify (path: string, opts?: FormatOptions): Promise<Verified>
  function verify (path: string, cb: Callback<Verified>): void
  function verify (path: string, opts: FormatOptions, cb: Callback<Verified>): void
  /** Makes a damaged log whole without moving a record; keeps what it changed. The log must not be open. */
  function repair (path: string, opts?: FormatOptions): Promise<Repaired>
  function repair (path: string, cb: Callback<Repaired>): void
  function repair (path: string, opts: FormatOptions, cb: Callback<Repaired>): void
  /** By a few reads, whatever the log's size. */
  function stat (path: string, opts?: FormatOptions): Promise<Stat>
  function stat (path: string, cb: Callback<Stat>): void
  function stat (path: string, opts: FormatOptions, cb: Callback<Stat>): void
  /** Copies a log into a new one of another format and compares both; killed, the same call goes on where it was. */
  function convert (path: string, opts: FormatOptions & { target: string, to: Format, skipDamaged?: boolean }): Promise<Converted>
  function convert (path: string, opts: FormatOptions & { target: string, to: Format, skipDamaged?: boolean }, cb: Callback<Converted>): void
  function memory<T = Buffer> (opts?: { codec?: Codec<T>, bytesMax?: number }): MillraceLog<T>
  /** jitdb's and ssb-db2's operators and its query(fromDB(db), where(...), ...); lib/query-operators.js lists them. */
  const operators: Record<string, (...args: any[]) => any>
  /** Built-in views in Java; the reads of each are listed at its class, java/org/millrace/view. */
  const views: Record<'keys' | 'feeds' | 'last' | 'clock' | 'backlinks' | 'time' | 'type' | 'links' | 'relations' | 'about' | 'contacts' | 'search', (opts?: { encoding?: 'json' | 'bipf' | 'cbor' }) => ViewFactory>
  type Key = string | number | boolean | null | undefined | Key[]
  /** One object, reused for every row: take what you need, or `toObject()`. */
  type Row = { readonly seq: number, toObject (): Record<string, any>, readonly [name: string]: any }
  type Literal = string | number | boolean | null

  interface ViewSpec {
    /** Another one builds the view anew; so does another `where` or `select`. */
    version: number
    /** What a row shows: names (type, author, key, timestamp, …) and paths ('value.content.name'), or {name: path}. */
    select?: Array<string | string[]> | Record<string, string | string[]>
    /** By name or path; all must hold. */
    where?: Record<string, Literal | Literal[] | { exists: boolean }>
    encoding?: 'json' | 'bipf' | 'cbor'
  }

  interface MapSpec extends ViewSpec {
    /** Keys that lead to this record. */
    map (row: Row, seq: number): Key[] | null | undefined
    /** No key holds a `seq`: then a compaction keeps them instead of building the view anew. */
    movable?: boolean
  }

  interface ReduceSpec<S> extends ViewSpec {
    initial: S
    reduce (accumulated: S, row: Row, seq: number): S
    codec?: Codec<S>
  }

  /** A view of one's own: docs/VIEWS.md. */
  function view<S> (spec: MapSpec | ReduceSpec<S>): ViewFactory
  /** Boots Java now rather than at the first open. */
  function start (options?: { javaHome?: string, maxHeapMb?: number, classpath?: string[], jvmOptions?: string[] }): void
  /** Shares the JVM of npm java 0.18.0: before the first open; the process then ends after java.stop(). */
  function useJava (java: object, options?: { maxHeapMb?: number, classpath?: string[], jvmOptions?: string[] }): void

  class MillraceError extends Error {
    constructor (code: string, message: string, options?: { cause?: unknown })
    code: string
    millraceCode?: string
  }
}

export = Flume
