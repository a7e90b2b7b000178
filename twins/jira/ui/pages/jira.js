// Lets cards be dragged from column to column, with the mouse or with the arrow keys.
(() => {
  "use strict";
  const move = (key, status) => {
    const form = document.getElementById("mover");
    form.issueIdOrKey.value = key; form.status.value = status;
    form.requestSubmit();
  };
  let held = null;
  document.addEventListener("dragstart", e => {
    held = e.target.closest?.(".card");
    if (held) { e.dataTransfer.setData("text/plain", held.dataset.key); e.dataTransfer.effectAllowed = "move"; held.classList.add("held"); }
  });
  document.addEventListener("dragend", () => { held?.classList.remove("held"); held = null; for (const c of document.querySelectorAll(".column.over")) c.classList.remove("over"); });
  document.addEventListener("dragover", e => {
    const column = held && e.target.closest?.(".column");
    for (const c of document.querySelectorAll(".column.over")) if (c !== column) c.classList.remove("over");
    if (column) { e.preventDefault(); column.classList.add("over"); }
  });
  document.addEventListener("drop", e => {
    const column = held && e.target.closest?.(".column");
    if (!column) return;
    e.preventDefault();
    const key = held.dataset.key;
    if (!column.contains(held)) { column.querySelector("ul").append(held); move(key, column.dataset.status); }
  });
  document.addEventListener("keydown", e => {
    const card = e.target.closest?.(".card");
    if (!card || !e.shiftKey || !["ArrowLeft", "ArrowRight"].includes(e.key)) return;
    const columns = [...document.querySelectorAll(".column")], at = columns.indexOf(card.closest(".column")) + (e.key === "ArrowRight" ? 1 : -1);
    if (columns[at]) { e.preventDefault(); move(card.dataset.key, columns[at].dataset.status); }
  });
  document.addEventListener("change", e => { if (e.target.matches("[data-go]")) e.target.form.submit(); });
})();

// Offers what could be meant by what somebody is typing: fields, operators and values of a query, people in a comment.
(() => {
  "use strict";
  let box = null, list = null, chosen = -1, asked = 0, known = null;
  const close = () => { list?.remove(); list = null; chosen = -1; };

  // What stands before the caret, in words; a word may be in quotes.
  const words = s => s.match(/"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[()]|,|[!<>=~]+|[^\s()!<>=~,"']+/g) || [];
  const quote = s => /^[A-Za-z0-9_.-]+$/.test(s) ? s : '"' + s.replace(/[\\"]/g, "\\$&") + '"';
  const operators = ["=", "!=", "~", "!~", ">", ">=", "<", "<=", "in", "not in", "is", "is not", "was", "was not", "was in", "changed"];

  async function offers(text) {
    const base = box.dataset.jql;
    known ??= await (await fetch(base)).json();
    const all = words(text), open = /\S$/.test(text) && !/[(),]$/.test(text), last = open ? all.pop() : "", before = all.at(-1) || "";
    const begins = (names, show) => names.filter(n => n.toLowerCase().startsWith(last.toLowerCase())).slice(0, 12).map(n => ({show: show?.(n) ?? n, put: n, drop: last.length}));
    const operator = /^(=|!=|~|!~|>|>=|<|<=|in|is|was|not)$/i;
    let at = all.length - 1;
    while (at >= 0 && /^(\(|,|not)$/i.test(all[at])) at--;
    const listed = all.lastIndexOf("(") > all.lastIndexOf(")") && /^in$/i.test(all[all.lastIndexOf("(") - 1] || "");
    const op = listed ? all.lastIndexOf("(") - 1 : at;
    if (op >= 0 && operator.test(all[op])) {
      let f = op - 1;
      while (f >= 0 && operator.test(all[f])) f--;
      const field = (all[f] || "").replace(/^["']|["']$/g, "");
      const res = await fetch(base + "/suggestions?" + new URLSearchParams({fieldName: field, fieldValue: last.replace(/^["']/, "")}));
      const values = ((await res.json()).results || []).map(r => ({show: r.displayName.replace(/<[^>]*>/g, ""), put: r.value, drop: last.length}));
      return values.concat(begins(known.visibleFunctionNames.map(v => v.value))).slice(0, 12);
    }
    const fields = known.visibleFieldNames.map(v => v.value);
    if (fields.some(n => n.toLowerCase() === before.toLowerCase())) return begins(operators);
    if (all.length && !/^(and|or|not|by|,|\()$/i.test(before)) return begins(["AND", "OR", "ORDER BY"]);
    return begins(fields).concat(last && !all.length ? [] : begins(["NOT"]));
  }

  function people(text) {
    const m = text.match(/@([\p{L} ]{0,30})$/u);
    if (!m) return [];
    return box.dataset.people.split(",").filter(n => n.toLowerCase().startsWith(m[1].toLowerCase()) && n !== m[1]).slice(0, 8).map(n => ({show: n, put: n + " ", drop: m[1].length}));
  }

  async function offer() {
    const mine = ++asked, text = box.value.slice(0, box.selectionStart);
    let found = [];
    try { found = box.dataset.jql ? await offers(text) : people(text); } catch { /* nothing is offered */ }
    if (mine !== asked) return;
    close();
    if (!found.length) return;
    list = document.createElement("ul");
    list.className = "offers"; list.id = "suggestions"; list.setAttribute("role", "listbox");
    found.forEach((o, n) => {
      const li = document.createElement("li");
      li.textContent = o.show; li.setAttribute("role", "option"); li.offer = o;
      li.addEventListener("mousedown", e => { e.preventDefault(); take(n); });
      list.append(li);
    });
    box.parentElement.append(list);
  }

  function choose(n) {
    const items = [...list.children];
    chosen = (n + items.length) % items.length;
    items.forEach((li, k) => li.setAttribute("aria-selected", k === chosen));
    items[chosen].scrollIntoView({block: "nearest"});
  }

  function take(n) {
    const o = list.children[n].offer, caret = box.selectionStart;
    const head = box.value.slice(0, caret - o.drop) + o.put + (box.dataset.jql ? " " : "");
    box.value = head + box.value.slice(caret);
    box.setSelectionRange(head.length, head.length);
    close();
    if (box.dataset.jql) offer();
  }

  document.addEventListener("input", e => { if (e.target.matches?.("[data-jql], [data-people]")) { box = e.target; offer(); } });
  document.addEventListener("focusout", e => { if (e.target === box) close(); });
  document.addEventListener("keydown", e => {
    if (e.target.matches?.("[data-jql]") && e.key === "Enter" && !e.shiftKey && (!list || chosen < 0)) { e.preventDefault(); close(); e.target.form.requestSubmit(); return; }
    if (!list || e.target !== box) return;
    if (e.key === "ArrowDown") { e.preventDefault(); choose(chosen + 1); }
    else if (e.key === "ArrowUp") { e.preventDefault(); choose(chosen - 1); }
    else if (e.key === "Escape") { e.preventDefault(); close(); }
    else if (e.key === "Tab" || e.key === "Enter" && chosen >= 0) { e.preventDefault(); take(Math.max(chosen, 0)); }
  });
})();
