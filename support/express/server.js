// Serves the app of app.js with one set of session options or many, each on a port of its own.
//
// Each line of standard input is a question, a list in JSON: its name, and what it is about. Each
// is answered by a line. The program ends with its input, and so with whoever started it.
'use strict'

const { once } = require('node:events')
const { createInterface } = require('node:readline')
const { setImmediate } = require('node:timers/promises')
const session = require('express-session')
const createApp = require('./app')
const files = require('./files')
const watch = require('./watch')
const WatchedStore = require('./watched-store')

/**
 * The clock stands still, so that a busy machine tells the same as an idle one. Time passes for what
 * the store holds, by its `age`.
 */
const now = Date.now()
Date.now = () => now

/** What runs, by port. */
const servers = {}

const questions = {
  /**
   * `given` is what stands between the braces of `session({ … })`, and `folder` where the rows are,
   * if not in memory; the answer is port and time.
   */
  async start(given, folder) {
    const store = new WatchedStore()
    if (folder) store.inner.sessions = files(folder)
    const lines = []
    const log = { write: (line) => lines.push(line) }
    const read = new Function('session', 'store', 'require', 'log', 'watch', `return { ${given} }`)
    const usual = { secret: 'tea', resave: false, saveUninitialized: false, store }
    const unfinished = []
    const app = createApp({ ...usual, ...read(session, store, require, log, watch) }, unfinished)
    const listener = app.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address()
    servers[port] = { store, unfinished, lines, listener }
    return { port, now }
  },
  /** The calls since the last time of asking, once everything that goes on has ended. */
  async calls(port) {
    const { store, unfinished } = servers[port]
    while (unfinished.length) await unfinished.pop()
    return store.calls.splice(0)
  },
  rows: (port) => servers[port].store.rows(),
  age: (port, seconds) => servers[port].store.age(seconds),
  fail: (port, message) => servers[port].store.fail(message),
  hold: (port) => servers[port].store.hold(),
  release: (port) => servers[port].store.release(),
  /** What was logged since the last time of asking. */
  lines: (port) => servers[port].lines.splice(0),
  /** Ends the server: at once, when its answers are given, or after so many milliseconds. */
  close(port, grace) {
    const { listener } = servers[port]
    servers[port].closed = once(listener, 'close')
    if (grace === null) listener.close()
    else watch.end(listener, grace)
    return listener.listening
  },
  /** Whether the server has ended, without waiting for it. */
  isClosed: (port) => Promise.race([servers[port].closed.then(() => true), setImmediate(false)]),
  /** Answers when it has. */
  closed: (port) => servers[port].closed.then(() => true),
  /** What a store says of its connection: `connect` or `disconnect`. */
  emit: (port, event) => servers[port].store.emit(event),
}

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const [question, ...about] = JSON.parse(line)
    console.log(JSON.stringify(await questions[question](...about) ?? null))
  })
  .on('close', () => process.exit())
