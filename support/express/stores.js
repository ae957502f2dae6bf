// Asks stores what express-session would ask them, one at a time or many at once.
//
// Each line of standard input is a call, a list in JSON: its number, its name, and what it is about.
// The answer, once there is one, is a line with the number, an error if there was one, and what came
// of it. The program ends with its input, and so with whoever started it.
'use strict'

const { createInterface } = require('node:readline')
const { promisify } = require('node:util')
const session = require('express-session')
const kinds = require('./kinds')

/** What is open, by number. */
const stores = []

/** The session that express-session would hand to the store. */
const sessionOf = (store, id, data, end) => {
  const made = new session.Session({ sessionID: id, sessionStore: store }, data)
  made.cookie = new session.Cookie()
  made.cookie.expires = new Date(end)
  return made
}

/** What a session holds, and when it ends. */
const told = ({ cookie, ...data }) => ({ data, end: Number(new Date(cookie.expires)) })

const questions = {
  /** `planted` is an object whose functions replace the store's own, as JavaScript. */
  async open(kind, place, planted) {
    const made = await kinds[kind](place)
    Object.assign(made.store, new Function('session', `return ${planted ?? '{}'}`)(session))
    return { store: stores.push(made) - 1, lists: 'all' in made.store, sweeps: 'sweep' in made }
  },
  async set(at, id, data, end) {
    const made = sessionOf(stores[at].store, id, data, end)
    await promisify(made.save.bind(made))()
  },
  async get(at, id) {
    const { store } = stores[at]
    const found = await promisify(store.load.bind(store))(id)
    return found && told(found)
  },
  async destroy(at, id) {
    const { store } = stores[at]
    await promisify(store.destroy.bind(store))(id)
  },
  /** Some stores give them by identifier, others as a list. */
  async all(at) {
    const { store } = stores[at]
    return Object.values(await promisify(store.all.bind(store))()).map((found) => told(found).data)
  },
  sweep: (at) => stores[at].sweep(),
  count: (at) => stores[at].count(),
  atRest: (at) => stores[at].atRest(),
}

/** JSON.stringify writes 0 for -0: what a store has kept must not be lost on the way from it. */
const MINUS_ZERO = '-0, as no store would write it'
const write = (answer) => (
  JSON.stringify(answer, (_, value) => (Object.is(value, -0) ? MINUS_ZERO : value))
    .replaceAll(`"${MINUS_ZERO}"`, '-0.0')
)

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const [number, question, ...about] = JSON.parse(line)
    try {
      console.log(write([number, null, await questions[question](...about) ?? null]))
    } catch (error) {
      console.log(write([number, String(error), null]))
    }
  })
  .on('close', () => process.exit())
