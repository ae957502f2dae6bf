// The rows of a MemoryStore as files of a folder, which several processes share.
'use strict'

const fs = require('node:fs')
const path = require('node:path')

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined)

module.exports = function files(folder) {
  const at = (id) => path.join(folder, encodeURIComponent(id))
  return new Proxy({}, {
    get: (_, id) => read(at(id)),
    set: (_, id, data) => {
      fs.writeFileSync(at(id), data)
      return true
    },
    deleteProperty: (_, id) => {
      fs.rmSync(at(id), { force: true })
      return true
    },
    // In the order in which they came.
    ownKeys: () => fs.readdirSync(folder)
      .map((name) => [fs.statSync(path.join(folder, name)).birthtimeMs, decodeURIComponent(name)])
      .sort(([one], [other]) => one - other)
      .map(([, id]) => id),
    getOwnPropertyDescriptor: (_, id) => (
      { value: read(at(id)), configurable: true, enumerable: true, writable: true }
    ),
  })
}
