// What the page of a run does by itself: it shows the events of the row that is pointed at, and filters by conversation.
// Without it everything can be read all the same.

export const SCRIPT = `
const events = JSON.parse(document.getElementById('events').textContent);
const detail = document.querySelector('#detail pre');
const run = document.querySelector('.run');
const rowAt = (target) => target.closest('.row[data-e]');
let chosen = null;

function show(row) {
  const shown = row.dataset.e.split(' ').map((index) => index + ': ' + JSON.stringify(events[index]));
  detail.textContent = shown.join('\\n');
}

function choose(row) {
  chosen?.classList.remove('chosen');
  chosen = row === chosen ? null : row;
  chosen?.classList.add('chosen');
  if (chosen) show(chosen);
}

run.addEventListener('mouseover', ({ target }) => {
  const row = rowAt(target);
  if (row && !chosen) show(row);
});
run.addEventListener('focusin', ({ target }) => {
  const row = rowAt(target);
  if (row && !chosen) show(row);
});
run.addEventListener('click', ({ target }) => {
  const row = rowAt(target);
  if (row) choose(row);
});
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') choose(null);
});
document.getElementById('filter').addEventListener('change', ({ target: { value } }) => {
  for (const row of run.querySelectorAll('[data-c]')) {
    row.hidden = value !== '' && !row.dataset.c.split(' ').includes(value);
  }
});
`;
