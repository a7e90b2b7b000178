// What the client's pages do beyond the frame's script: the emoji picker, names after an @, menus that an app fills.
(() => {
  "use strict";
  document.addEventListener("toggle", e => {
    const d = e.target;
    if (!d.matches?.("details.pick") || !d.open) return;
    const box = d.querySelector("[data-pick]");
    if (box && !box.querySelector(".grid")) {
      const grid = document.createElement("div");
      grid.className = "grid";
      grid.append(document.getElementById("emoji-grid").content.cloneNode(true));
      for (const b of grid.querySelectorAll("button")) b.setAttribute("form", box.querySelector("input").getAttribute("form"));
      box.append(grid);
    }
    box?.querySelector("input").focus();
  }, true);

  document.addEventListener("change", e => {
    const f = e.target;
    if (f.matches(".attach input")) f.closest(".row").querySelector(".chosen").textContent = [...f.files].map(x => x.name).join(", ");
  });
  document.addEventListener("reset", e => { const c = e.target.querySelector(".chosen"); if (c) c.textContent = ""; setTimeout(() => { const t = e.target.querySelector("textarea"); if (t) { t.style.height = ""; t.focus(); } }); });

  // The line above what is new stays where it was when one came, though what is below it has been read since.
  let fresh = null, mark = null;
  const note = d => { const li = d.querySelector(".history li.fresh"); if (li) { fresh = li.id; mark = li.querySelector(".new")?.cloneNode(true); } };
  note(document);
  document.addEventListener("incoming", e => {
    const d = e.detail;
    if (document.hidden && !fresh) note(d);
    if (document.hidden) return;
    const li = fresh && d.getElementById(fresh);
    if (li && mark && !li.querySelector(".new")) { li.classList.add("fresh"); li.prepend(d.importNode(mark, true)); }
  });

  // The up arrow in an empty composer changes what one has said last.
  document.addEventListener("keydown", e => {
    if (e.key !== "ArrowUp" || !e.target.matches?.("textarea[data-names]") || e.target.value || !list.hidden) return;
    const edits = e.target.closest("main, aside").querySelectorAll('.line .menu a[href*="edit="]');
    if (edits.length) location.href = edits[edits.length - 1].href;
  });

  // Names after an @, channels after a #, commands after a /: whatever the server knows.
  const list = document.createElement("ul");
  list.className = "names"; list.hidden = true; list.setAttribute("role", "listbox"); list.id = "names";
  document.body.append(list);
  let box = null, at = 0, chosen = 0, asked = 0;
  const close = () => { list.hidden = true; box?.removeAttribute("aria-controls"); box = null; };
  document.addEventListener("input", async e => {
    const t = e.target;
    if (!t.matches?.("textarea[data-names]")) return;
    const mine = ++asked; // an answer to what was typed before this comes too late
    const before = t.value.slice(0, t.selectionStart), m = before.match(/(?:^|\s)([@#:][\w.+-]*|\/[\w-]*)$/);
    if (!m || m[1][0] === "/" && before.trimStart() !== m[1] || m[1][0] === ":" && m[1].length < 3) return close();
    try {
      const res = await fetch(t.form.action.replace(/\/do\/.*$/, "/names") + "?" + new URLSearchParams({q: m[1]}), {credentials: "same-origin"});
      const names = await res.json();
      if (mine !== asked || !names.length) return mine === asked && close();
      box = t; at = before.length - m[1].length; chosen = 0;
      list.replaceChildren(...names.map((n, i) => {
        const li = document.createElement("li");
        li.setAttribute("role", "option"); li.dataset.insert = n.insert; li.setAttribute("aria-selected", i === 0);
        const b = document.createElement("b"); b.textContent = n.show;
        const s = document.createElement("small"); s.textContent = n.about || "";
        li.append(b, s); return li;
      }));
      const r = t.getBoundingClientRect();
      list.style.left = Math.max(8, r.left) + "px"; list.style.bottom = (innerHeight - r.top + 6) + "px"; list.style.width = Math.min(r.width, 420) + "px";
      list.hidden = false; t.setAttribute("aria-controls", "names");
    } catch { close(); }
  });
  function take(li) {
    const end = box.selectionStart, text = li.dataset.insert + " ";
    box.setRangeText(text, at, end, "end"); box.focus(); close();
  }
  list.addEventListener("mousedown", e => { const li = e.target.closest("li"); if (li) { e.preventDefault(); take(li); } });
  document.addEventListener("keydown", e => {
    if (list.hidden || e.target !== box) return;
    const n = list.children.length;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      chosen = (chosen + (e.key === "ArrowDown" ? 1 : n - 1)) % n;
      [...list.children].forEach((li, i) => li.setAttribute("aria-selected", i === chosen));
      list.children[chosen].scrollIntoView({block: "nearest"});
    } else if (e.key === "Enter" || e.key === "Tab") take(list.children[chosen]);
    else if (e.key === "Escape") close();
    else return;
    e.preventDefault(); e.stopImmediatePropagation();
  }, true);
  document.addEventListener("focusout", () => setTimeout(() => { if (document.activeElement !== box) close(); }, 100));

  // A menu whose options the app is asked for as one types.
  let wait = 0;
  document.addEventListener("input", e => {
    const f = e.target;
    if (!f.matches?.("[data-options]")) return;
    clearTimeout(wait);
    wait = setTimeout(async () => {
      const select = [...f.form.elements].find(x => x.name === f.dataset.for && x.tagName === "SELECT");
      if (!select || f.value.length < Number(f.dataset.least ?? 3)) return;
      const res = await fetch(f.dataset.options + "&" + new URLSearchParams({q: f.value}), {credentials: "same-origin"});
      if (!res.ok) return;
      const keep = [...select.selectedOptions].filter(o => o.value);
      const first = select.multiple ? [] : [new Option(select.options[0]?.text || "Choose…", "")];
      select.replaceChildren(...first, ...keep, ...(await res.json()).filter(o => !keep.some(k => k.value === o.value)).map(o => new Option(o.label, o.value)));
    }, 150);
  });
})();
