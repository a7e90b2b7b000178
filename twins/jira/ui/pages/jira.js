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
