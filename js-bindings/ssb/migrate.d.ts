// Types of require('millrace/ssb/migrate').

declare namespace migrate {
  type Stack = 'ssb-db' | 'ssb-db2'

  interface Options {
    to: Stack
    onProgress?: (progress: { records: number, percent: number }) => void
  }

  /** The logs' files; records: that the target has now; resumed: how many it had before. */
  interface Migrated { from: string, to: string, records: number, resumed: number }

  type Callback = (err: Error | null, migrated?: Migrated) => void
}

/** The messages of one stack's log for the other, in the application's directory; neither may have its log open meanwhile. */
declare function migrate (directory: string, opts: migrate.Options): Promise<migrate.Migrated>
declare function migrate (directory: string, opts: migrate.Options, cb: migrate.Callback): void
export = migrate
