// What tells how a server is: its log, its numbers, and how it ends.
'use strict'

const pino = require('pino-http')
const { Counter, Registry } = require('prom-client')

/** What pino-http writes when it is told which of the headers nobody may read. */
// ANCHOR: redact
const redacted = (lines) => pino({
  redact: [
    'req.headers.cookie',
    'req.headers.authorization',
    'res.headers["set-cookie"]'
  ]
}, lines)
// ANCHOR_END: redact

/** What it writes when it is told what to write. */
// ANCHOR: fields
const fields = (lines) => pino({
  serializers: {
    req: (req) => ({ id: req.id, method: req.method }),
    res: (res) => ({ status: res.statusCode })
  },
  customProps: (req) => ({ route: req.route?.path })
}, lines)
// ANCHOR_END: fields

/** Counts the requests by what `label` says of each, and tells the numbers at `/metrics`. */
// ANCHOR: count
const count = (label) => {
  const registry = new Registry()
  const requests = new Counter({
    name: 'requests_total',
    help: 'Requests by path',
    labelNames: ['path'],
    registers: [registry]
  })
  return async (req, res, next) => {
    if (req.path === '/metrics') return res.send(await registry.metrics())
    res.on('finish', () => requests.inc({ path: label(req) }))
    next()
  }
}
// ANCHOR_END: count

/** Ends a server when its answers are given, or else after `grace` milliseconds. */
// ANCHOR: end
const end = (server, grace) => {
  server.close()
  setTimeout(() => server.closeAllConnections(), grace).unref()
}
// ANCHOR_END: end

module.exports = { redacted, fields, count, end }
