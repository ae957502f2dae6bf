// What express-session's MemoryStore holds after generations of visitors who come once.
//
//     node [--expose-gc] visitors.js '{"visitors": 1000, "generations": 10, "data": {"visits": 1}}'
//
// A line a generation: how many records there are once all of it has expired, and how many bytes they
// take, if garbage can be collected. `asks: true` lets the server ask for all sessions then, which is
// the only thing that makes this store look for those that have expired. `late` visitors come at the
// end, and a line says what is there while their sessions have not expired.
'use strict'

const { promisify } = require('node:util')
const session = require('express-session')
const { sync: newId } = require('uid-safe')

const HALF_AN_HOUR = 30 * 60 * 1000
const { visitors, generations, late = 0, data, asks } = JSON.parse(process.argv[2])
const store = new session.MemoryStore()

/** Writes a session, as express-session would. */
const keep = (id, ends) => {
  const made = new session.Session({ sessionID: id, sessionStore: store }, data)
  made.cookie = new session.Cookie()
  made.cookie.expires = new Date(Date.now() + ends)
  made.save()
}

const bytes = async () => {
  await promisify(setImmediate)()
  global.gc?.()
  return process.memoryUsage().heapUsed
}

async function main() {
  const before = await bytes()
  const tell = async () => {
    const records = Object.keys(store.sessions).length
    console.log(JSON.stringify({ records, bytes: await bytes() - before }))
  }
  for (let generation = 0; generation < generations; generation++) {
    const ids = Array.from({ length: visitors }, () => newId(24))
    for (const id of ids) keep(id, HALF_AN_HOUR)
    // Time passes: each session has ended a second ago.
    for (const id of ids) keep(id, -1000)
    if (asks) await promisify(store.all.bind(store))()
    await tell()
  }
  for (let at = 0; at < late; at++) keep(newId(24), HALF_AN_HOUR)
  await tell()
}

main()
