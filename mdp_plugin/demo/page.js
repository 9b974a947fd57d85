// Runs once, for the component of the picture: `element`, `props` and `trigger` are Gradio's.

// A target has one number in the picture, in the table and among the enlarged ones.
const numbered = ':is(#picture, #table, #parts) [data-number]';
const rows = () => [...document.querySelectorAll('#table tr[data-number]')];

// Marked at once; the server draws what follows from it, of several quick choices for the last one.
let waiting;
function choose(number) {
  for (const part of document.querySelectorAll(numbered)) {
    part.classList.toggle('chosen', part.dataset.number === number);
  }
  for (const row of rows()) {
    const chosen = row.dataset.number === number;
    row.setAttribute('aria-selected', chosen);
    // The table alone moves, never the page under the visitor's hand.
    if (chosen) row.closest('.rows').scrollTop = row.offsetTop - 80;
  }
  clearTimeout(waiting);
  waiting = setTimeout(() => trigger('select', {number: Number(number)}), 60);
}

// By a click on the head of a column; empty cells come last.
function sort(head) {
  const up = head.getAttribute('aria-sort') !== 'ascending';
  const value = (row) => row.cells[head.cellIndex].textContent;
  const sorted = rows().sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    return !a - !b || (up ? a - b : b - a);
  });
  for (const other of head.parentNode.cells) other.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
  sorted.forEach((row) => row.parentNode.append(row));
}

document.addEventListener('click', (event) => {
  const target = event.target.closest(numbered);
  const head = event.target.closest('#table thead th');
  if (target) choose(target.dataset.number);
  if (head) sort(head);
  if (event.target.closest('#whole')) choose('0');
});

document.addEventListener('keydown', (event) => {
  const step = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1}[event.key];
  if (!event.target.closest('#picture, #table, #parts') || event.ctrlKey || event.altKey) return;
  if (event.key === 'Escape') choose('0');
  const listed = rows();
  if (!step || !listed.length) return;
  event.preventDefault();
  const now = listed.findIndex((row) => row.classList.contains('chosen'));
  const next = now < 0 ? (step > 0 ? 0 : listed.length - 1) : now + step;
  choose(listed[Math.min(Math.max(next, 0), listed.length - 1)].dataset.number);
});

// Gradio tells of a file that it does not send in a pill over the page; here it is told beside
// the field, as all other mistakes.
function keepBack(event, file) {
  const name = file?.name.toLowerCase() ?? '';
  const fits = props.suffixes.some((suffix) => name.endsWith(suffix));
  if (!file || (fits && file.size && file.size <= props.largest)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  trigger('upload', {name: file.name, size: file.size});
}

document.addEventListener('change', (event) => {
  if (event.target.closest?.('#upload')) {
    keepBack(event, event.target.files?.[0]);
  }
}, true);
document.addEventListener('drop', (event) => {
  if (event.target.closest?.('#upload')) keepBack(event, event.dataTransfer?.files[0]);
}, true);
