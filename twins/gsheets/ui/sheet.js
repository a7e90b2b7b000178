// Keys and clicks of the grid. The server draws every cell; this says which one is picked, and sends what is typed there.
(() => {
  "use strict";
  const grid = document.querySelector("main.grid"), form = document.getElementById("entry"), bar = document.getElementById("value");
  const where = document.getElementById("where"), editor = document.getElementById("editor");
  if (!grid || !form) return;
  const may = grid.dataset.edit === "true", gid = new URLSearchParams(location.search).get("gid");
  const wanted = /gid=(\d+)/.exec(location.hash);
  if (wanted && wanted[1] !== gid) { location.replace(location.pathname + "?gid=" + wanted[1]); return; }

  let picked = where.value || "A1";
  const cell = id => document.getElementById(id);
  const place = id => { const m = /^([A-Z]+)(\d+)$/.exec(id); return [[...m[1]].reduce((n, c) => n * 26 + c.charCodeAt(0) - 64, 0), +m[2]]; };
  const named = (col, row) => { let s = ""; for (; col > 0; col = Math.floor((col - 1) / 26)) s = String.fromCharCode(65 + (col - 1) % 26) + s; return s + row; };

  function mark() {
    for (const el of grid.querySelectorAll(".picked, th.on")) el.classList.remove("picked", "on");
    const td = cell(picked);
    if (!td) return;
    td.classList.add("picked");
    td.parentElement.firstElementChild.classList.add("on");
    const col = picked.replace(/\d+/, "");
    for (const th of grid.querySelectorAll("thead th")) if (th.textContent === col) th.classList.add("on");
  }
  function pick(id, look = true) {
    const td = cell(id);
    if (!td) return;
    picked = id;
    where.value = id;
    if (document.activeElement !== bar) bar.value = td.dataset.v || "";
    mark();
    if (look) td.scrollIntoView({block: "nearest", inline: "nearest"});
  }
  function step(dc, dr) {
    const [col, row] = place(picked);
    for (let n = 1; n < 60; n++) { // past what is hidden or merged
      const id = named(col + dc * n, row + dr * n);
      if (cell(id)) { pick(id); return; }
    }
  }
  function send(id, value, block) {
    form.elements.at.value = "'" + grid.dataset.sheet.replaceAll("'", "''") + "'!" + id;
    form.elements.block.value = block ? "1" : "";
    if (block) { // several lines do not go into a line of text
      const lines = document.createElement("textarea");
      lines.name = "value"; lines.value = value; lines.hidden = true;
      bar.removeAttribute("name");
      form.append(lines); form.requestSubmit(); lines.remove();
      bar.name = "value";
      return;
    }
    bar.value = value;
    form.requestSubmit();
  }
  function open(text) {
    const td = cell(picked);
    if (!may || !td) return;
    editor.hidden = false;
    editor.value = text ?? (td.dataset.v || "");
    editor.style.left = td.offsetLeft + "px";
    editor.style.top = td.offsetTop + "px";
    editor.style.width = Math.max(td.offsetWidth, 80, editor.value.length * 8 + 16) + "px";
    editor.style.height = td.offsetHeight + 2 + "px";
    bar.value = editor.value;
    editor.focus();
    editor.setSelectionRange(editor.value.length, editor.value.length);
  }
  function close(keep) {
    if (editor.hidden) return;
    const value = editor.value, before = cell(picked)?.dataset.v || "";
    editor.hidden = true;
    grid.focus({preventScroll: true});
    if (keep && value !== before) send(picked, value); else bar.value = before;
  }

  grid.addEventListener("mousedown", e => {
    const td = e.target.closest("td");
    if (!td || e.target.closest("a")) return;
    close(true);
    pick(td.id, false);
    e.preventDefault();
    grid.focus({preventScroll: true});
  });
  grid.addEventListener("dblclick", e => { if (e.target.closest("td")) open(); });
  let tapped = "";
  grid.addEventListener("touchend", e => { const td = e.target.closest("td"); if (td && td.id === tapped) open(); tapped = td ? td.id : ""; });

  editor.addEventListener("input", () => { bar.value = editor.value; editor.style.width = Math.max(parseInt(editor.style.width), editor.value.length * 8 + 16) + "px"; });
  editor.addEventListener("keydown", e => {
    if (e.key === "Escape") { e.preventDefault(); close(false); }
    else if (e.key === "Enter" && !e.altKey && !e.isComposing) { e.preventDefault(); close(true); step(0, e.shiftKey ? -1 : 1); }
    else if (e.key === "Tab") { e.preventDefault(); close(true); step(e.shiftKey ? -1 : 1, 0); }
    e.stopPropagation();
  });
  editor.addEventListener("blur", () => close(true));

  bar.addEventListener("keydown", e => {
    if (e.key === "Enter" && !e.isComposing) { e.preventDefault(); if (may) send(picked, bar.value); grid.focus({preventScroll: true}); step(0, 1); }
    if (e.key === "Escape") { bar.value = cell(picked)?.dataset.v || ""; grid.focus({preventScroll: true}); }
  });
  where.addEventListener("focus", () => where.select());
  where.addEventListener("keydown", e => {
    if (e.key !== "Enter") return;
    e.preventDefault();
    pick(where.value.trim().toUpperCase());
    grid.focus({preventScroll: true});
  });

  grid.addEventListener("keydown", e => {
    if (e.target !== grid) return;
    const to = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[e.key];
    if (to && !e.ctrlKey && !e.metaKey) step(...to);
    else if (e.key === "Tab") step(e.shiftKey ? -1 : 1, 0);
    else if (e.key === "Enter" || e.key === "F2") open();
    else if ((e.key === "Delete" || e.key === "Backspace") && may) send(picked, "");
    else if (e.key === "Home") pick("A" + place(picked)[1]);
    else if (e.key === "PageDown" || e.key === "PageUp") { for (let i = 0; i < 20; i++) step(0, e.key === "PageUp" ? -1 : 1); }
    else if (e.key.length === 1 && !e.ctrlKey && !e.metaKey && !e.altKey) open(e.key);
    else return;
    e.preventDefault();
  });
  document.addEventListener("copy", e => {
    if (document.activeElement !== grid) return;
    e.clipboardData.setData("text/plain", cell(picked)?.textContent || "");
    e.preventDefault();
  });
  document.addEventListener("paste", e => {
    if (document.activeElement !== grid || !may) return;
    send(picked, e.clipboardData.getData("text/plain"), true);
    e.preventDefault();
  });

  // What comes from the server replaces rows; the pick stays where it was.
  const cells = document.getElementById("cells");
  if (cells) new MutationObserver(() => { mark(); if (document.activeElement !== bar && editor.hidden) bar.value = cell(picked)?.dataset.v || ""; }).observe(cells, {childList: true});
  pick(picked, false);
  grid.focus({preventScroll: true});
})();
