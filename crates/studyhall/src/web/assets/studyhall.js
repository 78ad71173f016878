// What only a script can do.
(() => {
  const $ = (selector, of = document) => of.querySelector(selector);
  const all = (selector) => document.querySelectorAll(selector);
  const on = (name, run, of = document, early) => of.addEventListener(name, run, early);
  const say = (words) => {
    const said = document.createElement('div');
    said.className = 'toast bad';
    said.textContent = words;
    $('#toast').replaceChildren(said);
  };
  const rows = () => [...all('main :is(.rows > li, tbody > tr, .messages > li[id])')];
  const here = () => rows().findIndex((row) => row.contains(document.activeElement));
  const focus = (one) => {
    if (!one?.matches(FIELDS)) one?.setAttribute('tabindex', '-1');
    one?.focus();
  };
  const FIELDS = ':is(input:not([type=hidden]), textarea)';
  // An error summary or a moved question gets the focus, when the whole page is new.
  const settle = (isWhole) => {
    if (isWhole) $('.errors[tabindex], main [autofocus]')?.focus();
    draw();
    age();
  };
  const isMain = (ctx) => ctx.target.id === 'main';
  // What nobody pressed fails quietly.
  const failed = ({ sourceEvent, request }) => {
    if (!/submit|click/.test(sourceEvent?.type)) return;
    say(request.method === 'POST' ? 'Not sent. Nothing was lost. Try again.' : 'We could not load this. Try again.');
  };
  on('htmx:error', ({ detail }) => detail.ctx && failed(detail.ctx));

  // The second click of two is none, and what is being sent is not sent again.
  on('click', (event) => { if (event.detail > 1 && event.target.closest('button')?.form) event.preventDefault(); });
  on('submit', (event) => {
    if (!event.target.matches('.htmx-request')) return;
    event.preventDefault();
    event.stopPropagation();
  }, document, true);

  // By the server's clock: what it said when this was first seen.
  const ahead = new WeakMap();
  const seconds = (shown, since) => {
    if (!ahead.has(shown)) ahead.set(shown, Date.parse(shown.dataset.now) - Date.now());
    return Math.max(0, Math.floor((Date.now() + ahead.get(shown) - Date.parse(since)) / 1000));
  };
  const two = (number) => String(number).padStart(2, '0');
  const draw = () => all('[data-started]').forEach((shown) => {
    const s = seconds(shown, shown.dataset.started);
    if (shown instanceof HTMLProgressElement) shown.value = s;
    else shown.textContent = `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  });
  const age = () => all('.chip time').forEach((shown) => {
    const s = seconds(shown, shown.dateTime);
    shown.textContent = s < 60 ? `${s} s ago` : `${Math.floor(s / 60)} min ago`;
  });
  setInterval(draw, 1000);
  setInterval(age, 10000);

  // Names of what has changed become events at #live. After two failures all is asked for now and then.
  const live = $('#live');
  let source, from, fails = 0;
  const told = (names) => names.forEach((name) => live.dispatchEvent(new Event(name)));
  const connect = () => {
    source?.close();
    if (document.hidden) return;
    source = new EventSource(`${live.dataset.stream}&from=${from}`);
    source.onopen = () => { fails = 0; };
    source.onerror = () => { fails += source.readyState < 2 ? 1 : 2; };
    on('changed', (event) => { from = event.lastEventId; told(event.data.split(' ')); }, source);
  };
  const poll = () => {
    if (document.hidden || fails < 2) return;
    told(live.dataset.stream.split('=')[1].split(','));
    if (source.readyState > 1) connect();
  };
  if (live) {
    from = live.dataset.from;
    connect();
    on('visibilitychange', connect);
    setInterval(poll, 15000);
  }

  // A thread ends in sight. What comes while its reader is further up is offered; nothing moves.
  const messages = () => all('.messages > li[id]');
  const foot = () => $('.thread > .buttons');
  const atEnd = () => !foot() || foot().getBoundingClientRect().top < innerHeight;
  let count = 0, wasAtEnd = true;
  const show = () => { $('.news')?.remove(); foot().scrollIntoView({ block: 'end' }); };
  on('htmx:before:swap', (event) => {
    const { ctx, tasks } = event.detail, { form, body, method } = ctx.request;
    // A proxy's page, or one about an error, has nothing of what was asked for: all stays as it is.
    if (ctx.swap !== 'delete' && !tasks[0]?.fragment.childElementCount) {
      event.preventDefault();
      return failed(ctx);
    }
    // A form that was sent begins anew, with what its answer has. What was typed meanwhile stays.
    if (method === 'POST' && isMain(ctx) && String(body).startsWith(new URLSearchParams(new FormData(form)))) ctx.sent = form;
    ctx.row = here();
    ctx.hadFocus = document.activeElement !== document.body;
    count = messages().length;
    wasAtEnd = atEnd();
  });
  on('htmx:after:swap', ({ detail: { ctx } }) => {
    ctx.sent?.reset();
    settle(isMain(ctx));
    // What had the focus is gone: on to the field of its form, to the row in its place, or to what is said.
    if (ctx.hadFocus && document.activeElement === document.body) {
      const left = rows();
      focus((ctx.sent?.isConnected && $(FIELDS, ctx.sent)) || left[Math.min(ctx.row, left.length - 1)] || $('.toast'));
    }
    const more = messages().length - count;
    if (more < 1 || !count) return;
    if (wasAtEnd) return show();
    const old = $('.news');
    const news = old ?? foot().parentNode.appendChild(document.createElement('button'));
    news.className = 'news';
    news.value = more + Number(old?.value ?? 0);
    news.textContent = `${news.value} new: show`;
    news.onclick = show;
  });

  // A new reader's zone.
  const zone = $('#timeZone');
  if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;

  const places = { h: '.', t: 'todos', s: 'sessions', r: 'reports', b: 'leaderboard', m: 'messages', f: 'friends' };
  const go = (path) => location.assign(document.body.dataset.root + path);
  const step = (by) => {
    const found = rows();
    focus(found[Math.min(found.length - 1, Math.max(0, here() + by))]);
  };
  const keys = {
    '/': () => go('search#q'),
    '?': () => $('#keys').togglePopover(),
    n: () => { const field = $('main :is(.add, .stack) ' + FIELDS); field ? field.focus() : go('todos'); },
    j: () => step(1),
    k: () => step(-1),
    e: () => document.activeElement.closest('li, tr')?.querySelector('a[href$="/edit"]')?.click(),
    u: () => $('.toast form')?.requestSubmit(),
    s: () => $('#timer form button.primary')?.click(),
  };
  let goes = 0;
  on('keydown', (event) => {
    const { key, target } = event, isHeld = event.ctrlKey || event.metaKey;
    if (key === 'Enter' && isHeld && target.matches('textarea')) return target.form?.requestSubmit();
    if (isHeld || event.altKey || !('keys' in document.body.dataset) || target.closest('input, textarea, select')) return;
    const isGo = event.timeStamp < goes;
    goes = key === 'g' && !isGo ? event.timeStamp + 1500 : 0;
    const run = isGo ? places[key] && (() => go(places[key])) : keys[key];
    if (!run) return;
    event.preventDefault();
    run();
  });

  on('DOMContentLoaded', () => { settle(true); if (!location.search && messages().length) show(); });
})();
