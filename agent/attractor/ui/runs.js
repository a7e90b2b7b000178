'use strict'
const cell = (row, text, cls) => { const td = row.insertCell(); td.textContent = text; if (cls) td.className = cls; return td }

async function show() {
  const { pipelines } = await (await fetch('/pipelines')).json()
  const body = document.getElementById('runs')
  body.replaceChildren()
  for (const p of pipelines) {
    const row = body.insertRow()
    const a = document.createElement('a')
    a.href = '/runs/' + encodeURIComponent(p.id)
    a.textContent = p.id
    cell(row, '').append(a)
    const pill = document.createElement('span')
    pill.className = 'pill ' + p.status
    pill.textContent = p.questions ? 'asks' : p.status
    cell(row, '').append(pill)
    cell(row, p.current_node)
    cell(row, p.goal)
    cell(row, new Date(p.started).toLocaleString())
  }
  document.getElementById('none').hidden = pipelines.length > 0
}

document.getElementById('submit').addEventListener('submit', async e => {
  e.preventDefault()
  const form = new FormData(e.target)
  const res = await fetch('/pipelines', {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ dot: form.get('dot'), goal: form.get('goal') }),
  })
  const got = await res.json()
  if (res.ok) { location.href = '/runs/' + encodeURIComponent(got.id); return }
  const list = document.getElementById('refused')
  list.replaceChildren(...[{ message: got.error }, ...(got.diagnostics || [])].map(d => {
    const li = document.createElement('li')
    li.className = 'bad'
    li.textContent = d.rule ? `${d.severity} ${d.rule}: ${d.message}` : d.message
    return li
  }))
})

show()
setInterval(show, 3000)
