// Does at the page of `liaison serve` what a person does, in a real browser.
// usage: node check.js STAGE.json   (written by `cargo xtask test --only browser`)
//
// The numbers are those of the simulators' seeds. Company 174 is Acomba's customer 2.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { until, Service, liaison, control, faults, browser } = require('./stage');
const { look, FAULTY, FAULTS } = require('./look');
const { Person, words } = require('./person');

const FLOWS = ['crm/customers', 'crm/revenue_categories', 'crm/users', 'demo/customers', 'demo/invoices', 'demo/products', 'demo/suppliers'];
const BILLING_CODE = 29683502;
const BILLING_CODE_WITHOUT_GROUP = 29683514;

const stage = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const say = words(stage.root, stage.lang);
const other = stage.lang === 'fr' ? { lang: 'en', name: 'English' } : { lang: 'fr', name: 'Français' };
const begun = Date.now();
const wrong = [];
const tally = { checks: 0, pages: 0, looks: 0, texts: 0, least: Infinity };
let service;
let me;

// Judges what is on the screen, whatever it shows.
async function judge(name) {
  wrong.push(...me.complaints.splice(0).map((what) => `${name}: the browser complains: ${what}`));
  tally.pages += 1;
  // Without JavaScript it is the same page: there is none on it.
  if (!stage.scripts) return;
  const found = await look(me.page, `${stage.lang}-${name}`, stage.pictures);
  wrong.push(...found.wrong);
  tally.looks += found.looks;
  tally.texts += found.texts;
  tally.least = Math.min(tally.least, found.least);
}

const at = (path) => `${service.address}${path}`;
const overview = () => me.open(at('/'));

// The row of a flow on the overview, by the form or the link that names it.
async function row(flow) {
  const path = `/journal?flow=${flow}`;
  for (const one of await me.page.$$('table.flows tbody tr')) {
    if (await one.$(`th a[href="${path}"]`)) return one;
  }
  throw new Error(`no row of ${flow}`);
}
const inRow = async (flow) => (await row(flow)).evaluate((element) => element.innerText);

// Presses `Run now` and loads the overview until the flow has come to rest.
async function runToRest(flow) {
  await overview();
  const before = await lastRun(flow);
  await me.press(say('page-run-now'), await row(flow));
  await overview();
  await me.reloadUntil(`the end of ${flow}`, async () => {
    const last = await lastRun(flow);
    return last && last !== before;
  });
}
const lastRun = async (flow) => {
  const link = await (await row(flow)).$('td.state a[href*="run="]');
  return link && link.evaluate((element) => element.href);
};

async function post(path, fields, headers = {}) {
  const body = new URLSearchParams(fields);
  return fetch(at(path), { method: 'POST', body, redirect: 'manual', headers });
}

const paused = (flow) => {
  const rows = JSON.parse(liaison(stage.program, stage.home, '--json', 'status').text).answer;
  return rows.find((one) => `${one.tenant}/${one.flow}` === flow).paused;
};

const checks = {
  'the judge finds every fault of a faulty page, and the ear a violation': async () => {
    await me.page.setContent(FAULTY);
    const { wrong: found } = await look(me.page, 'faulty');
    for (const fault of FAULTS) assert.ok(found.some((one) => one.includes(fault)), `nobody saw: ${fault}\n${found.join('\n')}`);
    me.complaints.length = 0;
    await overview();
    await me.page.evaluate(() => {
      const style = document.createElement('style');
      style.textContent = 'h1 { color: red }';
      document.head.append(style);
    });
    await me.expectComplaint(/Content Security Policy|ContentSecurityPolicy/i);
    // A browser whose scripts are off shows what stands there instead.
    await me.page.setContent('<noscript><b id="off">off</b></noscript>');
    assert.equal(Boolean(await me.page.$('#off')), !stage.scripts);
    await overview();
    me.complaints.length = 0;
  },

  'the overview has a row for each flow, and none has run': async () => {
    await me.open(at(`/?lang=${stage.lang}`));
    assert.equal(await me.page.$eval('html', (html) => html.lang), stage.lang);
    const rows = await me.page.$$eval('table.flows tbody tr th a', (all) => all.map((one) => new URL(one.href).searchParams.get('flow')));
    assert.deepEqual(rows, FLOWS);
    for (const flow of FLOWS) assert.ok((await inRow(flow)).includes(say('page-never-ran')), flow);
    assert.deepEqual(await me.page.$$eval('h2', (all) => all.map((one) => one.innerText)), ['Ateliers Boréale', 'Informatique Boréale']);
    assert.ok(!(await me.text()).includes(say('page-all-well')), 'all is said to be in step, and no flow has ever run');
    await judge('01-overview-new');
    await me.page.select('select[name=flow]', 'demo/');
    await me.press(say('page-show'));
    assert.equal((await me.page.$$('table.flows tbody tr')).length, 4);
  },

  'the empty pages say so': async () => {
    for (const [entry, words] of [['page-journal', 'page-journal-empty'], ['page-quarantine', 'page-quarantine-empty'],
      ['page-conflicts', 'page-conflicts-empty'], ['page-links', 'page-links-empty']]) {
      await me.menu(entry);
      await me.sees(say(words));
      await me.sees(say(entry), 'nav a[aria-current=page]');
      await judge(`02-empty-${entry.slice(5)}`);
    }
  },

  'a flow is run now, is seen at work, and its end comes by itself': async () => {
    await control(stage.simulators.acomba, { do: 'set_active', company: 'acme', interface: 'Customer', card_pos: 2, active: false });
    // Long enough to be seen; the page is then left alone until it shows the end.
    await faults(stage.simulators.autotask, [{ method: 'POST', path: 'Invoices/query', times: 1, action: { delay: { ms: 3000 } } }]);
    await overview();
    await me.press(say('page-run-now'), await row('demo/invoices'));
    await me.sees(say('page-done-run'), '[role=status]');
    await overview();
    await me.reloadUntil('a running flow', async () => (await inRow('demo/invoices')).includes(say('page-running')));
    assert.equal(await (await row('demo/invoices')).$('form[action="/flows/run"]'), null, 'what runs is not offered again');
    await me.sees(say('page-refreshes'));
    await judge('03-overview-running');
    // The page loads itself again; a look while it goes finds no row.
    await until('the end', async () => (await inRow('demo/invoices').catch(() => '')).includes(say('page-status-problems')));
    await faults(stage.simulators.autotask, []);
    assert.equal(await me.page.$('meta[http-equiv=refresh]'), null, 'a page at rest is left alone');
    await judge('04-overview-ran');
  },

  'a run is opened, and shows what happened in it': async () => {
    await overview();
    await me.follow(await (await row('demo/invoices')).$('td.state a'));
    const run = new URL(me.page.url()).searchParams.get('run');
    await me.sees(say('page-only-run'));
    await me.sees(run);
    await me.sees(say('page-event-created'), 'table.events .kind');
    await me.sees(say('page-event-quarantined'), 'table.events .kind');
    await judge('05-journal-of-a-run');
    await me.press(say('page-show-all'));
    assert.equal(new URL(me.page.url()).searchParams.get('run'), null);
  },

  'the journal finds words and ids': async () => {
    await me.menu('page-journal');
    const all = (await me.page.$$('table.events tbody tr')).length;
    await me.write('#q', 'Sans numéro');
    await me.press(say('page-search'));
    const found = await me.page.$$eval('table.events tbody tr', (rows) => rows.map((one) => one.innerText));
    assert.ok(found.length > 0 && found.length < all, `${found.length} of ${all}`);
    for (const one of found) assert.ok(one.includes('Sans numéro'), one);
    assert.equal(await me.page.$eval('#q', (field) => field.value), 'Sans numéro');
    await judge('06-journal-searched');
    await me.write('#q', 'nothing-is-called-this');
    await me.press(say('page-search'));
    assert.equal(await me.page.$('table.events'), null);
    await me.menu('page-journal');
    await me.page.select('#flow', 'demo/customers');
    await me.press(say('page-search'));
    const customers = await me.page.$$eval('table.events tbody tr', (rows) => rows.length);
    assert.ok(customers > 0 && customers < all, `${customers} of ${all}`);
    // What a row calls its event is a word to search for.
    await me.open(at('/journal'));
    const kinds = await me.page.$$eval('table.events .kind', (cells) => [...new Set(cells.map((one) => one.innerText.trim()))]);
    for (const kind of kinds) {
      await me.open(at(`/journal?q=${encodeURIComponent(kind)}`));
      assert.ok(await me.page.$('table.events'), `a search of the journal for “${kind}”, as its rows say, finds nothing`);
    }
  },

  'the quarantine says why, in the vendor\'s own words': async () => {
    await me.menu('page-quarantine');
    const cards = await me.page.$$eval('article.card', (all) => all.length);
    assert.ok(cards >= 3, `${cards} cards`);
    const words = await me.page.$$eval('figure.vendor', (all) => all.map((one) => one.innerText));
    assert.ok(words.some((one) => one.includes('customer_inactive') || one.includes('9031')), words.join('\n'));
    await me.sees(/Ce client n'est pas actif\.|This customer is not active\./, 'blockquote');
    await me.sees('Sans numéro');
    const shown = await me.page.$eval('nav a[aria-current=page] .number', (one) => Number(one.innerText));
    assert.equal(shown, cards);
    await judge('07-quarantine');
    await me.write('#q', '162');
    await me.press(say('page-search'));
    assert.equal((await me.page.$$('article.card')).length, 1);
    await me.follow(await me.page.$('article.card h3 a'));
    await me.sees('no-product-group', 'dl.facts');
    await me.sees(say('page-event-quarantined'), 'table.events .kind');
    await judge('08-quarantined-record');
  },

  'what was mended is tried again, one or all': async () => {
    await control(stage.simulators.autotask, { do: 'update', entity: 'BillingCodes', id: BILLING_CODE_WITHOUT_GROUP, fields: { externalNumber: '600' } });
    await control(stage.simulators.acomba, { do: 'set_active', company: 'acme', interface: 'Customer', card_pos: 2, active: true });
    await me.press(say('page-retry'));
    await me.sees(say('page-done-retry'), '[role=status]');
    await me.sees(say('page-will-retry'), '.badge');
    await judge('09-retry-asked');
    await me.menu('page-quarantine');
    const before = (await me.page.$$('article.card')).length;
    await me.press(say('page-retry-all'));
    await me.sees(say('page-done-retry'), '[role=status]');
    await runToRest('demo/invoices');
    await me.menu('page-quarantine');
    const left = await me.page.$$eval('article.card', (all) => all.map((one) => one.innerText));
    assert.equal(left.length, 1, `${before} before, now:\n${left.join('\n\n')}`);
    assert.ok(left[0].includes('163'), left[0]);
  },

  'to drop is asked first': async () => {
    await me.press(say('page-drop'));
    assert.match(await me.page.title(), /163/);
    await judge('10-drop-asked');
    await me.press(say('page-cancel'));
    await me.sees('163');
    await me.press(say('page-drop'));
    await me.press(say('page-drop-yes'));
    await me.sees(say('page-done-dropped'), '[role=status]');
    await me.sees(say('page-quarantine-empty'));
    await judge('11-dropped');
  },

  'a link is found by the id of either side': async () => {
    await me.menu('page-links');
    await judge('12-links');
    await me.page.select('#flow', 'demo/customers');
    await me.write('#id', '174');
    await me.press(say('page-search'));
    const pair = await me.page.$$eval('table.links tbody tr', (rows) => rows.map((one) => one.innerText));
    assert.equal(pair.length, 1, pair.join('\n'));
    const right = await me.page.$eval('table.links tbody td code', (one) => one.innerText);
    assert.equal(right, '2');
    await me.write('#id', right);
    await me.press(say('page-search'));
    await me.sees('174', 'table.links tbody th');
    await me.follow(await me.page.$('table.links tbody th a'));
    await me.sees('174', 'h1');
    await me.sees(say('page-cause'), 'dl.facts');
    await judge('13-link');
  },

  'one record is sent, and what became of it is shown': async () => {
    await me.press(say('page-send-this'));
    assert.equal(await me.page.$eval('#ids', (field) => field.value), '174');
    assert.equal(await me.page.$eval('#flow', (field) => field.value), 'demo/customers');
    await judge('14-send');
    const made = await control(stage.simulators.autotask, { do: 'bulk_invoices', count: 1, lines: 1, company_ids: [174], billing_code_ids: [BILLING_CODE] });
    await me.page.select('#flow', 'demo/invoices');
    await me.write('#ids', String(made.firstID));
    await me.press(say('page-send-now'));
    await me.sees(say('page-outcome'));
    await me.sees(String(made.firstID), 'table.outcomes tbody th');
    await me.sees(say('page-event-created'), 'table.outcomes .badge');
    await judge('15-sent');
    await me.follow(await me.page.$('table.outcomes tbody td a'));
    await me.sees(String(made.firstID), 'table.links tbody th');
    // An id that is nobody's.
    await me.menu('page-send');
    await me.page.select('#flow', 'demo/invoices');
    await me.write('#ids', '99999999');
    await me.press(say('page-send-now'));
    await me.sees('99999999');
    await judge('16-sent-nobody');
    await overview();
    assert.ok(!(await inRow('demo/invoices')).includes(say('page-status-failed')), 'a person mistyped an id, and the flow is said to have failed');
    // Nothing chosen: the browser itself asks for it, and nothing is sent.
    await me.menu('page-send');
    const here = me.page.url();
    await (await me.page.$('main button')).click();
    assert.ok(await me.page.$('#flow:invalid'));
    assert.equal(me.page.url(), here);
  },

  'a flow is paused and resumed': async () => {
    await overview();
    await me.press(say('page-pause'), await row('demo/products'));
    await me.sees(say('page-done-paused'), '[role=status]');
    assert.ok((await inRow('demo/products')).includes(say('page-paused')));
    assert.equal(paused('demo/products'), true);
    await judge('17-paused');
    await me.press(say('page-resume'), await row('demo/products'));
    await me.sees(say('page-done-resumed'), '[role=status]');
    assert.ok(!(await inRow('demo/products')).includes(say('page-paused')));
    assert.equal(paused('demo/products'), false);
  },

  'a person settles what both sides changed': async () => {
    await runToRest('crm/customers');
    const contacts = await control(stage.simulators.centrixone, { do: 'rows', entity: 'Contacts' });
    const contact = contacts.find((one) => one.external_id === 'acomba:3');
    await control(stage.simulators.acomba, { do: 'edit', company: 'acme', interface: 'Customer', card_pos: 3, set: { CuCity: 'Ici' } });
    await control(stage.simulators.centrixone, { do: 'edit', entity: 'Contacts', id: contact.id, set: { city: 'Ailleurs' } });
    await runToRest('crm/customers');
    await judge('18-overview-conflict');
    await me.menu('page-conflicts');
    const cells = await me.page.$$eval('table.sides tbody td .value', (all) => all.map((one) => one.innerText));
    assert.deepEqual(cells, ['Ici', 'Ailleurs']);
    await judge('19-conflicts');
    await (me.page.$('button[name=take][value=left]')).then((button) => me.follow(button));
    await me.sees(say('page-done-chosen'), '[role=status]');
    await me.sees(say('page-was-chosen'), '.badge');
    await judge('20-chosen');
    await runToRest('crm/customers');
    await me.menu('page-conflicts');
    await me.sees(say('page-conflicts-empty'));
    const after = await control(stage.simulators.centrixone, { do: 'rows', entity: 'Contacts' });
    assert.equal(after.find((one) => one.id === contact.id).city, 'Ici');
  },

  'a run that fails says why': async () => {
    await faults(stage.simulators.acomba, [{ path: '.*', times: 1000, action: { status: { status: 401, body: { error: { code: 'invalid_api_key', message: 'This key is not valid.', retryable: false } } } } }]);
    await runToRest('demo/suppliers');
    await faults(stage.simulators.acomba, []);
    await judge('21-overview-failed');
  },

  'a file that is missing takes the page of nobody else away': async () => {
    const file = `${stage.home}/flows/crm/customers.toml`;
    fs.renameSync(file, `${file}.away`);
    const answer = await me.open(at('/?flow=demo/'));
    assert.equal(answer.status(), 200);
    fs.renameSync(`${file}.away`, file);
    await me.reloadUntil('the overview', async () => (await me.page.$$('table.flows tbody tr')).length === 4);
  },

  'the other language shows the same page': async () => {
    await me.open(at('/journal?flow=demo/invoices&q=162'));
    await me.follow(await me.find('a.language', other.name));
    const url = new URL(me.page.url());
    assert.deepEqual([url.pathname, url.searchParams.get('flow'), url.searchParams.get('q')], ['/journal', 'demo/invoices', '162']);
    assert.equal(await me.page.$eval('html', (html) => html.lang), other.lang);
    // And stays chosen.
    await overview();
    assert.equal(await me.page.$eval('html', (html) => html.lang), other.lang);
    await me.open(at(`/?lang=${stage.lang}`));
  },

  'the keyboard goes past the menu': async () => {
    await overview();
    await me.page.keyboard.press('Tab');
    assert.equal(await me.page.evaluate(() => document.activeElement.className), 'skip');
    await me.page.keyboard.press('Enter');
    assert.equal(await me.page.evaluate(() => document.activeElement.id), 'content');
  },

  'a page that is not there says so': async () => {
    const answer = await me.open(at('/quarantine/record?flow=demo/invoices&record=1'));
    assert.equal(answer.status(), 404);
    await me.sees(say('page-error-not-found'), 'h1');
    await me.expectComplaint(/404/);
    await judge('22-not-found');
    me.ignore(/\/nowhere|404 .*chrome-error:/);
    const elsewhere = await me.open(at('/nowhere'));
    assert.equal(elsewhere.status(), 404);
    await me.sees(say('page-error-not-found'), 'h1');
  },

  'a form without our token is refused, and nothing happens': async () => {
    for (const [path, fields] of [['/flows/pause', { flow: 'demo/products' }], ['/flows/run', { flow: 'demo/products' }],
      ['/quarantine/drop', { flow: 'demo/invoices', record: '162' }], ['/send', { flow: 'demo/customers', ids: '174' }]]) {
      for (const csrf of [undefined, '', 'guessed']) {
        const answer = await post(path, csrf === undefined ? fields : { ...fields, csrf });
        assert.equal(answer.status, 403, `${path} with ${csrf}`);
      }
    }
    // The right token from somebody else's page.
    await overview();
    const csrf = await me.page.$eval('input[name=csrf]', (field) => field.value);
    assert.equal((await post('/flows/pause', { csrf, flow: 'demo/products' }, { origin: 'http://evil.example' })).status, 403);
    assert.equal(paused('demo/products'), false);
    // In the browser, from a page of an older process.
    for (const field of await me.page.$$('input[name=csrf]')) await field.evaluate((one) => { one.value = 'old'; });
    const answer = await me.press(say('page-pause'), await row('demo/products'));
    assert.equal(answer.status(), 403);
    await me.sees(say('page-error-stale'), 'h1');
    await me.expectComplaint(/403/);
    await judge('23-stale-form');
    assert.equal(paused('demo/products'), false);
    const language = await me.follow(await me.find('a.language', other.name));
    assert.equal(language.status(), 200);
    await me.open(at(`/?lang=${stage.lang}`));
  },

  'beyond loopback the page asks for the token': async () => {
    assert.equal(await service.stop(), 0, service.log.join('\n'));
    service = await Service.start(stage.program, stage.home, '0.0.0.0:0');
    assert.ok(service.log.some((line) => line.includes('page-token.txt')), service.log.join('\n'));
    const token = fs.readFileSync(`${stage.home}/keys/page-token.txt`, 'utf8').trim();
    for (const path of ['/', '/journal', '/quarantine', '/links?id=174', '/send', '/connectors']) {
      await me.open(at(path));
      assert.equal(new URL(me.page.url()).pathname, '/login', path);
      await me.seesNot('174', 'body');
      assert.equal(await me.page.$('nav'), null);
    }
    await me.open(at('/links?id=174'));
    await judge('24-sign-in');
    await me.write('#token', 'not-the-token-at-all');
    await me.press(say('page-sign-in'));
    await me.sees(say('page-wrong-token'), '[role=alert]');
    await judge('25-wrong-token');
    assert.equal(await me.page.$eval('#token', (field) => field.value), '');
    await me.open(at('/journal'));
    assert.equal(new URL(me.page.url()).pathname, '/login');
    await me.open(at('/links?id=174'));
    await me.write('#token', token);
    await me.press(say('page-sign-in'));
    assert.equal(new URL(me.page.url()).pathname, '/links', 'back to what was asked for');
    await me.sees('174', 'table.links tbody th');
    const cookies = (await me.page.browserContext().cookies()).filter((cookie) => cookie.name === 'liaison-session');
    assert.deepEqual(cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite]), [[true, 'Strict']]);
    await overview();
    await judge('26-signed-in');
    await me.press(say('page-sign-out'));
    await me.sees(say('page-done-signed-out'), '[role=status]');
    await judge('27-signed-out');
    await me.open(at('/journal'));
    assert.equal(new URL(me.page.url()).pathname, '/login');
  },
};

async function main() {
  service = await Service.start(stage.program, stage.home, '127.0.0.1:0');
  const chromium = await browser(stage.chromium, `${stage.home}-profile`, stage.lang);
  me = await Person.at(chromium.defaultBrowserContext(), { scripts: stage.scripts, say });
  try {
    for (const [name, check] of Object.entries(checks)) {
      const started = Date.now();
      try {
        await check();
      } catch (error) {
        if (stage.pictures) await me.page.screenshot({ path: `${stage.pictures}/failed-${stage.lang}.png`, fullPage: true });
        throw new Error(`${name}: ${error.message}`, { cause: error });
      }
      tally.checks += 1;
      console.log(`ok ${name} (${Date.now() - started} ms)`);
    }
    wrong.push(...me.complaints.map((what) => `at the end the browser complains: ${what}`));
  } finally {
    await chromium.close();
    await service.stop();
  }
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  const judged = tally.looks ? `, ${tally.looks} looks at ${tally.texts} texts, least contrast ${tally.least.toFixed(2)}` : '';
  console.log(`${stage.lang}, JavaScript ${stage.scripts ? 'on' : 'off'}: ${tally.checks} checks, ${tally.pages} pages${judged}, ${seconds} s`);
  assert.deepEqual(wrong, []);
}

main().catch((error) => {
  console.error(`${stage.lang}, JavaScript ${stage.scripts ? 'on' : 'off'}: ${error.stack}`);
  process.exit(1);
});
