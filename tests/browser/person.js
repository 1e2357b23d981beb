// A person before the screen: sees words, presses what carries them, and hears every complaint of the browser.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { until } = require('./stage');

// The page's own words, by key; those with a number in them are not asked for here.
function words(root, lang) {
  const lines = fs.readFileSync(`${root}/host/i18n/page.${lang}.ftl`, 'utf8').split('\n');
  const said = new Map(lines.map((line) => line.match(/^([a-z-]+) = ([^{]+)$/)).filter(Boolean).map(([, key, text]) => [key, text]));
  return (key) => {
    assert.ok(said.has(key), `page.${lang}.ftl has no plain \`${key}\``);
    return said.get(key);
  };
}

class Person {
  static async at(context, { scripts, say }) {
    const person = new Person();
    const page = await context.newPage();
    Object.assign(person, { page, say, complaints: [], expected: [] });
    await page.setJavaScriptEnabled(scripts);
    await page.setViewport({ width: 1280, height: 900 });
    const hear = (what) => person.expected.some((about) => about.test(what)) || person.complaints.push(what);
    page.on('pageerror', (error) => hear(`script: ${error.message}`));
    page.on('requestfailed', (request) => hear(`failed: ${request.url()} ${request.failure().errorText}`));
    const devtools = await page.createCDPSession();
    devtools.on('Log.entryAdded', ({ entry }) => hear(`${entry.source}: ${entry.text} ${entry.url || ''}`));
    devtools.on('Runtime.consoleAPICalled', ({ type, args }) => hear(`console ${type}: ${args.map((arg) => arg.value).join(' ')}`));
    devtools.on('Audits.issueAdded', ({ issue }) => hear(`issue: ${issue.code} ${JSON.stringify(issue.details)}`));
    for (const domain of ['Log', 'Runtime', 'Audits']) await devtools.send(`${domain}.enable`);
    return person;
  }

  // Takes back the complaints that a step was to bring, and wants at least one.
  async expectComplaint(about) {
    await until(`a complaint like ${about}`, () => this.complaints.some((what) => about.test(what)));
    this.complaints = this.complaints.filter((what) => !about.test(what));
  }

  // Hears no complaint like this any more, also not one that comes late.
  ignore(about) {
    this.expected.push(about);
    this.complaints = this.complaints.filter((what) => !about.test(what));
  }

  open(address) {
    return this.page.goto(address);
  }

  text(selector = 'main') {
    return this.page.$$eval(selector, (all) => all.map((one) => one.innerText).join('\n'));
  }

  async sees(what, selector = 'main') {
    const text = await this.text(selector);
    const there = typeof what === 'string' ? text.includes(what) : what.test(text);
    assert.ok(there, `${this.page.url()} does not show ${what} in ${selector}:\n${text}`);
  }

  async seesNot(what, selector = 'main') {
    const text = await this.text(selector);
    assert.ok(!text.includes(what), `${this.page.url()} shows ${what} in ${selector}:\n${text}`);
  }

  // The one `selector` that holds these words.
  async find(selector, holding, within = this.page) {
    const found = [];
    for (const one of await within.$$(selector)) {
      if ((await one.evaluate((element) => element.textContent)).includes(holding)) found.push(one);
    }
    assert.equal(found.length, 1, `${this.page.url()} has ${found.length} ${selector} with “${holding}”`);
    return found[0];
  }

  // Presses a button or a link by what it says first, and waits for where that leads.
  async press(word, within = this.page) {
    const found = [];
    for (const one of await within.$$('button, a')) {
      const said = await one.evaluate((element) => element.textContent.trim());
      if (said === word || said.startsWith(`${word}:`) || said.startsWith(`${word} (`)) found.push(one);
    }
    assert.equal(found.length, 1, `${this.page.url()} has ${found.length} buttons or links “${word}”`);
    return this.follow(found[0]);
  }

  async follow(element) {
    const [answer] = await Promise.all([this.page.waitForNavigation(), element.click()]);
    return answer;
  }

  async write(selector, text) {
    await this.page.$eval(selector, (field) => { field.value = ''; });
    await this.page.type(selector, text);
  }

  // Goes to a menu entry.
  menu(key) {
    return this.find('nav a', this.say(key)).then((entry) => this.follow(entry));
  }

  // Loads the page again and again until it shows a state.
  reloadUntil(what, look) {
    return until(what, async () => (await look()) || (await this.page.reload(), false));
  }
}

module.exports = { Person, words };
