// Phones that are JsSIP in Chromium: each connection to the port it says is one phone, a page in a profile of its own, and
// is gone with the connection. Lines of JSON: {"do", "with", "id"} calls a function of jssip_page.js and is answered by
// {"id", "value"} or {"id", "error"}; {"event", ...} says what happened. Ends when its input ends.
const fs = require('fs')
const http = require('http')
const net = require('net')
const path = require('path')
const readline = require('readline')
const { chromium } = require('playwright-core')
const CHROMIUM = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(fs.existsSync)

// All modules of a package of npm's in one script, each loaded when it is first asked for.
function bundle (name) {
  const modules = {}
  const add = file => {
    if (modules[file]) return file
    const text = fs.readFileSync(file, 'utf8')
    modules[file] = [`module.exports = ${text}`, {}]
    if (file.endsWith('.json')) return file
    const from = require('module').createRequire(file)
    const names = {}
    for (const [, wanted] of text.matchAll(/\brequire\(['"]([^'"]+)['"]\)/g)) {
      names[wanted] = add(from.resolve({ events: 'events/', debug: 'debug/src/browser.js' }[wanted] || wanted))
    }
    modules[file] = [text, names]
    return file
  }
  const first = add(require.resolve(name))
  const all = Object.entries(modules).map(([file, [text, names]]) =>
    `${JSON.stringify(file)}: [function (module, exports, require) {\n${text}\n}, ${JSON.stringify(names)}]`)
  return `window[${JSON.stringify(name)}] = (() => {
    const process = { env: {} }, loaded = {}
    const all = {${all.join(',\n')}}
    const load = file => {
      if (!loaded[file]) {
        const module = loaded[file] = { exports: {} }
        all[file][0].call(window, module, module.exports, name => load(all[file][1][name]))
      }
      return loaded[file].exports
    }
    return load(${JSON.stringify(first)})
  })()`
}

const files = {
  '/': ['text/html', '<!doctype html><meta charset="utf-8"><script src="jssip.js"></script><script src="page.js"></script>'],
  '/jssip.js': ['text/javascript', bundle('jssip')],
  '/page.js': ['text/javascript', fs.readFileSync(path.join(__dirname, 'jssip_page.js'))]
}
// A page of loopback may have the microphone without TLS.
const pages = http.createServer((request, reply) => {
  const found = files[request.url]
  reply.writeHead(found ? 200 : 404, { 'content-type': found ? found[0] : 'text/plain' }).end(found && found[1])
})

async function serve (socket, browser) {
  const say = what => { if (socket.writable) socket.write(JSON.stringify(what) + '\n') }
  const context = await browser.newContext({ permissions: ['microphone', 'camera'] })
  const page = await context.newPage()
  socket.on('close', () => context.close().catch(() => {}))
  page.on('pageerror', error => say({ event: 'broken', text: error.message }))
  // For a look at what passes: JSSIP_DEBUG=JsSIP:Transport.
  if (process.env.JSSIP_DEBUG) page.on('console', line => console.error(line.text()))
  await page.exposeFunction('say', say)
  await page.goto(`http://127.0.0.1:${pages.address().port}/`)
  await page.evaluate(what => jssip.debug.enable(what), process.env.JSSIP_DEBUG || '')
  const lines = readline.createInterface({ input: socket })
  lines.on('error', () => {}).on('line', async line => {
    const asked = JSON.parse(line)
    try {
      say({ id: asked.id, value: await page.evaluate(([verb, values]) => phone[verb](...values), [asked.do, asked.with]) })
    } catch (error) {
      say({ id: asked.id, error: error.message })
    }
  })
}

chromium.launch({
  executablePath: CHROMIUM,
  headless: true,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required',
    '--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns'
  ]
}).then(browser => {
  const end = () => browser.close().finally(() => process.exit())
  process.stdin.on('end', end).resume()
  const phones = net.createServer(socket => {
    socket.on('error', () => {})
    serve(socket, browser).catch(error => { socket.destroy(); console.error(error.message) })
  })
  pages.listen(0, '127.0.0.1', () =>
    phones.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: phones.address().port }))))
})
