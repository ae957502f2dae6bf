// What the tests ask of the server, and do to its store: a line of JSON, answered by another.
'use strict'

const { createInterface } = require('node:readline')

module.exports = function answerQuestions(store, unfinished) {
  const questions = {
    /** The calls since the last time of asking, once everything that goes on has ended. */
    async calls() {
      while (unfinished.length) await unfinished.pop()
      return store.calls.splice(0)
    },
    rows: () => store.rows(),
    age: (milliseconds) => store.age(milliseconds),
    fail: (message) => {
      store.failing = message
    },
    /** What a store says of its connection: `connect` or `disconnect`. */
    emit: (event) => store.emit(event),
  }
  createInterface({ input: process.stdin })
    .on('line', async (line) => {
      const [question, ...about] = JSON.parse(line)
      console.log(JSON.stringify(await questions[question](...about) ?? null))
    })
    .on('close', () => process.exit())
}
