// The tea shop on Express, as it runs before it moves: what the page on moving prints. It prints its
// port, and ends with its input.
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'

const TEAS = ['assam', 'oolong', 'sencha']

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' })
client.on('error', (why) => console.error(`Redis: ${why.message}`))
await client.connect()

const app = express()
// ANCHOR: session
app.set('trust proxy', 'loopback')
app.use(session({
  store: new RedisStore({ client }),
  secret: process.env.SESSION_SECRETS.split(','),
  resave: false,
  saveUninitialized: false,
  cookie: { secure: true, sameSite: 'lax', maxAge: 30 * 60 * 1000 },
}))
app.use(express.urlencoded({ extended: false, limit: '8kb' }))
// ANCHOR_END: session

app.get('/', ({ session: { basket = {}, member = 'nobody' } }, res) => {
  const packets = Object.entries(basket).map(([tea, count]) => `${count} × ${tea}`)
  res.type('text').send(`Express: ${member} has ${packets.join(', ') || 'nothing'}\n`)
})
// ANCHOR: basket
app.post('/basket', ({ session, body }, res) => {
  if (!TEAS.includes(body?.tea)) return res.sendStatus(422)
  session.basket ??= {}
  session.basket[body.tea] = (session.basket[body.tea] ?? 0) + 1
  res.redirect(303, '/')
})
// ANCHOR_END: basket
/** As it was before nginx led everybody to the new server for this. */
app.post('/sign-in', (req, res, next) => {
  const { name, password } = req.body ?? {}
  if (!process.env.PASSWORD || password !== process.env.PASSWORD) return res.sendStatus(403)
  const { basket } = req.session
  req.session.regenerate((why) => {
    if (why) return next(why)
    Object.assign(req.session, { basket, member: name })
    res.redirect(303, '/')
  })
})

const listener = app.listen(process.env.PORT ?? 3001, '127.0.0.1', () => console.log(listener.address().port))
process.stdin.on('close', () => process.exit()).resume()
