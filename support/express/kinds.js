// The stores of express-session that are measured and held to the rules.
'use strict'

const { once } = require('node:events')
const { readdirSync, readFileSync } = require('node:fs')
const { connect } = require('node:net')
const { join } = require('node:path')
const { text } = require('node:stream/consumers')
const { promisify } = require('node:util')
const session = require('express-session')

/**
 * The stores that there are, with the options that they have when nobody gives any. `place` is where
 * one keeps its records, if not in memory: a folder, the URL of a database, or an address. Besides the store, each
 * gives what somebody finds out who looks at that place: how many records there are, and all that can
 * be read. `sweep` deletes what has expired, where a store lets itself be asked to.
 */
module.exports = {
  MemoryStore() {
    const store = new session.MemoryStore()
    return {
      store,
      count: () => Object.keys(store.sessions).length,
      atRest: () => JSON.stringify(store.sessions),
    }
  },
  async 'connect-sqlite3'(place, options) {
    const Store = require('connect-sqlite3')(session)
    const store = new Store({ dir: place, db: 'sessions.db', ...options })
    await once(store.client, 'connect')
    return {
      store,
      count: promisify(store.length.bind(store)),
      atRest: () => readdirSync(place).map((file) => readFileSync(join(place, file), 'latin1')).join(),
    }
  },
  'connect-sqlite3, FULL': (place) => ahead(place, 'FULL'),
  'connect-sqlite3, NORMAL': (place) => ahead(place, 'NORMAL'),
  'connect-pg-simple'(place) {
    const Store = require('connect-pg-simple')(session)
    const store = new Store({ conString: place, createTableIfMissing: true })
    const ask = promisify(store.query.bind(store))
    return {
      store,
      sweep: promisify(store.pruneSessions.bind(store)),
      count: async () => Number((await ask('SELECT count(*) FROM session', [])).count),
      atRest: async () => (await ask("SELECT string_agg(session::text, '') AS rows FROM session", [])).rows,
    }
  },
  async 'connect-redis'(place) {
    const { RedisStore } = require('connect-redis')
    const client = require('redis').createClient({ url: place })
    await client.connect()
    const store = new RedisStore({ client })
    return {
      store,
      count: promisify(store.length.bind(store)),
      atRest: async () => (await client.keys('*')).join(),
    }
  },
  'connect-memcached'(place) {
    const Store = require('connect-memcached')(session)
    return {
      store: new Store({ hosts: place }),
      atRest: () => text(connect(...place.split(':').reverse()).end('lru_crawler metadump all\r\n')),
    }
  },
}

/** connect-sqlite3 with a write-ahead log, as the steps have it, that is this careful of a power cut. */
async function ahead(place, synchronous) {
  const made = await module.exports['connect-sqlite3'](place, { concurrentDb: true })
  await promisify(made.store.db.exec.bind(made.store.db))(`PRAGMA synchronous = ${synchronous}`)
  return made
}
