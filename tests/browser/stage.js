// What a check needs round it: programs it starts and ends, a browser, a person's hands, and waiting for states.
'use strict';

const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const puppeteer = require('puppeteer-core');

// Longer than any state takes to come.
const STATE_MS_MAX = 60_000;

// Waits until `look` answers something, asking again and again.
async function until(what, look) {
  const end = Date.now() + STATE_MS_MAX;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not come to pass`);
    await new Promise((go) => setTimeout(go, 50));
  }
}

// `liaison serve` of one installation. Ends with `stop`, or with this process.
class Service {
  static async start(program, home, listen) {
    const child = spawn(program, ['serve', '--home', home, '--listen', listen, '--lang', 'en'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const service = new Service();
    service.child = child;
    service.log = [];
    service.ended = new Promise((done) => child.on('exit', (code) => done(code)));
    process.on('exit', () => child.kill('SIGKILL'));
    const lines = readline.createInterface({ input: child.stderr });
    service.address = await new Promise((found, lost) => {
      lines.on('line', (line) => {
        service.log.push(line);
        const address = line.match(/serving on http:\/\/[^;\s]+?:(\d+)/);
        if (address) found(`http://127.0.0.1:${address[1]}`);
      });
      child.on('exit', () => lost(new Error(`serve ended: ${service.log.join('\n')}`)));
    });
    return service;
  }

  async stop() {
    this.child.kill('SIGTERM');
    return this.ended;
  }
}

// A command of the product beside the service.
function liaison(program, home, ...words) {
  const said = spawnSync(program, ['--home', home, '--lang', 'en', ...words], { encoding: 'utf8' });
  return { exit: said.status, text: `${said.stdout}${said.stderr}` };
}

// Somebody works in one of the systems.
async function control(address, action) {
  const answer = await fetch(`http://${address}/_sim/control`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(action),
  });
  if (!answer.ok) throw new Error(`${JSON.stringify(action)}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function faults(address, list) {
  const answer = await fetch(`http://${address}/_sim/faults`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(list),
  });
  if (!answer.ok) throw new Error(`faults: ${answer.status} ${await answer.text()}`);
}

// A browser with a profile of its own that goes with it.
async function browser(executablePath, profile) {
  fs.rmSync(profile, { recursive: true, force: true });
  return puppeteer.launch({
    executablePath,
    userDataDir: path.resolve(profile),
    headless: true,
    // It ends when this process does, however that ends.
    pipe: true,
    // Root has no sandbox of the browser's; what is opened is ours alone.
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-component-update', '--disable-background-networking'],
  });
}

module.exports = { until, Service, liaison, control, faults, browser };
