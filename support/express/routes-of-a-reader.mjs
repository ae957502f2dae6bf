// Counts visits: what with-redis.mjs and with-memcached.mjs serve.

/** Requests that have their session, and wait. */
const held = []

export default function addRoutes(app) {
  app.get('/', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.send(`visits: ${req.session.visits}`)
  })
  app.get('/look', (req, res) => res.send(`visits: ${req.session.visits ?? 0}`))
  app.get('/remember', ({ session, query }, res) => {
    session.visits = 1
    session.cookie.maxAge = Number(query.ms)
    res.send('visits: 1')
  })
  app.get('/hold', (req, res) => {
    req.session.visits += 1
    held.push(() => res.send(`visits: ${req.session.visits}`))
    held.waits?.()
  })
  /** Is answered once a request is held. */
  app.get('/held', (req, res) => {
    held.waits = () => res.send('held')
    if (held.length) held.waits()
  })
  app.get('/let-go', (req, res) => {
    held.splice(0).forEach((goOn) => goOn())
    res.send('gone')
  })
  app.get('/sign-out', (req, res, next) => req.session.destroy((why) => (why ? next(why) : res.send('out'))))
  const listener = app.listen(0, '127.0.0.1', () => console.log(listener.address().port))
  process.stdin.on('close', () => process.exit()).resume()
}
