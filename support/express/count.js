// Counts visits, in sessions of the store that is named: what support/bench measures.
//
// It prints its port, and ends with its input.
'use strict'

const express = require('express')
const session = require('express-session')
const kinds = require('./kinds')

const [, , kind, place] = process.argv

async function serve() {
  const { store } = await kinds[kind](place)
  const app = express()
  app.disable('etag').disable('x-powered-by')
  app.use(session({ secret: 'tea', resave: false, saveUninitialized: false, store }))
  app.get('/', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.send(`visits: ${req.session.visits}`)
  })
  const listener = app.listen(0, '127.0.0.1', () => console.log(listener.address().port))
  process.stdin.on('close', () => process.exit()).resume()
}

serve()
