// What only a script can do: an error summary or a moved question gets the focus, a key sends, and a timer goes.
// Everything else works without.
(() => {
  const settle = () => document.querySelector('.errors[tabindex], main [autofocus]')?.focus();
  document.addEventListener('DOMContentLoaded', settle);
  document.addEventListener('htmx:after:swap', settle);
  // Ctrl and Enter sends what is being written.
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    if (event.target instanceof HTMLTextAreaElement) event.target.form?.requestSubmit();
  });
  // A session that runs: drawn from when it began and what the server's clock said, never from this one's.
  const ahead = new WeakMap();
  const two = (number) => String(number).padStart(2, '0');
  const draw = () => {
    for (const shown of document.querySelectorAll('[data-started]')) {
      if (!ahead.has(shown)) ahead.set(shown, Date.parse(shown.dataset.now) - Date.now());
      const began = Date.parse(shown.dataset.started);
      const seconds = Math.max(0, Math.floor((Date.now() + ahead.get(shown) - began) / 1000));
      if (shown instanceof HTMLProgressElement) shown.value = seconds;
      else shown.textContent = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    }
  };
  setInterval(draw, 1000);
})();
