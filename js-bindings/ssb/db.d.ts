// Types of require('millrace/ssb/db'): what secret-stack's `use` takes, and ssb-db/create.

declare const plugin: {
  manifest: Record<string, any>
  permissions: Record<string, any>
  init: (ssb: any, config: any) => any
  create: (path: string, opts: any, keys?: any) => any
}
export = plugin
