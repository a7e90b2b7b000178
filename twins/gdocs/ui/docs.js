// Writing in a document: every paragraph is a box of its own. What is typed is sent a moment later, with the text as the
// page had it and the revision that it was of; the server finds out what was meant.
(() => {
  "use strict";
  const main = document.getElementById("main"), saved = document.getElementById("saved"), style = document.querySelector("[data-style]");
  if (!main?.dataset.do) return;
  const par = e => e.target.closest?.(".par[contenteditable]");
  const revision = () => document.getElementById("revision")?.dataset.revision || "";
  let known = revision(), timer = null, busy = Promise.resolve(), waiting = null;

  // The text of a paragraph as the document counts it: a thing is one sign, a line break another.
  function textOf(el) {
    let s = "";
    for (const n of el.childNodes) {
      if (n.nodeType === Node.TEXT_NODE) s += n.data;
      else if (n.nodeName === "BR") s += n === el.lastChild && s && !s.endsWith("\v") ? "" : "\v";
      else if (n.dataset?.thing !== undefined) s += "\ufffc";
      else s += textOf(n);
    }
    return s.replace(/\u00a0/g, " ").replace(/\n/g, "\v");
  }

  async function send(fields) {
    saved && (saved.textContent = "Saving…");
    const res = await fetch(main.dataset.do, {method: "POST", headers: {Accept: "application/json"},
      body: new URLSearchParams({form: main.dataset.form, tab: main.dataset.tab, revision: known, ...fields})});
    const out = await res.json().catch(() => ({error: res.statusText}));
    if (out.error) { saved && (saved.textContent = out.error); throw new Error(out.error); }
    known = out.revision;
    saved && (saved.textContent = "Saved");
    return out;
  }

  const place = el => ({start: el.dataset.start, segment: el.dataset.segment});

  function save(el, extra) {
    clearTimeout(timer);
    waiting = null;
    const text = extra?.text ?? textOf(el), old = el.dataset.text;
    if (text === old && !extra) return busy;
    return busy = busy.then(async () => {
      const block = el.closest("[data-live] > .block"), out = await send({...place(el), old, text, block: block?.id || ""});
      if (block && out.hash) block.dataset.hash = out.hash; // it shows this already, and the caret is in it
      const by = text.length - old.length;
      el.dataset.text = text;
      // What comes after in the same segment has moved; a page that looks again will say so too.
      let after = false;
      for (const p of document.querySelectorAll(".par")) {
        if (after && p.dataset.segment === el.dataset.segment) p.dataset.start = +p.dataset.start + by;
        after = after || p === el;
      }
    }).catch(() => location.reload());
  }

  main.addEventListener("input", e => {
    const el = par(e);
    if (!el) return;
    waiting = el;
    clearTimeout(timer);
    timer = setTimeout(() => save(el), 350);
  });
  main.addEventListener("focusin", e => { const el = par(e); if (el && style) style.value = el.dataset.kind; });
  main.addEventListener("focusout", e => { const el = par(e); if (el && waiting === el) save(el); });
  main.addEventListener("paste", e => {
    if (!par(e)) return;
    e.preventDefault();
    document.execCommand("insertText", false, e.clipboardData.getData("text/plain").replace(/\r?\n/g, " "));
  });
  addEventListener("beforeunload", () => { if (waiting) save(waiting); });

  // How much text is before the caret.
  function caret(el) {
    const sel = getSelection();
    if (!sel.rangeCount) return 0;
    const r = sel.getRangeAt(0).cloneRange(), box = document.createElement("div");
    r.selectNodeContents(el);
    r.setEnd(sel.getRangeAt(0).endContainer, sel.getRangeAt(0).endOffset);
    box.append(r.cloneContents());
    return textOf(box).length;
  }

  // Looks again, and goes on in the paragraph that is then at a place.
  function goTo(start, segment) {
    const url = location.pathname + location.search;
    sessionStorage.setItem("docs-caret", JSON.stringify({url, start, segment}));
    location.reload();
  }
  try {
    const at = JSON.parse(sessionStorage.getItem("docs-caret") || "null");
    sessionStorage.removeItem("docs-caret");
    if (at && at.url === location.pathname + location.search) {
      document.querySelector(`.par[data-start="${at.start}"][data-segment="${at.segment}"]`)?.focus();
    }
  } catch {}

  main.addEventListener("keydown", async e => {
    const el = par(e);
    if (!el) return;
    if (e.key === "Enter") {
      e.preventDefault();
      if (e.shiftKey) { document.execCommand("insertText", false, "\v"); return; }
      await save(el);
      const n = caret(el), t = el.dataset.text, start = +el.dataset.start + n + 1, segment = el.dataset.segment;
      await save(el, {text: t.slice(0, n) + "\n" + t.slice(n)});
      goTo(start, segment);
    } else if (e.key === "Backspace" && getSelection().isCollapsed && caret(el) === 0 && +el.dataset.start > 1) {
      e.preventDefault();
      await save(el);
      try { await send({do: "join", ...place(el)}); location.reload(); } catch { location.reload(); }
    } else if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      const all = [...document.querySelectorAll(".par[contenteditable]")], to = all[all.indexOf(el) + (e.key === "ArrowDown" ? 1 : -1)];
      const n = caret(el);
      if (to && (e.key === "ArrowDown" ? n === textOf(el).length : n === 0)) { e.preventDefault(); to.focus(); }
    }
  });

  style?.addEventListener("change", async () => {
    const el = document.querySelector(`.par[data-chosen]`);
    if (!el) return;
    await save(el);
    await send({do: "style", kind: style.value, ...place(el)}).catch(() => {});
    location.reload();
  });
  main.addEventListener("focusin", e => {
    const el = par(e);
    if (!el) return;
    document.querySelectorAll(".par[data-chosen]").forEach(p => delete p.dataset.chosen);
    el.dataset.chosen = "";
  });

  // Somebody else has written: the page has been looked at again, and what it shows is of a new revision.
  new MutationObserver(() => { if (revision()) known = revision(); }).observe(document.getElementById("state"), {subtree: true, childList: true, attributes: true});
})();
