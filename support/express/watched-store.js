// A session store that passes each call on to express-session's MemoryStore and remembers it.
'use strict'

const { MemoryStore, Store } = require('express-session')

/** Seconds, as long as a session is to live; null for ever. */
const lives = ({ cookie }) => (
  cookie.expires ? Math.round((cookie.expires - Date.now()) / 1000) : null
)

class WatchedStore extends Store {
  inner = new MemoryStore()
  calls = []
  /** How long each row had to live when it was written, so that a slow test tells the same. */
  lives = {}
  /** The message that every call fails with, while the store is out of reach. */
  failing = null
  /** What waits to be written, while writing is held up. */
  held = null
  /** Seconds by which all that has a date was moved into the past. */
  passed = 0

  pass(verb, args) {
    const callback = typeof args.at(-1) === 'function' ? args.pop() : () => {}
    const [id = '', sent] = args
    const call = { verb, id, sent: '', lives: null, answer: '' }
    if (sent) {
      call.sent = JSON.stringify(sent)
      this.lives[id] = call.lives = lives(sent)
    }
    this.calls.push(call)
    if (this.failing) {
      call.answer = `error: ${this.failing}`
      return setImmediate(callback, new Error(this.failing))
    }
    if (sent) this.lives[id] = call.lives
    const run = () => this.inner[verb](...args, (error, found) => {
      if (found !== undefined) call.answer = JSON.stringify(found)
      else if (verb === 'get') call.answer = 'nothing'
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
    const rows = Object.entries(this.inner.sessions)
    return rows.map(([id, data]) => ({ id, data, lives: this.lives[id] }))
  }

  /** Lets time pass, by moving each row's end into the past. */
  age(seconds) {
    this.passed += seconds
    for (const [id, data] of Object.entries(this.inner.sessions)) {
      const session = JSON.parse(data)
      if (!session.cookie.expires) continue
      session.cookie.expires = new Date(Date.parse(session.cookie.expires) - seconds * 1000)
      this.inner.sessions[id] = JSON.stringify(session)
      this.lives[id] -= seconds
    }
  }
}

for (const verb of ['all', 'clear', 'destroy', 'get', 'length', 'set', 'touch']) {
  WatchedStore.prototype[verb] = function (...args) {
    this.pass(verb, args)
  }
}

module.exports = WatchedStore
