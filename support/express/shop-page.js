// The page that sells, as the steps have it.
'use strict'

const TEAS = { assam: 'Assam', oolong: 'Oolong', sencha: 'Sencha' }

const STYLE = `
    :root { color-scheme: light dark }
    body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 2rem auto; padding: 0 1rem }
    code { font-size: 1em; overflow-wrap: anywhere }
    button { font: inherit }
`

const escape = (text) => String(text).replace(/[&<>"']/g, (it) => `&#${it.charCodeAt(0)};`)

const shorten = (value) => (value.length > 6 ? `${value.slice(0, 6)}…` : value)

const list = (items) =>
  `<ul>${items.map((item) => `<li><code>${escape(item)}</code></li>`).join('') || '<li>nothing</li>'}</ul>`

function form({ token }, action, fields) {
  const hidden = token ? `<input type="hidden" name="token" value="${escape(token)}">` : ''
  return `<form method="post" action="${action}">${hidden}${fields}</form>`
}

const teas = () => Object.entries(TEAS).map(([value, tea]) =>
  `<li>${tea} <button name="tea" value="${value}" aria-label="Add ${tea}">Add</button></li>`).join('')

const packets = (basket) => Object.entries(basket).map(([value, count]) => {
  const tea = escape(TEAS[value] ?? value)
  return `<li>${count} × ${tea} <button name="tea" value="${escape(value)}" ` +
    `aria-label="Take one ${tea} out">Take one out</button></li>`
}).join('')

const basketOf = (session) => (
  Object.keys(session.basket ?? {}).length === 0
    ? '<p>nothing</p>'
    : form(session, '/basket/take', `<ul>${packets(session.basket)}</ul>`) +
      form(session, '/start-over', '<button>Empty it</button>') +
      form(session, '/remember',
        '<p>The basket is kept for 30 minutes after each visit, until you close the browser.</p>' +
        '<button name="remember" value="true">Keep it for 30 days</button>')
)

const held = ({ session, sessionID }) => (
  session.basket ? [`session ${shorten(sessionID)}: ${JSON.stringify(session.basket)}`] : []
)

const sent = (req) => (req.get('cookie')?.split('; ') ?? []).map((pair) => {
  const [name, value] = pair.split('=')
  return `${name}=${shorten(value ?? '')}`
})

/** The page, which says `message` once. */
const shop = (req, message) => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">` +
  '<meta name="viewport" content="width=device-width, initial-scale=1">' +
  `<link rel="icon" href="data:,"><title>Tea</title><style>${STYLE}</style></head>` +
  `<body><main><h1>Tea</h1>${message ? `<p role="status">${escape(message)}</p>` : ''}` +
  '<p><a href="/sign-in">Sign in</a> or <a href="/register">register</a></p>' +
  `${form(req.session, '/basket', `<ul>${teas()}</ul>`)}<h2>Your basket</h2>${basketOf(req.session)}` +
  `<h2>Your browser sent</h2>${list(sent(req))}<h2>The server holds</h2>${list(held(req))}` +
  '</main><nav><a href="/">Shop</a> · <a href="/about">About</a></nav></body></html>'

module.exports = { shop, STYLE, TEAS }
