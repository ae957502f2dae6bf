// The tea shop's basket with Express and express-session: what `bash support/measure cost` compares the
// steps with. It does what they do for a visitor who has not signed in: a form is read, the origin it
// comes from and the session's token are looked at, a message waits for the next page, and each answer
// has the headers that theirs have.
//
// It prints its port, and ends with its input.
'use strict'

const { createHash, randomBytes, timingSafeEqual } = require('node:crypto')
const express = require('express')
const session = require('express-session')
const { sameOrigin } = require('./app')
const kinds = require('./kinds')
const { shop, STYLE, TEAS } = require('./shop-page')

/** More messages wait for nobody, and nobody orders more packets. */
const MOST_MESSAGES = 5
const MOST_PACKETS = 20

const LONGEST_FORM = '8kb'

const hash = createHash('sha256').update(STYLE).digest('base64')
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Content-Security-Policy':
    `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; ` +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}

const isToken = (token, sent) => (
  typeof sent === 'string' && sent.length === token.length &&
    timingSafeEqual(Buffer.from(sent), Buffer.from(token))
)

/**
 * Refuses a form that no page of this session has sent, or that names no tea of ours. A session without a
 * token gets one.
 */
const ownForm = (req, res, next) => {
  const { token } = req.session
  if (token !== undefined && !isToken(token, req.body?.token)) return res.sendStatus(403)
  if (!Object.hasOwn(TEAS, req.body?.tea)) return res.sendStatus(422)
  req.session.token ??= randomBytes(16).toString('base64url')
  return next()
}

/** Leads to the shop, which is to say this to the tab that asked. */
const say = (req, res, message) => {
  const said = (req.session.said ?? 0) + 1
  const messages = { ...req.session.messages, [said]: message }
  const [oldest, ...others] = Object.keys(messages)
  if (others.length >= MOST_MESSAGES) delete messages[oldest]
  Object.assign(req.session, { said, messages })
  res.redirect(303, `/?said=${said}`)
}

const takeMessage = (req) => {
  const { said } = req.query
  const message = req.session.messages?.[said]
  if (message) delete req.session.messages[said]
  return message
}

async function serve(kind, place) {
  const { store } = await kinds[kind](place)
  const app = express()
  app.disable('etag').disable('x-powered-by')
  app.use((req, res, next) => {
    res.set(HEADERS)
    next()
  })
  app.use(sameOrigin)
  app.use(express.urlencoded({ extended: false, limit: LONGEST_FORM }))
  app.use(session({
    name: '__Host-id',
    secret: 'tea',
    resave: false,
    saveUninitialized: false,
    // Nothing here is sent over TLS: express-session would set no cookie.
    cookie: { sameSite: 'lax' },
    store,
  }))
  app.get('/', (req, res) => {
    res.send(shop(req, takeMessage(req)))
  })
  app.post('/basket', ownForm, (req, res) => {
    const { tea } = req.body
    const basket = req.session.basket ?? {}
    basket[tea] = Math.min((basket[tea] ?? 0) + 1, MOST_PACKETS)
    req.session.basket = basket
    say(req, res, `${TEAS[tea]} is in your basket.`)
  })
  app.post('/basket/take', ownForm, (req, res) => {
    const { tea } = req.body
    const { basket = {} } = req.session
    if (basket[tea] > 1) basket[tea] -= 1
    else delete basket[tea]
    say(req, res, `One packet of ${TEAS[tea]} is out again.`)
  })
  const listener = app.listen(0, '127.0.0.1', () => console.log(listener.address().port))
  process.stdin.on('close', () => process.exit()).resume()
}

serve(process.argv[2], process.argv[3])
