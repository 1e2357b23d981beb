// A standard SOAP client against the real service: what the Web Connector calls, by the WSDL, and a whole job.
// Usage: node check.js LIAISON LIAISON_SIM CONNECTORS_FOLDER SEED [PUBLIC_WSDL]

const { spawn, spawnSync } = require('child_process');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const soap = require('soap');

const [liaison, simulator, connectors, seed, publicWsdl] = process.argv.slice(2);
if (!seed) {
  console.error('usage: node check.js LIAISON LIAISON_SIM CONNECTORS_FOLDER SEED [PUBLIC_WSDL]');
  process.exit(2);
}

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'liaison-soap-'));
const running = [];
let passed = 0;
let failed = 0;

function check(what, ok, seen) {
  if (ok) {
    passed += 1;
  } else {
    failed += 1;
    console.error(`FAILED ${what}: ${JSON.stringify(seen)}`);
  }
}

function command(words, input = '') {
  const env = { ...process.env, LIAISON_HOME: home };
  const said = spawnSync(liaison, words, { env, input, encoding: 'utf8' });
  if (said.status !== 0) throw new Error(`${words.join(' ')}: ${said.stdout}${said.stderr}`);
  return said.stdout;
}

// Starts a program and waits until one of its lines fits.
function start(program, words, stream, fits) {
  const child = spawn(program, words, { env: { ...process.env, LIAISON_HOME: home } });
  running.push(child);
  return new Promise((resolve, reject) => {
    let heard = '';
    child[stream].on('data', (bytes) => {
      heard += bytes;
      const found = heard.match(fits);
      if (found) resolve(found[1]);
    });
    child.on('exit', () => reject(new Error(`${program} ended: ${heard}`)));
  });
}

function begin(words) {
  const child = spawn(liaison, words, { env: { ...process.env, LIAISON_HOME: home } });
  running.push(child);
  let out = '';
  child.stdout.on('data', (bytes) => { out += bytes; });
  const ended = new Promise((resolve) => child.on('exit', (exit) => resolve({ exit, out })));
  return ended;
}

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

// A QuickBooks that has one income account, finds nothing else, and makes what it is asked to make.
let made = 0;
const documents = [];
function run(document, fileId, ownerId) {
  documents.push(document);
  const answers = [...document.matchAll(/<(\w+)Rq requestID="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/\1Rq>)/g)].map(([, name, id, content = '']) => {
    const answer = (code, words, rows) =>
      `<${name}Rs requestID="${id}" statusCode="${code}" statusSeverity="Info" statusMessage="${words}">${rows}</${name}Rs>`;
    if (name === 'HostQuery') {
      return answer(0, 'Status OK', '<HostRet><ProductName>QuickBooks Premier</ProductName><MajorVersion>24</MajorVersion><MinorVersion>0</MinorVersion><Country>US</Country><SupportedQBXMLVersion>13.0</SupportedQBXMLVersion></HostRet>');
    }
    if (name === 'CompanyQuery') {
      return answer(0, 'Status OK', `<CompanyRet><CompanyName>Acme</CompanyName><DataExtRet><OwnerID>${ownerId}</OwnerID><DataExtName>FileID</DataExtName><DataExtType>STR255TYPE</DataExtType><DataExtValue>${fileId}</DataExtValue></DataExtRet></CompanyRet>`);
    }
    if (name === 'AccountQuery') {
      return answer(0, 'Status OK', '<AccountRet><ListID>80000001-1</ListID><EditSequence>1</EditSequence><Name>Sales</Name><FullName>Sales</FullName><IsActive>true</IsActive><Sublevel>0</Sublevel><AccountType>Income</AccountType></AccountRet>');
    }
    const add = name.match(/^(\w+)Add$/);
    if (!add) return answer(1, 'A query request did not find a matching object in QuickBooks', '');
    made += 1;
    const id1 = `${made.toString(16).toUpperCase()}-1`;
    const key = ['SalesOrder'].includes(add[1]) ? 'TxnID' : 'ListID';
    const inner = content.replace(/^<\w+Add[^>]*>|<\/\w+Add>$/g, '');
    const field = (wanted) => (inner.match(new RegExp(`<${wanted}>[\\s\\S]*?</${wanted}>`)) || [''])[0];
    const name1 = field('Name');
    const full = name1 ? name1.replace(/Name>/g, 'FullName>') : '';
    return answer(0, 'Status OK', `<${add[1]}Ret><${key}>${id1}</${key}><EditSequence>1</EditSequence>${name1}${full}${field('CustomerRef')}${field('RefNumber')}</${add[1]}Ret>`);
  });
  const ids = (document.match(/newMessageSetID="([^"]*)"/) || [])[1];
  const head = ids ? ` newMessageSetID="${ids}" messageSetStatusCode="0"` : '';
  return `<?xml version="1.0" ?><QBXML><QBXMLMsgsRs${head}>${answers.join('')}</QBXMLMsgsRs></QBXML>`;
}

async function visit(client, qwc, password, label) {
  const tag = (name) => (qwc.match(new RegExp(`<${name}>([^<]*)</${name}>`)) || [])[1];
  const [fileId, ownerId] = [tag('FileID'), tag('OwnerID')];
  const of = async (name, args) => (await client[`${name}Async`](args))[0][`${name}Result`];
  const login = async (strPassword) => {
    const texts = await of('authenticate', { strUserName: tag('UserName'), strPassword });
    return [].concat(texts.string).map((text) => (text === null || text === undefined ? '' : String(text)));
  };
  const text = (value) => (value === null || value === undefined ? '' : String(value));

  check(`${label}: serverVersion is a text`, text(await of('serverVersion', {})).includes('liaison'));
  check(`${label}: clientVersion lets it in`, text(await of('clientVersion', { strVersion: '2.3.0.207' })) === '');
  const wrong = await login('no');
  check(`${label}: a wrong password is nvu`, wrong.length === 2 && wrong[1] === 'nvu', wrong);
  check(`${label}: nothing due is none`, (await login(password))[1] === 'none');

  const job = begin(['--json', 'run', 'sales_orders']);
  let ticket = '';
  for (;;) {
    const [given, word] = await login(password);
    if (word !== 'none') { ticket = given; check(`${label}: whichever file is open`, word === '', word); break; }
  }
  let ended = null;
  job.then((end) => { ended = end; });
  const told = run('<HostQueryRq requestID="1"/><CompanyQueryRq requestID="2"/>', fileId, ownerId);
  let hcp = told;
  let progress = 0;
  let sets = 0;
  while (progress < 100) {
    const request = text(await of('sendRequestXML', {
      ticket, strHCPResponse: hcp, strCompanyFileName: 'C:\\Acme.qbw', qbXMLCountry: 'US', qbXMLMajorVers: 13, qbXMLMinorVers: 0,
    }));
    hcp = '';
    if (request === 'NoOp') continue;
    if (request === '') break;
    sets += 1;
    progress = await of('receiveResponseXML', { ticket, response: run(request, fileId, ownerId), hresult: '', message: '' });
    check(`${label}: progress is a whole number`, Number.isInteger(progress), progress);
    if (progress < 0) {
      check(`${label}: no error`, false, text(await of('getLastError', { ticket })));
      break;
    }
  }
  check(`${label}: a visit is closed`, text(await of('closeConnection', { ticket })) === 'OK');
  check(`${label}: a ticket that is over gets nothing`, text(await of('sendRequestXML', {
    ticket, strHCPResponse: '', strCompanyFileName: '', qbXMLCountry: 'US', qbXMLMajorVers: 13, qbXMLMinorVers: 0,
  })) === '');
  check(`${label}: and hears so`, text(await of('getLastError', { ticket })).length > 0);
  check(`${label}: nobody is left waiting`, text(await of('connectionError', { ticket, hresult: '0x80040408', message: 'x' })) === 'done');
  if (ended === null) ended = await job;
  return { ended, sets };
}

async function main() {
  const listening = await start(simulator, ['fusion-operations', '--listen', '127.0.0.1:0', '--seed', seed], 'stdout', /listening on http:\/\/(\S+)/);
  const port = await freePort();
  command(['init']);
  for (const name of ['fusion-operations', 'qbd']) {
    const file = path.join(connectors, `${name}.wasm`);
    command(['connector', 'install', file, '--yes', '--allow-unsigned']);
  }
  fs.writeFileSync(path.join(home, 'tenants', 'demo.toml'), `
[connections.fusion]
connector = "fusion-operations"
hosts = ["${listening}", "fusionoperations.autodesk.com"]
insecure = true
allow_private = ["${listening}"]
settings = { base_url = "http://${listening}" }

[connections.quickbooks]
connector = "qbd"

[flows.sales_orders]
pack = "fusion-qbd/sales_orders"
options = { create_customers = true, create_items = true, income_account = "Sales" }
`);
  fs.appendFileSync(path.join(home, 'liaison.toml'), `\n[serve]\ninbound = "127.0.0.1:${port}"\naddress = "http://localhost:${port}"\n`);
  command(['secret', 'set', 'fusion', 'api_key', '--tenant', 'demo'], 'fusion-key-0001:fusion-secret-0001');
  await start(liaison, ['serve', '--listen', '127.0.0.1:0'], 'stderr', /(\/in\/TENANT\/CONNECTION)/);
  const answer = JSON.parse(command(['--json', 'connection', 'setup', 'demo', 'quickbooks', '--out', path.join(home, 'out')])).answer;
  const qwc = fs.readFileSync(answer.files[0].path, 'utf8');
  const password = answer.secrets[0].value;
  const url = qwc.match(/<AppURL>([^<]*)<\/AppURL>/)[1].replace('https:', 'http:').replace('localhost', '127.0.0.1');

  const own = await soap.createClientAsync(`${url}?wsdl`);
  own.setEndpoint(url);
  const first = await visit(own, qwc, password, 'served WSDL');
  const counts = JSON.parse(first.ended.out).answer.counts.sales_orders;
  check('the job ends well', first.ended.exit === 0, first.ended);
  check('seven orders were made', counts.created === 7, counts);
  check('each in a message set of its own', documents.filter((text) => text.includes('<SalesOrderAddRq')).length === 7);
  console.log(`a whole job: ${first.sets} message sets`);

  if (publicWsdl && fs.existsSync(publicWsdl)) {
    const client = await soap.createClientAsync(publicWsdl, { endpoint: url });
    client.setEndpoint(url);
    const of = async (name, args) => (await client[`${name}Async`](args))[0][`${name}Result`];
    check('public WSDL: serverVersion', String(await of('serverVersion', {})).includes('liaison'));
    const texts = await of('authenticate', { strUserName: 'liaison', strPassword: password });
    check('public WSDL: authenticate is two texts', [].concat(texts.string).length === 2, texts);
    check('public WSDL: nothing due', [].concat(texts.string)[1] === 'none', texts);
    const number = await of('receiveResponseXML', { ticket: 'x', response: '', hresult: '', message: '' });
    check('public WSDL: a stranger hears a number', number === -1, number);
    check('public WSDL: and words', String(await of('getLastError', { ticket: 'x' })).length > 0);
    check('public WSDL: and leaves', (await of('closeConnection', { ticket: 'x' })) === 'OK');
  } else {
    console.log('SKIPPED: the public WSDL is not here, so no client was built from it');
  }
}

main()
  .catch((error) => { failed += 1; console.error(error); })
  .finally(() => {
    running.forEach((child) => { child.removeAllListeners('exit'); child.kill(); });
    fs.rmSync(home, { recursive: true, force: true });
    console.log(`${passed} passed, ${failed} failed`);
    process.exit(failed === 0 ? 0 : 1);
  });
