// Signing in with Passport, and the way back: what chapter 21 says of Express.
'use strict'

const { Passport } = require('passport')

// ANCHOR: members_only
const membersOnly = (req, res, next) => {
  if (req.isAuthenticated()) return next()
  req.session.returnTo = req.originalUrl
  res.redirect('/sign-in')
}
// ANCHOR_END: members_only

/** Adds ways to sign in, and keeps every other page for members. */
module.exports = function addMembers(app) {
  const passport = new Passport()
  passport.serializeUser((name, done) => done(null, name))
  passport.deserializeUser((name, done) => done(null, name))
  app.use(passport.session())

  app.get('/sign-in', (req, res) => res.send('a form'))
  app.post('/sign-in', (req, res, next) => {
    req.logIn('Ada', (error) => (error ? next(error) : res.redirect(req.session.returnTo ?? '/')))
  })
  // ANCHOR: kept
  app.post('/sign-in-and-go-back', (req, res, next) => {
    const { returnTo = '/' } = req.session
    req.logIn('Ada', (error) => (error ? next(error) : res.redirect(returnTo)))
  })
  // ANCHOR_END: kept
  app.post('/sign-in-and-keep-all', (req, res, next) => {
    req.logIn('Ada', { keepSessionInfo: true }, (error) =>
      error ? next(error) : res.redirect(req.session.returnTo ?? '/'))
  })
  app.post('/sign-in-and-go-on', (req, res, next) => {
    req.logIn('Ada', (error) => (error ? next(error) : res.redirect(req.query.next)))
  })
  app.use(membersOnly)
}
