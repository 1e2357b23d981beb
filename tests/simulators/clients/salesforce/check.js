// Lets a client that others wrote for the real Salesforce work against the simulator (its URL is the one
// argument) with the org of seeds/salesforce.json. It changes the org: start a fresh simulator each time.
'use strict';

const assert = require('node:assert/strict');
const { Connection } = require('jsforce');

const url = (process.argv[2] || '').replace(/\/$/, '');
const loopback = ['127.0.0.1', 'localhost', '[::1]'];
if (!url || !loopback.includes(new URL(url).hostname)) {
  console.error('usage: node check.js http://127.0.0.1:PORT');
  process.exit(2);
}
const oauth2 = {
  loginUrl: url,
  clientId: '3MVG9.liaison.simulated.consumer.key',
  clientSecret: 'simulated-consumer-secret',
};
const conn = new Connection({ loginUrl: url, version: '59.0', oauth2 });
const base = '/services/data/v59.0';

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return error.errorCode;
  }
  throw new Error('was not refused');
}

const checks = {
  'client credentials give a session at the instance': async () => {
    await conn.authorize({ grant_type: 'client_credentials' });
    assert.equal(conn.instanceUrl, url);
    const who = await conn.identity();
    assert.equal(who.username, 'integration@boreale.example');
  },
  'a session that ended is renewed by the client': async () => {
    const lost = new Connection({
      instanceUrl: url,
      accessToken: '00D000000000000!gone',
      version: '59.0',
      refreshFn: (_, done) => done(null, conn.accessToken),
    });
    assert.equal((await lost.query('SELECT Id FROM Account')).totalSize, 8);
  },
  'an object is described': async () => {
    const contract = await conn.describe('Contract');
    const key = contract.fields.find((field) => field.name === 'ia_crm__IntacctID__c');
    assert.deepEqual([key.externalId, key.unique, key.type], [true, true, 'string']);
    const global = await conn.describeGlobal();
    assert.ok(global.sobjects.some((object) => object.name === 'ia_crm__Contract_Invoice__c'));
  },
  'a query has parents and children': async () => {
    const { records } = await conn.query(
      "SELECT Name, Account.Owner.Name, (SELECT Quantity, PricebookEntry.Product2.ProductCode FROM OpportunityLineItems) FROM Opportunity WHERE Name LIKE 'Atelier%'",
    );
    assert.equal(records[0].Account.Owner.Name, 'Étienne Côté');
    assert.equal(records[0].OpportunityLineItems.records[0].PricebookEntry.Product2.ProductCode, 'BOR-SUITE');
  },
  'the query builder of the client is understood': async () => {
    const found = await conn
      .sobject('Account')
      .find({ BillingState: 'QC', AnnualRevenue: { $gt: 1000 }, Name: { $like: '%inc.' } }, ['Id', 'Name'])
      .sort({ Name: 1 })
      .limit(5);
    assert.deepEqual(found.map((account) => account.Name), ['Atelier Lac-Saint-Jean inc.']);
    assert.equal(await conn.sobject('Contract').count({ StatusCode: 'Activated' }), 3);
  },
  'many are created in one call, and read page by page': async () => {
    const many = Array.from({ length: 200 }, (_, n) => ({ Name: `En lot ${n}` }));
    const made = await conn.sobject('Account').create(many);
    assert.ok(made.every((one) => one.success && one.id.length === 18));
    const page = await conn.query("SELECT Id FROM Account", { autoFetch: true, maxFetch: 500, headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    assert.equal(page.totalSize, 208);
    const first = await conn.request({ url: `${base}/query?q=SELECT+Id+FROM+Account`, headers: { 'Sforce-Query-Options': 'batchSize=200' } });
    assert.deepEqual([first.done, first.records.length], [false, 200]);
    const rest = await conn.queryMore(first.nextRecordsUrl);
    assert.deepEqual([rest.done, rest.records.length], [true, 8]);
  },
  'a bad item of many says why': async () => {
    const [good, bad] = await conn.sobject('Contact').create([{ LastName: 'Roy' }, { FirstName: 'Ana' }]);
    assert.deepEqual([good.success, bad.success, bad.errors[0].statusCode], [true, false, 'REQUIRED_FIELD_MISSING']);
  },
  'a record is made, read, changed and destroyed': async () => {
    const made = await conn.sobject('Account').create({ Name: 'Quincaillerie Gagnon' });
    const changed = await conn.sobject('Account').update({ Id: made.id, Phone: '418 555-0001' });
    assert.equal(changed.success, true);
    assert.equal((await conn.sobject('Account').retrieve(made.id)).Phone, '418 555-0001');
    assert.equal((await conn.sobject('Account').destroy(made.id)).success, true);
    assert.equal(await refusal(() => conn.sobject('Account').retrieve(made.id)), 'ENTITY_IS_DELETED');
  },
  'an upsert goes by the external id': async () => {
    const field = 'ia_crm__IntacctID__c';
    const first = await conn.sobject('Account').upsert({ [field]: 'C-9001', Name: 'Neuf' }, field);
    const second = await conn.sobject('Account').upsert({ [field]: 'C-9001', Name: 'Neuf inc.' }, field);
    assert.deepEqual([first.created, second.created, second.id], [true, false, first.id]);
  },
  'a contract is activated and then keeps its account': async () => {
    const { records } = await conn.query("SELECT Id FROM Contract WHERE Status = 'Draft' ORDER BY ContractNumber LIMIT 1");
    const id = records[0].Id;
    await conn.sobject('Contract').update({ Id: id, Status: 'Activated' });
    const contract = await conn.sobject('Contract').retrieve(id);
    assert.equal(contract.StatusCode, 'Activated');
    const other = (await conn.query('SELECT Id FROM Account ORDER BY Id DESC LIMIT 1')).records[0].Id;
    assert.equal(await refusal(() => conn.sobject('Contract').update({ Id: id, AccountId: other })), 'ENTITY_IS_LOCKED');
  },
  'refusals carry their code': async () => {
    assert.equal(await refusal(() => conn.query('SELEKT Id FROM Account')), 'MALFORMED_QUERY');
    assert.equal(await refusal(() => conn.query('SELECT Bacon__c FROM Account')), 'INVALID_FIELD');
    assert.equal(await refusal(() => conn.sobject('Account').create({ Rating: 'Terrible', Name: 'x' })), 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST');
  },
  'changes are told by window': async () => {
    const now = Date.now();
    const updated = await conn.sobject('Account').updated(new Date(now - 3600e3), new Date(now + 3600e3));
    assert.ok(updated.ids.length > 200);
    const deleted = await conn.sobject('Account').deleted(new Date(now - 3600e3), new Date(now + 3600e3));
    assert.equal(deleted.deletedRecords.length, 1);
  },
  'the client knows the limits': async () => {
    const limits = await conn.limits();
    assert.equal(limits.DailyApiRequests.Max, 100000);
    assert.ok(conn.limitInfo.apiUsage.used > 10);
  },
};

(async () => {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`ok      ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
  }
  const passed = Object.keys(checks).length - failed;
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
})();
