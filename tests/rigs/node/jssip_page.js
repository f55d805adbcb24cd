// One phone in a page: what jssip.js may have it do. `say` tells what happened.
/* global jssip, say */
const loopback = sdp => sdp.split('\r\n')
  .filter(line => !line.startsWith('a=candidate:') || / (127\.0\.0\.1|::1) /.test(line)).join('\r\n')
const media = video => ({ mediaConstraints: { audio: true, video }, pcConfig: { iceServers: [] } })

window.phone = {
  calls: [],
  get call () { return this.calls[this.calls.length - 1] },

  // Registered at the server, or an error that says why not.
  register (url, user, more = {}) {
    return new Promise((resolve, reject) => {
      this.agent = new jssip.UA({
        sockets: [new jssip.WebSocketInterface(url)], uri: `sip:${user}@pbx.example`, password: `pw-${user}`,
        register_expires: 60, connection_recovery_min_interval: 1, connection_recovery_max_interval: 2, ...more
      })
      this.agent.on('registered', () => { say({ event: 'registered' }); resolve() })
      this.agent.on('registrationFailed', ({ cause }) => reject(new Error(cause)))
      this.agent.on('disconnected', () => say({ event: 'disconnected' }))
      this.agent.on('newRTCSession', ({ session, request }) => this.watch(session, request))
      this.agent.on('newMessage', ({ originator, request }) => {
        if (originator === 'remote') say({ event: 'message', from: request.from.uri.user, text: request.body })
      })
      this.agent.start()
    })
  },

  watch (session, request) {
    if (this.calls.includes(session)) return
    this.calls.push(session)
    const hear = connection => connection.addEventListener('track', ({ track, streams }) => {
      const player = document.createElement(track.kind)
      player.autoplay = true
      player.srcObject = streams[0] || new MediaStream([track])
      document.body.append(player)
    })
    session.connection ? hear(session.connection) : session.on('peerconnection', one => hear(one.peerconnection))
    // Packets from another address of this machine's would not be loopback's.
    session.on('sdp', description => { if (description.originator === 'local') description.sdp = loopback(description.sdp) })
    for (const event of ['progress', 'accepted', 'confirmed', 'hold', 'unhold', 'reinvite', 'update']) {
      session.on(event, ({ originator } = {}) => say({ event, originator }))
    }
    session.on('newDTMF', ({ originator, dtmf }) => say({ event: 'digit', originator, digit: dtmf.tone }))
    for (const event of ['ended', 'failed']) {
      session.on(event, ({ originator, cause, message }) => {
        this.calls = this.calls.filter(one => one !== session)
        say({ event, originator, cause, status: (message && message.status_code) || null })
      })
    }
    session.on('refer', ({ request, accept }) => {
      say({ event: 'refer', to: request.refer_to.uri.toString() })
      accept(made => this.watch(made), media(false))
    })
    session.on('replaces', ({ accept }) => {
      say({ event: 'replaces' })
      accept(made => { this.watch(made, request); made.answer(media(false)) })
    })
    if (session.direction === 'incoming') {
      const video = /^m=video [1-9]/m.test(request.body || '')
      say({ event: 'incoming', from: request.from.uri.user, name: request.from.display_name || null, video })
    }
  },

  dial (to, video = false) { this.agent.call(to.includes('@') ? to : `sip:${to}@pbx.example`, media(video)) },
  answer (video = false) { this.call.answer(media(video)) },
  refuse (status = 486) { this.call.terminate({ status_code: status }) },
  hangUp () { this.call.terminate() },
  hold () { return new Promise(resolve => this.call.hold({}, resolve)) },
  unhold () { return new Promise(resolve => this.call.unhold({}, resolve)) },
  // A new way for the sound, as after a change of address.
  restart () { return new Promise(resolve => this.call.renegotiate({ rtcOfferConstraints: { iceRestart: true } }, resolve)) },
  press (digits, inBand = true) { this.call.sendDTMF(digits, { transportType: inBand ? 'RFC2833' : 'INFO' }) },

  refer (to) {
    this.call.refer(`sip:${to}@pbx.example`, { eventHandlers: this.progress() })
  },
  // The first call's far end gets the second's.
  join () {
    const [first, second] = this.calls
    first.refer(second.remote_identity.uri, { replaces: second, eventHandlers: this.progress() })
  },
  progress () {
    const tell = event => ({ status_line: line } = {}) => say({ event: 'referred', how: event, status: (line && line.status_code) || null })
    return Object.fromEntries(['requestSucceeded', 'requestFailed', 'trying', 'progress', 'accepted', 'failed'].map(event => [event, tell(event)]))
  },

  message (to, text) {
    return new Promise((resolve, reject) => this.agent.sendMessage(`sip:${to}@pbx.example`, text, {
      eventHandlers: { succeeded: () => resolve(), failed: ({ cause }) => reject(new Error(cause)) }
    }))
  },

  // Says the state of a user as it changes.
  subscribe (user, event, accept) {
    const one = this.agent.subscribe(`sip:${user}@pbx.example`, event, accept, { expires: 60 })
    one.on('active', () => say({ event: 'watching', package: event }))
    one.on('notify', (isFinal, request, body) => say({ event: 'notify', package: event, body: body || '' }))
    one.on('terminated', code => say({ event: 'unsubscribed', code }))
    one.subscribe()
  },

  // What is heard and sent: energy grows with what comes out of the speaker and is no silence.
  async sound () {
    const found = { energy: 0, received: 0, sent: 0, frames: 0, codec: null }
    const reports = await this.call.connection.getStats()
    for (const report of reports.values()) {
      if (report.type === 'inbound-rtp' && report.kind === 'audio') {
        found.energy += report.totalAudioEnergy || 0
        found.received += report.packetsReceived
        found.codec = (reports.get(report.codecId) || {}).mimeType || found.codec
      }
      if (report.type === 'inbound-rtp' && report.kind === 'video') found.frames += report.framesDecoded || 0
      if (report.type === 'outbound-rtp' && report.kind === 'audio') found.sent += report.packetsSent
    }
    return found
  },
  state () { return this.calls.map(one => ({ with: one.remote_identity.uri.user, established: one.isEstablished(), held: one.isOnHold() })) }
}
