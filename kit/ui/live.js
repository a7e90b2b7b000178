// Keeps a page live. The server renders every page whole; this looks again when it is told to, and puts what has
// changed in the place of what was. Elements with data-live are the parts that may change; their children are
// matched by id, and one whose markup is what it was is left alone, with whatever is being typed in it.
(() => {
  "use strict";
  const markup = new WeakMap(); // what an element was made of
  const source = el => markup.get(el) ?? remember(el);
  const remember = el => { const s = el.outerHTML; markup.set(el, s); return s; };

  const key = el => el.id || null;

  // Puts the children of to in the place of those of from.
  function morph(from, to) {
    const old = new Map();
    for (const el of from.children) if (key(el)) old.set(el.id, el);
    let at = from.firstElementChild;
    for (const next of [...to.children]) {
      const was = key(next) && old.get(next.id);
      if (was) {
        old.delete(was.id);
        if (was !== at) from.insertBefore(was, at); else at = at.nextElementSibling;
        if (source(was) !== next.outerHTML) exchange(was, next);
      } else {
        const fresh = document.importNode(next, true);
        remember(fresh);
        from.insertBefore(fresh, at);
      }
    }
    while (at) { const gone = at; at = at.nextElementSibling; if (!key(gone) || old.has(gone.id)) gone.remove(); }
    for (const el of old.values()) el.remove();
  }

  // Puts next in the place of was, which has the same id; what somebody has typed or opened stays.
  function exchange(was, next) {
    if (was.hasAttribute("data-live") && next.hasAttribute("data-live")) {
      attributes(was, next);
      morph(was, next);
      markup.set(was, next.outerHTML);
      return;
    }
    if (was.dataset.hash && was.dataset.hash === next.dataset.hash && !next.hasAttribute("data-fault")) return;
    const fresh = document.importNode(next, true);
    remember(fresh);
    const focus = was.contains(document.activeElement) ? document.activeElement : null;
    keep(was, fresh);
    if (was instanceof HTMLDialogElement && was.open) was.close();
    was.replaceWith(fresh);
    if (focus) {
      const again = (focus.id && document.getElementById(focus.id)) ||
        (focus.name && fresh.querySelector(`[name="${CSS.escape(focus.name)}"]`));
      if (again) {
        again.focus({preventScroll: true});
        if (focus.selectionStart != null) try { again.setSelectionRange(focus.selectionStart, focus.selectionEnd); } catch {}
      }
    }
  }

  function attributes(was, next) {
    for (const a of [...was.attributes]) if (!next.hasAttribute(a.name) && a.name !== "open") was.removeAttribute(a.name);
    for (const a of next.attributes) if (was.getAttribute(a.name) !== a.value) was.setAttribute(a.name, a.value);
  }

  // Carries over what was typed, chosen or opened, unless the server has other ideas of it.
  function keep(was, fresh) {
    for (const f of fresh.querySelectorAll("input, textarea, select")) {
      if (!f.name || f.type === "hidden" || f.type === "file" || f.hasAttribute("data-fresh")) continue;
      for (const w of was.querySelectorAll(`[name="${CSS.escape(f.name)}"]`)) {
        if (w.type !== f.type) continue; // another form's field of the same name
        if (f.type === "checkbox" || f.type === "radio") { if (w.value === f.value && w.checked !== w.defaultChecked) f.checked = w.checked; }
        else if (f.tagName === "SELECT") {
          const touched = [...w.options].some(o => o.selected !== o.defaultSelected);
          if (touched) for (const o of f.options) o.selected = [...w.selectedOptions].some(s => s.value === o.value);
        } else if (w.value !== w.defaultValue) f.value = w.value;
      }
    }
    for (const d of was.querySelectorAll("details[open][id]")) {
      const again = fresh.querySelector("#" + CSS.escape(d.id));
      if (again) again.open = true;
    }
  }

  // Shows a page that has come from the server.
  function show(html) {
    const doc = new DOMParser().parseFromString(html, "text/html");
    document.dispatchEvent(new CustomEvent("incoming", {detail: doc}));
    const bottoms = [...document.querySelectorAll("[data-bottom]")].map(el => [el.id, el.scrollHeight - el.scrollTop - el.clientHeight < 60]);
    for (const to of doc.querySelectorAll("[data-live]")) {
      if (to.parentElement.closest("[data-live]")) continue;
      if (to.id === "said") { hear(to); continue; }
      const from = document.getElementById(to.id);
      if (from) { attributes(from, to); morph(from, to); }
    }
    document.title = doc.title;
    document.body.className = doc.body.className;
    for (const [id, was] of bottoms) { const el = document.getElementById(id); if (el && was) el.scrollTop = el.scrollHeight; }
    ready();
  }

  // Shows what a page says. What was said a moment ago stays to be read when the page that comes next says nothing.
  let spoken = document.querySelector("#said > *") ? Date.now() : 0;
  function hear(to) {
    if (to.firstElementChild) spoken = Date.now(); else if (Date.now() - spoken < 6000) return;
    document.getElementById("said")?.replaceChildren(...document.importNode(to, true).children);
  }

  let asked = 0, running = false, again = false;
  async function refresh() {
    if (running) { again = true; return; }
    running = true;
    const mine = ++asked;
    try {
      const res = await fetch(location.href, {headers: {"Twin-Refresh": document.hidden ? "hidden" : "seen"}, credentials: "same-origin"});
      if (res.redirected && new URL(res.url).pathname !== location.pathname) { location.href = res.url; return; }
      const html = await res.text();
      if (mine === asked) show(html);
    } catch { setTimeout(later, 1000); }
    finally { running = false; if (again) { again = false; later(); } }
  }
  let timer = 0;
  function later() { if (!timer) timer = setTimeout(() => { timer = 0; refresh(); }, 60); }

  // Sends a form without leaving the page.
  async function send(form, by) {
    const body = new FormData(form, by);
    const action = (by && by.getAttribute("formaction")) || form.getAttribute("action") || location.href;
    form.setAttribute("aria-busy", "true");
    const mine = ++asked; // what was asked for before this is out of date
    try {
      const files = [...body.values()].some(v => v instanceof File && v.size);
      const res = await fetch(action, {method: "POST", body: files ? body : new URLSearchParams([...body].filter(([, v]) => typeof v === "string")), credentials: "same-origin"});
      const html = await res.text();
      if (!(res.headers.get("Content-Type") || "").startsWith("text/html")) { location.href = res.url; return; }
      if (form.hasAttribute("data-clear") && !html.includes('id="said-error"')) form.reset();
      const url = new URL(res.url);
      if (res.redirected && url.pathname + url.search !== location.pathname + location.search) {
        if (document.querySelector("[data-frame]")?.dataset.frame !== new DOMParser().parseFromString(html, "text/html").querySelector("[data-frame]")?.dataset.frame) { location.href = res.url; return; }
        history.pushState(null, "", res.url);
      }
      if (mine === asked) show(html);
      else { hear(new DOMParser().parseFromString(html, "text/html").getElementById("said")); later(); }
    } catch { say("The twin did not answer. Is it running?"); }
    finally { form.removeAttribute("aria-busy"); }
  }

  function say(text) {
    const p = document.createElement("p");
    p.className = "said bad"; p.id = "said-error"; p.textContent = text;
    document.getElementById("said")?.replaceChildren(p);
  }

  document.addEventListener("submit", e => {
    const form = e.target, by = e.submitter;
    if (form.method !== "post" || !form.hasAttribute("data-quiet")) return;
    const confirmation = (by && by.dataset.confirm) || form.dataset.confirm;
    e.preventDefault();
    if (confirmation && !window.confirm(confirmation)) return;
    if (form.hasAttribute("data-once") && form.getAttribute("aria-busy")) return;
    if (by && by.dataset.url) window.open(by.dataset.url, "_blank", "noopener");
    (by || form).closest("details.pop")?.removeAttribute("open");
    send(form, by);
  });

  document.addEventListener("change", e => {
    const by = e.target.closest("[data-submit]");
    if (by && by.form) press(by, by.dataset.submit);
  });

  // Sends the form that an element is in, saying that it was this one.
  function press(by, what) {
    const button = document.createElement("button");
    button.hidden = true; button.formNoValidate = true;
    button.name = "press"; button.value = what;
    if (by.dataset.confirm) button.dataset.confirm = by.dataset.confirm;
    if (by.dataset.action) button.setAttribute("formaction", by.dataset.action);
    by.form.append(button);
    by.form.requestSubmit(button);
    button.remove();
  }

  document.addEventListener("keydown", e => {
    const box = e.target;
    if (box.matches?.("textarea[data-enter]") && e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      if (box.value.trim() || box.form.querySelector("input[type=file]")?.files.length) box.form.requestSubmit();
    }
    if (e.key === "Enter" && box.matches?.("input[data-press]")) { e.preventDefault(); press(box, box.dataset.press); }
    if (e.key === "Escape") {
      const open = document.querySelector("details.pop[open]");
      if (open) { open.open = false; open.querySelector("summary").focus(); e.preventDefault(); }
    }
    if ((e.ctrlKey || e.metaKey) && e.key === "k") { const q = document.querySelector("[data-find]"); if (q) { e.preventDefault(); q.focus(); q.select(); } }
  });

  document.addEventListener("click", e => {
    for (const d of document.querySelectorAll("details.pop[open]")) if (!d.contains(e.target)) d.open = false;
    const copy = e.target.closest("[data-copy]");
    if (copy) { e.preventDefault(); navigator.clipboard?.writeText(copy.dataset.copy); copy.closest("details.pop")?.removeAttribute("open"); }
  });

  document.addEventListener("input", e => { if (e.target.matches("textarea[data-grow]")) grow(e.target); });
  document.addEventListener("toggle", e => { // one menu at a time; its first control gets the focus
    if (!e.target.matches?.("details.pop") || !e.target.open) return;
    for (const d of document.querySelectorAll("details.pop[open]")) if (d !== e.target) d.open = false;
  }, true);
  function grow(t) { t.style.height = "auto"; t.style.height = Math.min(t.scrollHeight + 2, 240) + "px"; }

  // What a page needs after it has come in: long lists are at their end, dialogs stand in front of all else.
  const seen = new WeakSet();
  function ready() {
    for (const el of document.querySelectorAll("[data-bottom]")) {
      if (seen.has(el)) continue;
      seen.add(el);
      const at = location.hash && document.getElementById(location.hash.slice(1));
      if (at && el.contains(at)) at.scrollIntoView({block: "center"}); else if (!el.hasAttribute("data-top")) el.scrollTop = el.scrollHeight;
    }
    for (const d of document.querySelectorAll("dialog[data-modal]")) {
      if (d.matches(":modal")) continue;
      d.close(); d.showModal();
      (d.querySelector(".wrong input:not([type=hidden]), .wrong textarea, .wrong select") || d.querySelector(".body input:not([type=hidden]), .body textarea, .body select"))?.focus();
      d.addEventListener("cancel", e => { e.preventDefault(); d.querySelector("[data-close]")?.click(); });
    }
  }

  addEventListener("popstate", refresh);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) later(); });

  for (const el of document.querySelectorAll("[data-live]")) for (const c of el.children) remember(c);
  ready();

  const events = document.body.dataset.events;
  if (events) {
    let lost = false;
    const connect = () => {
      const es = new EventSource(events);
      es.onopen = () => { document.body.dataset.live = "on"; if (lost) later(); lost = false; };
      es.onmessage = later;
      es.onerror = () => { lost = true; document.body.dataset.live = "off"; if (es.readyState === EventSource.CLOSED) setTimeout(connect, 1000); };
      addEventListener("pagehide", () => es.close());
    };
    connect();
  }
})();
