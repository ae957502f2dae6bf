// Appends to a list in a session, and waits before it does: what chapter 19 says of Express.
//
//     node tabs.js connect-redis redis://127.0.0.1 '{"resave": true}'
//
// It prints its port, and ends with its input.
'use strict'

const { EventEmitter, once } = require('node:events')
const express = require('express')
const session = require('express-session')
const kinds = require('./kinds')

const [, , kind, place, options] = process.argv

/** What lets each request go on that has its session and waits, by name. */
const held = new Map()
const door = new EventEmitter()
const wait = (name) => new Promise((goOn) => {
  held.set(name, goOn)
  door.emit('held')
})

async function serve() {
  const { store } = await kinds[kind](place)
  const app = express()
  app.disable('etag').disable('x-powered-by')

  /** Is answered once that one waits. */
  app.get('/held/:name', async (req, res) => {
    while (!held.has(req.params.name)) await once(door, 'held')
    res.send('held')
  })
  app.get('/let-go/:name', (req, res) => {
    held.get(req.params.name)()
    res.send('gone')
  })

  const usual = { secret: 'tea', resave: false, saveUninitialized: false, store }
  app.use(session({ ...usual, ...JSON.parse(options) }))
  app.get('/begin', (req, res) => {
    req.session.list = []
    res.send('begun')
  })
  // ANCHOR: append
  app.get('/append/:item', async (req, res) => {
    const { list } = req.session
    await wait(req.params.item)
    req.session.list = [...list, req.params.item]
    res.send('appended')
  })
  // ANCHOR_END: append
  app.get('/look', (req, res) => res.json(req.session.list))
  app.get('/look-slowly', async (req, res) => {
    await wait('look')
    res.json(req.session.list)
  })
  const listener = app.listen(0, '127.0.0.1', () => console.log(listener.address().port))
  process.stdin.on('close', () => process.exit()).resume()
}

serve()
