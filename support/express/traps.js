// Which tokens jsonwebtoken takes: as it comes, and told what to look at. Each line that it prints
// is a list in JSON: what is tried, and what each of the two says, null for "taken".
'use strict'

const { createHmac, generateKeyPairSync } = require('node:crypto')
const jwt = require('jsonwebtoken')

/** The clock stands still. */
const NOW = 1_800_000_000
Date.now = () => NOW * 1000

const SECRET = 'a secret of 32 bytes, or of more'
const TEA = 'https://tea.example'
const PUBLIC_KEY = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).publicKey

const bare = (token, key) => jwt.verify(token, key)
const careful = (token, key) =>
  // ANCHOR: careful
  jwt.verify(token, key, {
    algorithms: ['HS256'],
    audience: 'https://tea.example',
    issuer: 'https://tea.example',
    maxAge: '5m',
  })
  // ANCHOR_END: careful

const good = { sub: 'Ada', iss: TEA, aud: TEA, exp: NOW + 300 }
/** A claim that is `undefined` is left out. */
const sign = (claims, options) => {
  const written = Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined)
  return jwt.sign(Object.fromEntries(written), SECRET, options)
}
const base64 = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The library does not sign so; whoever forges a token needs no library. */
const byHand = (header, key) => {
  const signed = `${base64(header)}.${base64({ ...good, iat: NOW })}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}

const traps = [
  ['a good one', sign({})],
  ['an hour old, and says no end', sign({ exp: undefined, iat: NOW - 3600 })],
  ['says no end, and not when it was made', sign({ exp: undefined }, { noTimestamp: true })],
  ['ended a second ago', sign({ exp: NOW - 1 })],
  ['for another service, with the same secret', sign({ aud: 'https://coffee.example' })],
  ['says no audience', sign({ aud: undefined })],
  ['says `HS512`, with the same secret', sign({}, { algorithm: 'HS512' })],
  ['says `none`, and has no signature', `${base64({ alg: 'none' })}.${base64(good)}.`],
  ['signed with the public key as the secret', byHand({ alg: 'HS256' }, PUBLIC_KEY), PUBLIC_KEY],
  ['a refresh token, with the same secret', sign({ kind: 'refresh' })],
]

for (const [name, token, key = SECRET] of traps) {
  const said = [bare, careful].map((check) => {
    try {
      check(token, key)
      return null
    } catch (error) {
      return error.message
    }
  })
  console.log(JSON.stringify([name, ...said]))
}
