// What only a script can do: an error summary or a moved question gets the focus, and a key sends. Everything else works without.
(() => {
  const settle = () => document.querySelector('.errors[tabindex], main [autofocus]')?.focus();
  document.addEventListener('DOMContentLoaded', settle);
  document.addEventListener('htmx:after:swap', settle);
  // Ctrl and Enter sends what is being written.
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    if (event.target instanceof HTMLTextAreaElement) event.target.form?.requestSubmit();
  });
})();
