// Types of require('millrace/wrap'), flumedb/wrap's module.

/** A view as `db.use` wraps it, over a database that need only have what wrapping asks of it. */
declare function wrap (view: any, flume: any): any
export = wrap
