// A session store that passes each call on to express-session's MemoryStore and remembers it.
'use strict'

const { MemoryStore, Store } = require('express-session')

class WatchedStore extends Store {
  inner = new MemoryStore()
  calls = []
  /** The message that every call fails with, while the store is out of reach. */
  failing = null
  /** What waits to be written, while writing is held up. */
  held = null

  pass(verb, args) {
    const callback = typeof args.at(-1) === 'function' ? args.pop() : () => {}
    const [id = '', sent] = args
    const call = { verb, id, sent: sent ? JSON.stringify(sent) : '', expires: sent?.cookie.expires }
    this.calls.push(call)
    if (this.failing) {
      call.answer = `error: ${this.failing}`
      return setImmediate(callback, new Error(this.failing))
    }
    const run = () => this.inner[verb](...args, (error, found) => {
      const answers = verb === 'get' || found !== undefined
      call.answer = answers ? JSON.stringify(found) ?? 'nothing' : ''
      callback(error, found)
    })
    if (this.held && verb === 'set') this.held.push(run)
    else run()
  }

  fail(message) {
    this.failing = message
  }

  hold() {
    this.held = []
  }

  release() {
    const held = this.held
    this.held = null
    held.forEach((run) => run())
  }

  /** Every row, also one that has expired and that nobody has asked for since. */
  rows() {
    return Object.entries(this.inner.sessions).map(([id, data]) => (
      { id, data, expires: JSON.parse(data).cookie.expires }
    ))
  }

  /** Lets time pass, by moving each row's end into the past. */
  age(milliseconds) {
    for (const [id, data] of Object.entries(this.inner.sessions)) {
      const session = JSON.parse(data)
      const { expires } = session.cookie
      if (expires) session.cookie.expires = new Date(Date.parse(expires) - milliseconds)
      this.inner.sessions[id] = JSON.stringify(session)
    }
  }
}

for (const verb of ['all', 'clear', 'destroy', 'get', 'length', 'set', 'touch']) {
  WatchedStore.prototype[verb] = function (...args) {
    this.pass(verb, args)
  }
}

module.exports = WatchedStore
