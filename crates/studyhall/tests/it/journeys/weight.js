// What the page weighs and how much of it moved while it loaded, as a list of sentences about what is too much.
(async () => {
  const wrong = [];
  const most = (what, value, limit) => value > limit && wrong.push(`${what}: ${value}, at most ${limit}`);
  const packed = async (text) => {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
    return (await new Response(stream).arrayBuffer()).byteLength;
  };
  const html = document.documentElement.outerHTML;
  most('bytes of HTML', new Blob([html]).size, 60_000);
  let all = await packed(html);
  for (const { name, initiatorType } of performance.getEntriesByType('resource')) {
    // What a script asked for is not the page's weight, and may have been a form that was sent.
    if (initiatorType === 'fetch' || initiatorType === 'xmlhttprequest') continue;
    const text = await (await fetch(name, { cache: 'force-cache' })).text();
    if (name.includes('.css')) most('bytes of CSS', text.length, 20_000);
    if (name.includes('studyhall.js')) most('bytes of script', text.length, 6_000);
    all += await packed(text);
  }
  most('bytes of everything, packed', all, 100_000);
  const moved = await new Promise((resolve) => {
    const sum = (list) => list.getEntries().reduce((sum, entry) => sum + entry.value, 0);
    new PerformanceObserver((list) => resolve(sum(list))).observe({ type: 'layout-shift', buffered: true });
    // Without any shift nothing is observed.
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(0)));
  });
  // A thread that has been read loses its button, and a board says that it has changed; up to 0.1 is good.
  most('layout shift', moved, 0.1);
  return wrong;
})()
