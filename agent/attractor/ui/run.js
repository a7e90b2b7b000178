'use strict'
const id = decodeURIComponent(location.pathname.split('/').pop())
const base = '/pipelines/' + encodeURIComponent(id)
const $ = name => document.getElementById(name)
const node = name => document.querySelector(`#graph [data-node="${CSS.escape(name)}"]`)
document.title = $('name').textContent = id

// What an event says of a node's state.
const states = { stage_started: 'running', stage_completed: 'success', stage_failed: 'fail', stage_retrying: 'running', interview_started: 'asks', interview_completed: 'running' }

function mark(ev) {
  const g = ev.node && node(ev.node)
  if (g && states[ev.kind]) {
    g.dataset.state = states[ev.kind]
    if (ev.outcome && ev.kind === 'stage_completed' && ev.outcome.outcome !== 'success') g.dataset.state = 'partial'
    if (ev.visit > 1) g.dataset.visits = ev.visit
  }
  if (ev.kind === 'edge_selected' || ev.kind === 'parallel_branch_started') {
    const e = document.querySelector(`#graph [data-from="${CSS.escape(ev.node)}"][data-to="${CSS.escape(ev.target)}"]`)
    if (e) e.dataset.state = 'taken'
  }
}

function tell(ev) {
  if (ev.kind === 'checkpoint_saved' || ev.kind === 'phase_started') return
  const li = document.createElement('li')
  const what = document.createElement('b')
  what.textContent = ev.kind.replaceAll('_', ' ')
  const outcome = ev.outcome ? ' ' + ev.outcome.outcome : ''
  const visit = ev.visit > 1 ? ' visit ' + ev.visit : ''
  const to = ev.target ? ' → ' + ev.target : ''
  const took = ev.duration_ns ? ` ${(ev.duration_ns / 1e9).toFixed(2)} s` : ''
  li.append(what, ` ${ev.branch ? ev.branch + ': ' : ''}${ev.node || ''}${visit}${to}${outcome}${took}`)
  const text = ev.text || (ev.question && ev.question.text) || ''
  if (text) { const p = document.createElement('small'); p.textContent = text.slice(0, 500); li.append(p) }
  li.className = ev.kind
  $('events').prepend(li)
}

async function status() {
  const s = await (await fetch(base)).json()
  $('status').textContent = s.questions ? 'asks' : s.status
  $('status').className = 'pill ' + (s.questions ? 'asks' : s.status)
  $('goal').textContent = s.goal
  $('reason').textContent = s.reason
  $('reason').hidden = !s.reason
  $('cancel').hidden = s.status !== 'running'
  $('resume').hidden = s.status !== 'stopped'
}

async function questions() {
  const { questions } = await (await fetch(base + '/questions')).json()
  const shown = new Set(questions.map(q => q.id))
  for (const old of [...$('questions').children]) if (!shown.has(old.dataset.question)) old.remove()
  for (const q of questions) {
    if ($('questions').querySelector(`[data-question="${CSS.escape(q.id)}"]`)) continue
    const form = document.createElement('form')
    form.dataset.question = q.id
    const h = document.createElement('h2')
    h.textContent = q.text
    form.append(h)
    const send = async answer => {
      const res = await fetch(`${base}/questions/${encodeURIComponent(q.id)}/answer`, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ answer }),
      })
      if (res.ok) form.remove()
      else { why.textContent = (await res.json()).error; why.hidden = false }
      status()
    }
    const options = q.options || (q.type === 'freeform' ? [] : [{ key: 'yes', label: 'Yes' }, { key: 'no', label: 'No' }])
    for (const o of options) {
      const b = document.createElement('button')
      b.type = 'button'
      b.className = 'button'
      b.textContent = o.label
      b.addEventListener('click', () => send(o.key))
      form.append(b)
    }
    if (q.type === 'freeform') {
      const input = document.createElement('input')
      input.name = 'answer'
      input.setAttribute('aria-label', q.text)
      const b = document.createElement('button')
      b.className = 'button first'
      b.textContent = 'Answer'
      form.append(input, b)
      form.addEventListener('submit', e => { e.preventDefault(); send(input.value) })
    }
    const why = document.createElement('p')
    why.className = 'bad'
    why.hidden = true
    why.setAttribute('role', 'alert')
    form.append(why)
    $('questions').append(form)
  }
}

$('cancel').addEventListener('click', () => fetch(base + '/cancel', { method: 'POST' }))
$('resume').addEventListener('click', async () => { await fetch(base + '/resume', { method: 'POST' }); follow() })

let last = 0
function follow() {
  const stream = new EventSource(`${base}/events?after=${last}`)
  const take = e => {
    const ev = JSON.parse(e.data)
    last = ev.seq
    mark(ev)
    tell(ev)
    if (/^(pipeline|interview|stage_started)/.test(ev.kind)) { status(); questions() }
  }
  for (const kind of ['pipeline_started', 'pipeline_resumed', 'pipeline_restarted', 'pipeline_completed', 'pipeline_failed', 'pipeline_stopped',
    'stage_started', 'stage_completed', 'stage_failed', 'stage_retrying', 'edge_selected', 'goal_gate_unmet', 'parallel_started',
    'parallel_branch_started', 'parallel_branch_completed', 'parallel_completed', 'interview_started', 'interview_completed',
    'interview_timeout', 'diagnostic', 'experiment_drawn', 'tool_hook', 'backend']) stream.addEventListener(kind, take)
  stream.addEventListener('end', () => { stream.close(); status(); questions() })
}

fetch(base + '/graph').then(r => r.text()).then(svg => {
  $('graph').innerHTML = svg
  status()
  questions()
  follow()
})
