// Express's sessions in Memcached: what chapter 17 shows. It prints its port, and ends with its input.
// ANCHOR: store
import connectMemcached from 'connect-memcached'
import express from 'express'
import session from 'express-session'

const MemcachedStore = connectMemcached(session)

const app = express()
app.use(session({
  store: new MemcachedStore({ hosts: process.env.MEMCACHED }),
  secret: process.env.SESSION_KEY,
  resave: false,
  saveUninitialized: false,
}))
// ANCHOR_END: store

const { default: addRoutes } = await import('./routes-of-a-reader.mjs')
addRoutes(app)
