'use strict'

const $ = id => document.getElementById(id)
const pageSize = 60
let view = 'typed'  // or raw
let shown = null    // id of the context on the page
let oldest = null   // turn before which there are more
let query = ''
let listed = 0

function make(tag, props, ...children) {
  const e = Object.assign(document.createElement(tag), props)
  e.append(...children.filter(c => c != null))
  return e
}

async function ask(path, options = {}) {
  const headers = {...options.headers}
  const token = sessionStorage.getItem('token')
  if (token) headers.Authorization = 'Bearer ' + token
  const res = await fetch('v1/' + path, {...options, headers})
  if (res.status === 401) {
    $('sign-in').hidden = false
    $('empty').hidden = true
    $('token').focus()
    throw new Error(token ? 'The token is not known here.' : '')
  }
  if (!res.ok) {
    const text = await res.text()
    let message = text
    try { message = JSON.parse(text).error.message } catch {}
    throw new Error(message)
  }
  return res
}

const json = async (path, options) => (await ask(path, options)).json()

// attempt runs something and says on the page what went wrong.
async function attempt(f) {
  $('problem').textContent = ''
  try { return await f() } catch (e) { $('problem').textContent = e.message }
}

const clock = ms => new Date(ms).toLocaleString(undefined, {dateStyle: 'medium', timeStyle: 'medium'})

// The list of contexts.

function contextItem(c) {
  const forked = c.parent_context_id !== '0' ? `, fork of ${c.parent_context_id}` : ''
  const link = make('a', {href: '#/c/' + c.context_id},
    c.is_live ? make('span', {className: 'dot', title: 'live'}) : null,
    make('b', {textContent: c.title || 'Context ' + c.context_id}),
    make('small', {textContent: `${[c.context_id, ...(c.labels || [])].join(' · ')} · ${c.head_turn_id === '0' ? 0 : c.head_depth + 1} turns${forked} · ${clock(c.created_at_unix_ms)}`}))
  if (c.context_id === shown) link.setAttribute('aria-current', 'true')
  const li = make('li', {}, link)
  li.dataset.id = c.context_id
  return li
}

async function list(more) {
  const offset = more ? listed : 0
  const path = query ? `contexts/search?limit=200&q=${encodeURIComponent(query)}` : `contexts?limit=${pageSize}&offset=${offset}`
  const got = await json(path)
  if (!more) $('contexts').replaceChildren()
  $('contexts').append(...got.contexts.map(contextItem))
  listed = offset + got.contexts.length
  $('older-contexts').hidden = query !== '' || listed >= got.total
  if (!listed) $('contexts').append(make('li', {className: 'none', textContent: query ? 'No context is like that.' : 'There are no contexts yet.'}))
}

$('search').addEventListener('submit', async e => {
  e.preventDefault()
  query = $('query').value.trim()
  $('query-bad').textContent = ''
  try { await list() } catch (e) { $('query-bad').textContent = e.message }
})
$('older-contexts').addEventListener('click', () => attempt(() => list(true)))

$('sign-in').addEventListener('submit', e => {
  e.preventDefault()
  sessionStorage.setItem('token', $('token').value)
  $('token').value = ''
  $('sign-in').hidden = true
  start()
})

// The turns of a context.

const words = ['kind', 'node', 'name', 'title', 'role', 'outcome', 'status', 'model_requested', 'goal', 'text', 'pipeline', 'scenario', 'args']

// gist is what a turn says in one line.
function gist(data) {
  if (data === null || typeof data !== 'object') return String(data)
  const parts = words.filter(w => typeof data[w] === 'string' && data[w]).map(w => data[w])
  return (parts.length ? parts.join(' · ') : JSON.stringify(data)).slice(0, 300)
}

function turnItem(t) {
  const type = t.declared_type.type_id.replace(/^factory\./, '')
  const details = make('details', {}, make('summary', {},
    make('span', {className: 'tag', textContent: type}),
    make('span', {className: 'gist', textContent: gist(t.data)}),
    make('time', {dateTime: t.created_at, textContent: clock(t.created_at_unix_ms)})))
  details.addEventListener('toggle', () => { if (details.open && details.children.length < 2) details.append(turnBody(t)) })
  const li = make('li', {id: 'turn-' + t.turn_id}, details)
  li.turn = t
  li.classList.toggle('inherited', t.context_id !== shown)
  return li
}

function turnBody(t) {
  const fork = make('button', {className: 'button small', textContent: 'Fork from here'})
  fork.addEventListener('click', () => attempt(async () => {
    const c = await json('contexts/fork', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({base_turn_id: t.turn_id})})
    await list()
    location.hash = '#/c/' + c.context_id
  }))
  const save = make('button', {className: 'button small', textContent: 'Download'})
  save.addEventListener('click', () => attempt(async () => {
    const blob = await (await ask('blobs/' + t.content_hash_b3)).blob()
    const a = make('a', {href: URL.createObjectURL(blob), download: `turn-${t.turn_id}.msgpack`})
    a.click()
    URL.revokeObjectURL(a.href)
  }))
  const body = make('div', {className: 'body'}, make('pre', {tabIndex: 0}), make('div', {className: 'acts'}, fork, save,
    make('span', {className: 'soft', textContent: `turn ${t.turn_id}, after ${t.parent_turn_id}, ${t.declared_type.type_id} v${t.declared_type.type_version}, ${t.uncompressed_len} bytes`}),
    make('code', {textContent: t.content_hash_b3})))
  show(body, t)
  return body
}

// hex shows bytes sixteen in a line, with what can be read of them.
function hex(base64) {
  const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0))
  const lines = []
  for (let i = 0; i < Math.min(bytes.length, 16384); i += 16) {
    const row = [...bytes.slice(i, i + 16)]
    lines.push(i.toString(16).padStart(6, '0') + '  ' + row.map(b => b.toString(16).padStart(2, '0')).join(' ').padEnd(48) + ' ' +
      row.map(b => b > 31 && b < 127 ? String.fromCharCode(b) : '.').join(''))
  }
  if (bytes.length > 16384) lines.push(`… ${bytes.length - 16384} more bytes`)
  return lines.join('\n')
}

function show(body, t) {
  const pre = body.querySelector('pre')
  pre.style.whiteSpace = view === 'raw' ? 'pre' : ''
  if (view === 'typed') {
    pre.textContent = t.data_error || JSON.stringify(t.unknown && Object.keys(t.unknown).length ? {...t.data, '(unknown tags)': t.unknown} : t.data, null, 2)
    return
  }
  pre.textContent = '…'
  attempt(async () => { pre.textContent = hex((await json(`turns/${t.turn_id}?view=raw`)).bytes_b64) })
}

for (const b of document.querySelectorAll('[data-view]')) {
  b.addEventListener('click', () => {
    view = b.dataset.view
    for (const other of document.querySelectorAll('[data-view]')) other.setAttribute('aria-pressed', String(other === b))
    for (const body of document.querySelectorAll('#turns .body')) show(body, body.closest('li').turn)
  })
}

const turnsPath = (id, before) => `contexts/${id}/turns?limit=${pageSize}&type_hint_mode=best&include_unknown=1` + (before ? '&before_turn_id=' + before : '')

// marks shows at each turn the contexts that were forked there.
async function marks(id) {
  const items = [...$('turns').children]
  const owners = new Set(items.map(li => li.turn.context_id))
  for (const owner of owners) {
    const got = await json(`contexts/${owner}/children?include_lineage=0&include_provenance=0`)
    if (shown !== id) return
    for (const c of got.children) {
      const li = $('turn-' + c.base_turn_id)
      if (!li || li.querySelector(`[data-fork="${c.context_id}"]`)) continue
      li.classList.add('forked')
      let box = li.querySelector('.forks')
      if (!box) li.append(box = make('div', {className: 'forks'}))
      const here = c.context_id === shown
      const a = make(here ? 'span' : 'a', {textContent: (here ? 'this context begins here' : 'context ' + c.context_id + (c.title ? ' · ' + c.title : ''))})
      if (!here) a.href = '#/c/' + c.context_id
      a.dataset.fork = c.context_id
      box.append(a)
    }
  }
}

async function open(id) {
  shown = id
  const c = await json('contexts/' + id)
  const got = await json(turnsPath(id))
  if (shown !== id) return
  $('context').hidden = false
  $('empty').hidden = true
  $('title').textContent = c.title || 'Context ' + id
  document.title = $('title').textContent + ' · Context store'
  const labels = (c.labels || []).join(', ')
  $('facts').textContent = [`context ${id}`, c.client_tag, labels, c.namespace && 'namespace ' + c.namespace,
    c.parent_context_id !== '0' && `fork of ${c.parent_context_id} at turn ${c.base_turn_id}`, clock(c.created_at_unix_ms)].filter(Boolean).join(' · ')
  $('provenance').hidden = !c.provenance
  $('provenance').querySelector('pre').textContent = JSON.stringify(c.provenance, null, 2)
  $('turns').replaceChildren(...got.turns.map(turnItem))
  if (!got.turns.length) $('turns').append(make('p', {className: 'none', textContent: 'No turns yet.'}))
  oldest = got.next_before_turn_id
  $('older').hidden = !oldest
  for (const a of document.querySelectorAll('#contexts a')) {
    if (a.getAttribute('href') === '#/c/' + id) a.setAttribute('aria-current', 'true')
    else a.removeAttribute('aria-current')
  }
  await marks(id)
}

$('older').addEventListener('click', () => attempt(async () => {
  const id = shown
  const got = await json(turnsPath(id, oldest))
  if (shown !== id) return
  $('turns').prepend(...got.turns.map(turnItem))
  oldest = got.next_before_turn_id
  $('older').hidden = !oldest
  await marks(id)
}))

$('download').addEventListener('click', e => {
  e.preventDefault()
  attempt(async () => {
    const turns = []
    for (let before = null, first = true; first || before; first = false) {
      const got = await json(turnsPath(shown, before).replace(`limit=${pageSize}`, 'limit=1000'))
      turns.unshift(...got.turns)
      before = got.next_before_turn_id
    }
    const a = make('a', {href: URL.createObjectURL(new Blob([JSON.stringify({context_id: shown, turns}, null, 1)], {type: 'application/json'})), download: `context-${shown}.json`})
    a.click()
    URL.revokeObjectURL(a.href)
  })
})

// What happens in the store shows at once.

async function appended(d) {
  if (d.context_id !== shown) return
  const last = $('turns').lastElementChild
  const t = await json(`turns/${d.turn_id}?type_hint_mode=best&include_unknown=1`)
  if (last && last.turn && last.turn.turn_id !== t.parent_turn_id) return open(shown)  // back to an ancestor, or several at once
  $('turns').querySelector('.none')?.remove()
  if (!$('turn-' + t.turn_id)) $('turns').append(turnItem(t))
}

let relist
function heard(kind, data) {
  if (kind === 'turn_appended') attempt(() => appended(data))
  if (kind === 'error_occurred') $('problem').textContent = data.message
  if (!query && kind !== 'connected') {
    clearTimeout(relist)
    relist = setTimeout(() => attempt(() => list()), 400)
  }
}

async function listen() {
  for (;;) {
    try {
      const reader = (await ask('events')).body.pipeThrough(new TextDecoderStream()).getReader()
      $('live').textContent = 'live'
      for (let rest = ''; ;) {
        const {value, done} = await reader.read()
        if (done) break
        const parts = (rest + value).split('\n\n')
        rest = parts.pop()
        for (const p of parts) {
          const kind = p.match(/^event: (.*)$/m), data = p.match(/^data: (.*)$/m)
          if (kind && data) heard(kind[1], JSON.parse(data[1]))
        }
      }
    } catch {
      if (!$('sign-in').hidden) return
    }
    $('live').textContent = 'not connected'
    await new Promise(r => setTimeout(r, 3000))
  }
}

function route() {
  const m = location.hash.match(/^#\/c\/(\d+)(?:\/t\/(\d+))?$/)
  document.body.classList.toggle('reading', Boolean(m))
  if (m) {
    return attempt(async () => {
      await open(m[1])
      $('main').focus({preventScroll: true})
      const li = $('turn-' + m[2])
      if (!li) return
      li.firstElementChild.open = true
      li.scrollIntoView({block: 'center'})
    })
  }
  shown = null
  document.title = 'Context store'
  $('context').hidden = true
  $('empty').hidden = !$('sign-in').hidden
  for (const a of document.querySelectorAll('#contexts a')) a.removeAttribute('aria-current')
}

async function start() {
  await attempt(async () => {
    await list()
    listen()
    await route()
  })
}

addEventListener('hashchange', route)
start()
