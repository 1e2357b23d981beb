// Does at the page of `liaison serve` what a person does, in a real browser.
// usage: node check.js STAGE.json   (written by `cargo xtask test --only browser`)
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { Service, browser } = require('./stage');

async function main() {
  const stage = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
  const service = await Service.start(stage.program, stage.home, '127.0.0.1:0');
  const chromium = await browser(stage.chromium, `${stage.home}-profile`);
  try {
    const page = await chromium.newPage();
    await page.goto(`${service.address}/?lang=${stage.lang}`);
    assert.match(await page.title(), stage.lang === 'fr' ? /^Vue d.ensemble/ : /^Overview/);
    assert.equal((await page.$$('h1')).length, 1);
    assert.equal((await page.$$('table.flows tbody tr')).length, 7);
  } finally {
    await chromium.close();
    await service.stop();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
