// What is wrong with the page that is shown, as a list of sentences: for `Person::audit`.
(async (rules) => {
  const wrong = [];
  const say = (what) => wrong.push(what);
  const found = await axe.run(document, {
    resultTypes: ['violations'],
    rules: { 'target-size': { enabled: true } },
    ...(rules && { runOnly: { type: 'rule', values: rules } }),
  });
  for (const { id, nodes } of found.violations) {
    const places = nodes.map((node) => `${node.html.slice(0, 160)} (${node.failureSummary.replace(/\s+/g, ' ')})`);
    say(`${id}: ${places.slice(0, 3).join('; ')}, ${places.length} in all`);
  }
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > clientWidth);
    say(`scrolls sideways, ${scrollWidth} of ${clientWidth} px, by ${wide.at(-1)?.outerHTML.slice(0, 160)}`);
  }
  const headings = document.querySelectorAll('h1').length;
  if (headings !== 1) say(`${headings} main headings`);
  return wrong;
})
