// A session and a token for the same member: what chapter 22 says of Express.
'use strict'

const jsonwebtoken = require('jsonwebtoken')

const SECRET = 'a secret of 32 bytes, or of more'

/** jsonwebtoken by the clock of these rows: time passes where they age. */
const byClockOf = (store) => {
  const now = () => Math.floor(Date.now() / 1000) + store.passed
  return {
    sign: (claims, ...rest) => jsonwebtoken.sign({ iat: now(), ...claims }, ...rest),
    verify: (token, secret, options) =>
      jsonwebtoken.verify(token, secret, { ...options, clockTimestamp: now() }),
  }
}

/** Adds both ways to sign in. `options` are what a token is signed with. */
module.exports = function addTokens(app, store, options) {
  const jwt = byClockOf(store)

  // ANCHOR: sign_in
  app.post('/tokens', (req, res) => {
    req.session.member = 'Ada'
    res.json({ token: jwt.sign({ sub: 'Ada' }, SECRET, options) })
  })
  // ANCHOR_END: sign_in
  // ANCHOR: bearer
  const bearer = (req, res, next) => {
    const token = req.get('authorization')?.replace('Bearer ', '')
    try {
      req.member = jwt.verify(token, SECRET, { algorithms: ['HS256'] }).sub
      next()
    } catch {
      res.sendStatus(401)
    }
  }
  // ANCHOR_END: bearer
  app.get('/by-token', bearer, (req, res) => res.send(`You are ${req.member}.`))
  app.get('/by-session', (req, res) => {
    const { member } = req.session
    if (member) res.send(`You are ${member}.`)
    else res.sendStatus(401)
  })
  app.post('/sign-out', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.send('goodbye')))
  })
}
