// What only a script can do: an error summary gets the focus. Everything else works without.
(() => {
  const settle = () => document.querySelector('.errors[tabindex]')?.focus();
  document.addEventListener('DOMContentLoaded', settle);
  document.addEventListener('htmx:after:swap', settle);
})();
