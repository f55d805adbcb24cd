// A socket.io server of the version named first (a package), with the options in JSON named second. It says what happens
// as lines of JSON, takes commands as lines of JSON, and ends when its input ends.
const server = require('http').createServer()
const io = require(process.argv[2])(server, { serveClient: false, ...JSON.parse(process.argv[3] || '{}') })
const say = what => process.stdout.write(JSON.stringify(what) + '\n')
let connections = 0
let newest = null

io.on('connection', socket => {
  newest = socket
  say({ connected: ++connections })
  socket.conn.on('heartbeat', () => say({ heartbeat: true }))
  socket.on('WebPacket', packet => {
    say({ packet })
    socket.emit('WebPacket', packet)
  })
  socket.on('disconnect', reason => say({ disconnected: reason }))
})

require('readline').createInterface({ input: process.stdin })
  .on('line', line => {
    const { emit, binary, leave, count } = JSON.parse(line)
    if (emit) newest.emit(...emit)
    if (binary) newest.emit('WebPacket', { service: 1, body: Buffer.alloc(binary) })
    if (leave) newest.disconnect(leave === 'close')
    if (count) say({ connections })
  })
  .on('close', () => process.exit())

server.listen(0, '127.0.0.1', () => say({ port: server.address().port }))
