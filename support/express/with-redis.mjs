// Express's sessions in Redis: what chapter 16 shows. It prints its port, and ends with its input.
// ANCHOR: store
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'

const client = createClient({ url: process.env.REDIS_URL })
client.on('error', (why) => console.error(`Redis: ${why.message}`))
await client.connect()

const app = express()
app.use(session({
  store: new RedisStore({ client }),
  secret: process.env.SESSION_KEY,
  resave: false,
  saveUninitialized: false,
}))
// ANCHOR_END: store

const { default: addRoutes } = await import('./routes-of-a-reader.mjs')
addRoutes(app)
