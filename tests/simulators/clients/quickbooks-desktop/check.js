// The simulated Web Connector against a server that others wrote for the real one: quickbooks-js.
// Usage: node check.js http://127.0.0.1:PORT   (where liaison-sim quickbooks-desktop --demo listens)

const net = require('net');

const sim = process.argv[2];
if (!sim) {
  console.error('usage: node check.js SIMULATOR_URL');
  process.exit(2);
}

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

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function control(action) {
  const answer = await fetch(`${sim}/_sim/control`, { method: 'POST', body: JSON.stringify(action) });
  return answer.json();
}

const set = (inner) =>
  `<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">${inner}</QBXMLMsgsRq></QBXML>`;

async function main() {
  const port = await freePort();
  process.env.QB_SOAP_PORT = String(port);
  process.env.QB_USERNAME = 'acme';
  process.env.QB_PASSWORD = 'secret';
  process.env.QB_COMPANY_FILE = 'C:\\Comptabilite\\boreal.qbw';
  const Server = require('quickbooks-js');
  const responses = [];
  const errors = [];
  let waiting = [
    set('<CustomerQueryRq requestID="1"><FullName>Perron inc.</FullName></CustomerQueryRq>'),
    set('<CustomerAddRq requestID="2"><CustomerAdd><Name>Made by quickbooks-js</Name></CustomerAdd></CustomerAddRq>'),
    set('<CustomerAddRq requestID="3"><CustomerAdd><Phone>1</Phone><Name>wrong order</Name></CustomerAdd></CustomerAddRq>'),
  ];
  const server = new Server();
  server.setQBXMLHandler({
    fetchRequests: (callback) => {
      const requests = waiting;
      waiting = [];
      callback(null, requests);
    },
    handleResponse: (response) => responses.push(response),
    didReceiveError: (error) => errors.push(error),
  });
  server.run();
  await new Promise((resolve) => setTimeout(resolve, 300));

  const url = `http://127.0.0.1:${port}/wsdl`;
  const right = await control({ do: 'poll', url, username: 'acme', password: 'secret', second_ms: 10 });
  const wrong = await control({ do: 'poll', url, username: 'acme', password: 'no', second_ms: 10 });

  const refused = await control({ do: 'session', poll: wrong.poll });
  check('a wrong password is refused', refused.ended === 'refused' && refused.detail === 'nvu', refused);

  const session = await control({ do: 'session', poll: right.poll });
  check('a session is closed or told', ['closed', 'told'].includes(session.ended), session);
  check('three sets were taken', session.message_sets === 3, session.message_sets);
  check('a customer was found', String(responses[0]).includes('<FullName>Perron inc.</FullName>'), responses[0]);
  check('a customer was added', String(responses[1]).includes('statusCode="0"'), responses[1]);
  check('a wrong order is an HRESULT', session.sets[2] && session.sets[2].hresult === '0x80040400', errors);
  const made = await control({ do: 'object', kind: 'Customer', key: 'Made by quickbooks-js' });
  check('the customer is there', made.Name === 'Made by quickbooks-js', made);

  const idle = await control({ do: 'session', poll: right.poll });
  check('nothing to do is said', ['refused', 'told', 'closed'].includes(idle.ended), idle);

  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
