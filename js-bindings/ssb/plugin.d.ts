// Types of require('millrace/ssb/about') and the other plugins: what secret-stack's `use` takes.

declare const plugin: {
  name: string
  version: string
  manifest: Record<string, any>
  init: (ssb: any, config: any) => any
}
export = plugin
