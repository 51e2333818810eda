/** Runs before anything is drawn: the theme that was chosen, else the system's; and the button that chooses. */
const KEY = 'kith-docs-theme';
const THEMES = ['system', 'light', 'dark'];
const root = document.documentElement;

function chosen() {
  try {
    return localStorage.getItem(KEY) ?? 'system';
  } catch {
    return 'system';
  }
}

/** @param {string} theme */
function show(theme) {
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
}

show(chosen());
document.addEventListener('DOMContentLoaded', () => {
  // Where the menu stands beside the text it is open, also for those who read by ear.
  const menu = document.querySelector('.menu');
  if (menu instanceof HTMLDetailsElement && matchMedia('(width >= 960px)').matches) menu.open = true;
  const button = document.getElementById('theme');
  if (!(button instanceof HTMLButtonElement)) return;
  let theme = chosen();
  const name = () => {
    button.textContent = `Theme: ${theme}`;
  };
  button.hidden = false;
  name();
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
    show(theme);
    name();
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // It lasts as long as the page, then.
    }
  });
});
