// What the vendor's SDK does to log in, on the socket.io-client that it uses: a master connection (29), then a slave one
// (179). Arguments: the server's address, the user. It says what happens and takes [service, body] as lines of JSON.
const { createPublicKey, publicEncrypt, constants } = require('crypto')
const connect = require('socket.io-client')
const [url, azStackUserId] = process.argv.slice(2)
const options = { transports: ['websocket'], reconnection: false, autoConnect: false, forceNew: true }
const say = what => process.stdout.write(JSON.stringify(what) + '\n')

function open (role, begin, take) {
  const socket = connect(url, options)
  const send = (service, body) => socket.emit('WebPacket', { service, body: JSON.stringify(body) })
  socket.on('connect', () => { say({ connected: role }); begin(send) })
  socket.on('WebPacket', ({ service, body }) => take(service, JSON.parse(body), socket))
  socket.on('pong', () => say({ pong: role }))
  socket.on('disconnect', reason => say({ disconnected: role, reason }))
  for (const event of ['error', 'connect_error', 'connect_timeout']) {
    socket.on(event, error => say({ failed: role, reason: String(error) }))
  }
  socket.connect()
  return send
}

function token (publicKey) {
  const text = JSON.stringify({ sdkVersion: '2.2.4', namespace: '', azStackUserID: azStackUserId, userCredentials: '' })
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString('base64')
}

function authenticate (slave, { appId, publicKey }) {
  const asks = {
    slaveIp: slave.ip, slavePort: slave.port, token: token(publicKey), fullname: 'Người dùng', namespace: '',
    appId, sdkVersion: '2.2.4', screenSize: '360x640'
  }
  const send = open('slave', send => send(179, asks), (service, body) => say({ [service]: body }))
  require('readline').createInterface({ input: process.stdin })
    .on('line', line => send(...JSON.parse(line).send))
}

require('http').get(url + '/azstack-simulator.json', reply => {
  let text = ''
  reply.on('data', part => { text += part }).on('end', () => {
    open('master', send => send(29, { azStackUserId }), (service, body, socket) => {
      say({ [service]: body })
      socket.disconnect()
      authenticate(body, JSON.parse(text))
    })
  })
})
process.stdin.on('end', () => process.exit())
