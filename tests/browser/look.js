// What a page must be whatever it shows, measured in the browser: nothing here knows a single view.
'use strict';

const SIZES = [1280, 400];
const SCHEMES = ['light', 'dark'];
const CONTRAST_MIN = 4.5;

// Runs in the page. Answers what is wrong with it, as sentences.
function measure(contrastMin) {
  const wrong = [];
  const shown = (element) => element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true });
  const named = (element) => {
    const id = element.id ? `#${element.id}` : '';
    const words = (element.textContent || '').trim().replace(/\s+/g, ' ').slice(0, 40);
    return `<${element.localName}${id}${element.className && typeof element.className === 'string' ? `.${element.className.split(' ').join('.')}` : ''}> “${words}”`;
  };

  // The head
  if (!document.title.trim()) wrong.push('it has no title');
  const lang = document.documentElement.lang;
  if (!['en', 'fr'].includes(lang)) wrong.push(`its language is “${lang}”`);
  if (document.compatMode !== 'CSS1Compat') wrong.push('it is in quirks mode');

  // The outline
  const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')];
  const first = headings.filter((heading) => heading.localName === 'h1');
  if (first.length !== 1) wrong.push(`it has ${first.length} h1`);
  headings.reduce((above, heading) => {
    const level = Number(heading.localName[1]);
    if (level > above + 1) wrong.push(`${named(heading)} skips a level`);
    return level;
  }, 0);
  if (document.querySelectorAll('main').length !== 1) wrong.push('it has not one main');
  const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) wrong.push(`the id ${id} is there twice`);

  // Names
  for (const input of document.querySelectorAll('input:not([type=hidden]), select, textarea')) {
    const labels = [...(input.labels || [])].map((label) => label.textContent.trim()).join('');
    if (shown(input) && !labels && !input.getAttribute('aria-label')) wrong.push(`${named(input)} has no label`);
  }
  for (const control of document.querySelectorAll('button, a[href]')) {
    if (!control.textContent.trim() && !control.getAttribute('aria-label')) wrong.push(`${named(control)} has no name`);
  }
  for (const element of document.querySelectorAll('[aria-describedby], [aria-labelledby], label[for]')) {
    const wanted = ['aria-describedby', 'aria-labelledby', 'for'].map((name) => element.getAttribute(name) || '');
    for (const id of wanted.join(' ').split(' ').filter(Boolean)) {
      if (!document.getElementById(id)) wrong.push(`${named(element)} points to #${id}, which is not there`);
    }
  }
  for (const form of document.querySelectorAll('form[method=post]')) {
    if (!form.querySelector('input[name=csrf][value]:not([value=""])')) wrong.push(`${named(form)} has no token`);
  }
  // What one button does is not what the next one of the same name does.
  const buttons = [...document.querySelectorAll('button')].filter(shown);
  const names = buttons.map((button) => button.textContent.trim());
  for (const name of new Set(names.filter((name, at) => names.indexOf(name) !== at))) {
    wrong.push(`two buttons are called “${name}”`);
  }

  // Width
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wrong.push(`it is ${root.scrollWidth} px wide on ${root.clientWidth}`);
  for (const element of document.body.querySelectorAll('*')) {
    const box = element.getBoundingClientRect();
    const seen = box.width > 1 && box.height > 1 && shown(element) && !element.closest('.skip');
    if (seen && box.right > root.clientWidth + 1) wrong.push(`${named(element)} ends at ${Math.round(box.right)} px of ${root.clientWidth}`);
    const style = getComputedStyle(element);
    if (seen && element.scrollWidth > element.clientWidth + 1 && ['auto', 'scroll'].includes(style.overflowX) && element.localName !== 'textarea') {
      wrong.push(`${named(element)} scrolls sideways`);
    }
  }

  // Contrast, of the text as it is painted
  const colour = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, under) => {
    const mix = (one, two) => one * top.a + two * (1 - top.a);
    return { r: mix(top.r, under.r), g: mix(top.g, under.g), b: mix(top.b, under.b), a: 1 };
  };
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = colour(getComputedStyle(at).backgroundColor);
      if (layer.a > 0) layers.push(layer);
      if (layer.a === 1) break;
    }
    const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? { r: 18, g: 18, b: 18, a: 1 } : { r: 255, g: 255, b: 255, a: 1 };
    return layers.reduceRight((under, top) => over(top, under), canvas);
  };
  const light = ({ r, g, b }) => {
    const part = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const painted = (element) => {
    if (!shown(element) || element.closest('.unseen, .skip')) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1;
  };
  const texts = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (walk.currentNode.data.trim()) texts.add(walk.currentNode.parentElement);
  for (const field of document.querySelectorAll('input:not([type=hidden]), textarea, select')) texts.add(field);
  let least = Infinity;
  for (const element of texts) {
    if (!painted(element) || ['option', 'optgroup', 'title'].includes(element.localName)) continue;
    const under = ground(element);
    const ink = light(over(colour(getComputedStyle(element).color), under));
    const paper = light(under);
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    least = Math.min(least, contrast);
    if (contrast < contrastMin) wrong.push(`${named(element)} has a contrast of ${contrast.toFixed(2)}`);
  }

  // Words
  const text = document.body.innerText;
  for (const raw of text.match(/\bpage-[a-z-]+\b|\{ ?\$\w+ ?\}|\bundefined\b|\bSome\(|[⁨⁩]/g) || []) {
    if (raw !== 'page-token') wrong.push(`it says “${raw}”`);
  }
  if (lang === 'fr') {
    // A system's own words, and names, are as they are.
    const english = /\b(the|and|was|were|not|with|has|have|this|that|since|changed|choose|their|which|there|set|could)\b/i;
    const ours = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (ours.nextNode()) {
      const { data, parentElement } = ours.currentNode;
      if (!parentElement.closest('blockquote, code, [lang=en], .brand, textarea') && english.test(data)) wrong.push(`it says in English “${data.trim().slice(0, 120)}”`);
    }
  }
  return { wrong, texts: texts.size, least };
}

// Measures the page as it is in every size and scheme; pictures go to `pictures`, where that is given.
async function look(page, name, pictures) {
  const wrong = new Set();
  let [looks, texts, least] = [0, 0, Infinity];
  for (const width of SIZES) {
    await page.setViewport({ width, height: 900 });
    for (const scheme of SCHEMES) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
      const found = await page.evaluate(measure, CONTRAST_MIN);
      looks += 1;
      texts += found.texts;
      least = Math.min(least, found.least);
      for (const what of found.wrong) wrong.add(`${name}: at ${width} px, ${scheme}: ${what}`);
      if (pictures && (scheme === 'light' || width === 1280)) {
        const dark = scheme === 'dark' ? '-dark' : '';
        await page.screenshot({ path: `${pictures}/${name}-${width}${dark}.png`, fullPage: true });
      }
    }
  }
  await page.setViewport({ width: 1280, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
  return { wrong: [...wrong], looks, texts, least };
}

// One page with every fault that is looked for: a judge that finds nothing in it is no judge.
const FAULTY = `<!DOCTYPE html><html lang="fr"><title> </title><body style="margin:0"><main>
  <h1>a</h1><h1>b</h1><h3>c</h3><p id="x" style="color:#999">pale</p><p id="x">the page-skip</p>
  <input><button></button><label for="nobody">l</label><button>same</button><button>same</button>
  <form method="post"></form><div style="width:2000px;height:9px">wide</div>
  <div style="overflow-x:auto;width:90px"><div style="width:300px">x</div></div></main>`;
const FAULTS = [
  'it has no title', 'it has 2 h1', 'skips a level', 'the id x is there twice', 'has no label', 'has no name',
  'points to #nobody', 'two buttons are called', 'has no token', 'px wide on', 'ends at 2000 px', 'scrolls sideways',
  'has a contrast of 2.85', 'it says “page-skip”', 'it says in English',
];

module.exports = { look, FAULTY, FAULTS };
