// Lets in whoever brings a token, with Express and jsonwebtoken: what `bash support/measure cost` sets
// beside a session. No store is asked.
//
// It prints its port, and ends with its input.
'use strict'

const { randomBytes } = require('node:crypto')
const express = require('express')
const jwt = require('jsonwebtoken')

const SECRET = randomBytes(64)
const ALGORITHM = 'HS256'

const app = express()
app.disable('etag').disable('x-powered-by')
app.post('/token', (req, res) => {
  res.send(jwt.sign({ sub: 'Ada' }, SECRET, { algorithm: ALGORITHM, expiresIn: '1h' }))
})
app.get('/', (req, res) => {
  const [, token] = req.get('authorization')?.split('Bearer ') ?? []
  try {
    const { sub } = jwt.verify(token, SECRET, { algorithms: [ALGORITHM] })
    res.send(`You are ${sub}.`)
  } catch {
    res.sendStatus(401)
  }
})
const listener = app.listen(0, '127.0.0.1', () => console.log(listener.address().port))
process.stdin.on('close', () => process.exit()).resume()
