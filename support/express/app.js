// An Express app with a route for each kind of request that the book talks about.
'use strict'

const { once } = require('node:events')
const cors = require('cors')
const express = require('express')
const session = require('express-session')
const addMembers = require('./there-and-back')
const addTokens = require('./tokens')

const A_MONTH = 30 * 24 * 60 * 60 * 1000

const write = (req) => {
  req.session.visits = (req.session.visits ?? 0) + 1
}
const tell = (req, res) => {
  res.send(req.session ? `visits: ${req.session.visits ?? 'none'}` : 'req.session is undefined')
}

// ANCHOR: same_origin
/** Refuses what a page of another origin makes a browser send. */
const sameOrigin = (req, res, next) => {
  const site = req.get('sec-fetch-site')
  const origin = req.get('origin')
  const ours = site === undefined
    ? [undefined, `https://${req.get('host')}`, `http://${req.get('host')}`]
      .includes(origin)
    : ['same-origin', 'none'].includes(site)
  const looks = ['GET', 'HEAD', 'OPTIONS'].includes(req.method)
  return looks || ours ? next() : res.sendStatus(403)
}
// ANCHOR_END: same_origin

const httpsOnly = (req, res, next) =>
  req.secure ? next() : res.redirect(`https://${req.get('host')}${req.originalUrl}`)

/**
 * `unfinished` takes what goes on: answers not yet sent whole, and what their handlers do
 * afterwards.
 */
module.exports = function createApp(given, unfinished) {
  const { trustProxy = false, onlyHttps = false, ownForms = false, ...others } = given
  const { corsOptions, members = false, tokens, watch, ...options } = others
  const app = express()
  app.disable('etag').disable('x-powered-by').set('trust proxy', trustProxy)
  app.use((req, res, next) => {
    unfinished.push(once(res, 'close'))
    next()
  })
  if (watch) app.use(watch)
  if (onlyHttps) app.use(httpsOnly)
  if (ownForms) app.use(sameOrigin)
  if (corsOptions) app.use(cors(corsOptions))
  app.use(session(options))
  if (members) addMembers(app)
  if (tokens) addTokens(app, options.store, tokens)

  app.all('/', (req, res) => {
    write(req)
    const { visits } = req.session
    res.send(`<p>You have been here ${visits} time${visits === 1 ? '' : 's'}.</p>`)
  })
  app.all('/read', tell)
  app.all('/untouched', (req, res) => res.send('nothing'))
  app.all('/same', (req, res) => {
    req.session.visits = 1 // What the first visit wrote.
    tell(req, res)
  })

  app.all('/write', (req, res) => {
    write(req)
    tell(req, res)
  })
  app.all('/write-404', (req, res) => {
    write(req)
    res.status(404).send('nothing here')
  })
  app.all('/write-500', (req, res) => {
    write(req)
    res.status(500).send('something is wrong')
  })
  app.all('/write-redirect', (req, res) => {
    write(req)
    res.redirect('/read')
  })
  app.all('/write-throw', (req) => {
    write(req)
    throw new Error('thrown')
  })
  app.all('/write-stream', (req, res) => {
    res.write('the head is sent\n')
    write(req)
    res.end('and the rest')
  })
  app.all('/write-endless', (req, res) => {
    res.write('the head is sent, and no end comes\n')
  })
  app.all('/write-later', (req, res) => {
    res.send('the answer is sent')
    unfinished.push(once(res, 'close').then(() => write(req)))
  })
  app.all('/save-later', (req, res) => {
    res.send('the answer is sent')
    unfinished.push(once(res, 'close').then(() => {
      write(req)
      return new Promise((saved) => req.session.save(saved))
    }))
  })

  app.all('/save-then-redirect', (req, res, next) => {
    write(req)
    req.session.save((error) => (error ? next(error) : res.redirect('/read')))
  })
  app.all('/save-then-write', (req, res, next) => {
    write(req)
    req.session.save((error) => {
      if (error) return next(error)
      write(req)
      tell(req, res)
    })
  })
  app.all('/regenerate', (req, res, next) => {
    req.session.regenerate((error) => (error ? next(error) : tell(req, res)))
  })
  app.all('/destroy', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : tell(req, res)))
  })
  app.all('/reload', (req, res, next) => {
    write(req)
    req.session.reload((error) => (error ? next(error) : tell(req, res)))
  })
  app.all('/touch', (req, res) => {
    req.session.touch()
    tell(req, res)
  })
  app.all('/unset', (req, res) => {
    req.session = null
    res.send('unset')
  })
  app.all('/delete', (req, res) => {
    delete req.session
    res.send('deleted')
  })
  app.all('/remember', (req, res) => {
    req.session.cookie.maxAge = A_MONTH
    tell(req, res)
  })
  app.all('/write-and-remember', (req, res) => {
    write(req)
    req.session.cookie.maxAge = A_MONTH
    tell(req, res)
  })
  app.all('/whoami', (req, res) => {
    const { id, cookie } = req.session
    const { originalMaxAge, maxAge } = cookie
    res.json({ id, sessionID: req.sessionID, originalMaxAge, maxAge, cookie })
  })

  app.all('/address', (req, res) => {
    const { ip, protocol, secure, hostname } = req
    res.json({ ip, protocol, secure, hostname })
  })

  app.all('/all', (req, res, next) => {
    req.sessionStore.all((error, sessions) => (error ? next(error) : res.json(sessions)))
  })
  app.all('/length', (req, res, next) => {
    req.sessionStore.length((error, length) => (error ? next(error) : res.json(length)))
  })
  app.all('/clear', (req, res, next) => {
    req.sessionStore.clear((error) => (error ? next(error) : res.send('cleared')))
  })

  // Another request of the same browser, while this one goes on.
  const meanwhile = (req, path) => {
    const { port } = req.socket.address()
    return fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie: req.get('cookie') } })
  }
  app.all('/overtaken', async (req, res) => {
    await meanwhile(req, '/write')
    tell(req, res)
  })
  app.all('/outlived', async (req, res) => {
    await meanwhile(req, '/destroy')
    write(req)
    tell(req, res)
  })
  app.all('/outlived-untouched', async (req, res) => {
    await meanwhile(req, '/destroy')
    tell(req, res)
  })

  return app
}

module.exports.sameOrigin = sameOrigin
