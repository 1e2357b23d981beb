// Lets the client that Sage publishes work against the simulator (its URL is the one argument) with the company
// of seeds/sage-intacct.json. It changes the company: start a fresh simulator each time.
'use strict';

const assert = require('node:assert/strict');
const sdk = require('@intacct/intacct-sdk');

const url = (process.argv[2] || '').replace(/\/$/, '');
const loopback = ['127.0.0.1', 'localhost', '[::1]'];
if (!url || !loopback.includes(new URL(url).hostname)) {
  console.error('usage: node check.js http://127.0.0.1:PORT');
  process.exit(2);
}
// The client insists on a host of intacct.com.
sdk.Credentials.Endpoint.isDomainValid = (host) => loopback.includes(host);

const { Functions } = sdk;
const { AccountsReceivable, Common, Company, ContractsRevMgmt, InventoryControl, OrderEntry } = Functions;
const { SelectBuilder } = Common.NewQuery.QuerySelect;
const { Filter, AndOperator } = Common.NewQuery.QueryFilter;
const { OrderBuilder } = Common.NewQuery.QueryOrderBy;

function config(password = 'intacct-user-0001') {
  const config = new sdk.ClientConfig();
  config.endpointUrl = `${url}/ia/xml/xmlgw.phtml`;
  config.senderId = 'liaison-partner';
  config.senderPassword = 'sender-secret-0001';
  config.companyId = 'ACME';
  config.userId = 'svc_liaison';
  config.userPassword = password;
  return config;
}

let client;
const say = async (call, request) => (await client.execute(call, request)).getResult();

// The errors of a function that is refused.
async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return (error.errors || [error.message]).join('\n');
  }
  throw new Error('was not refused');
}

function query(object, names, filter) {
  const call = new Common.NewQuery.Query();
  const fields = new SelectBuilder().addFields(names).selects;
  const order = new OrderBuilder().addAscending('RECORDNO').orders;
  call.assignSelectFields(fields).assignFromObject(object).assignOrderBy(order).assignPageSize(100);
  return filter ? call.assignFilter(filter) : call;
}

let contract;
const checks = {
  'a session comes with an endpoint of its own': async () => {
    const session = await sdk.SessionProvider.factory(config());
    assert.notEqual(session.endpointUrl, config().endpointUrl);
    assert.equal(session.companyId, 'ACME');
    assert.ok(new Date(session.sessionTimeout) > new Date(session.sessionTimestamp));
    client = new sdk.OnlineClient(session);
  },
  'a wrong password is refused in the authentication block': async () => {
    const text = await refusal(() => sdk.SessionProvider.factory(config('x')));
    assert.match(text, /XL03000006 .*Sign-in information is incorrect/);
  },
  'a query selects, filters and orders': async () => {
    const filter = new AndOperator([new Filter('STATE').equalTo('In progress'), new Filter('NAME').like('%e%')]);
    const result = await say(query('CONTRACT', ['RECORDNO', 'CONTRACTID', 'CUSTOMER.NAME'], filter));
    assert.deepEqual(result.data.map((row) => row.CONTRACTID), ['CN-00025', 'CN-00026', 'CN-00027', 'CN-0001']);
    assert.equal(result.data[1]['CUSTOMER.NAME'], 'Lakeside Manufacturing LLC');
    assert.deepEqual([result.listType, result.totalCount, result.numRemaining], ['CONTRACT', 4, 0]);
  },
  'a long set is read on': async () => {
    const call = new Common.ReadByQuery();
    call.objectName = 'ITEM';
    call.fields = ['ITEMID'];
    call.pageSize = 3;
    let result = await say(call);
    const seen = result.data.length;
    const more = new Common.ReadMore();
    more.resultId = result.resultId;
    result = await say(more);
    assert.deepEqual([seen, result.data.length, result.numRemaining], [3, 3, 3]);
  },
  'records are read by key and by name': async () => {
    const byKey = new Common.Read();
    byKey.objectName = 'ITEM';
    byKey.keys = [1, 2];
    assert.equal((await say(byKey)).count, 2);
    const byName = new Common.ReadByName();
    byName.objectName = 'CONTRACT';
    byName.names = ['CN-00028'];
    assert.equal((await say(byName)).data[0].STATE, 'Draft');
  },
  'an object is described': async () => {
    const lookup = new Common.Lookup();
    lookup.objectName = 'CONTRACT';
    const [type] = (await say(lookup)).data;
    const field = type.Fields.Field.find((one) => one.ID === 'SFDC_CONTRACT_ID');
    assert.equal(field.ISCUSTOM, 'true');
  },
  'a customer gets its id and its contact': async () => {
    const create = new AccountsReceivable.CustomerCreate();
    create.customerName = 'Boulangerie Zoé';
    create.printAs = 'Boulangerie Zoé';
    create.paymentTerm = 'Net 30';
    create.active = true;
    create.addressLine1 = '1 rue Principale';
    create.city = 'Alma';
    create.customFields = [['SFDC_ACCOUNT_ID', '001ZOE']];
    const [made] = (await say(create)).data;
    assert.equal(made.CUSTOMERID, 'CUST-01008');
  },
  'a taken contact name is refused in the vendor\'s words': async () => {
    const create = new Company.ContactCreate();
    create.contactName = 'Roy, Marie';
    create.printAs = 'Marie Roy';
    const text = await refusal(() => say(create));
    assert.match(text, /BL34000061 .*Another Contact .* already exists.* Use a unique value instead/);
  },
  'a contract and its lines are made': async () => {
    const create = new ContractsRevMgmt.ContractCreate();
    create.customerId = 'CUST-01008';
    create.contractName = 'Zoé 2026';
    create.beginDate = new Date(2026, 0, 1);
    create.endDate = new Date(2026, 11, 31);
    create.billingFrequency = 'Monthly';
    create.paymentTerm = 'Net 30';
    create.locationId = '100';
    create.customFields = [['SFDC_CONTRACT_ID', '800ZOE']];
    [contract] = (await say(create)).data;
    const line = new ContractsRevMgmt.ContractLineCreate();
    line.contractId = contract.CONTRACTID;
    line.itemId = 'SUB-PRO';
    line.beginDate = new Date(2026, 0, 1);
    line.endDate = new Date(2026, 11, 31);
    line.billingMethod = 'Fixed price';
    line.fixedPriceFrequency = 'Use billing template';
    line.fixedPriceQuantity = 12;
    line.fixedPriceRate = '49.00';
    line.locationId = '100';
    const [made] = (await say(line)).data;
    const filter = new Filter('RECORDNO').equalTo(made.RECORDNO);
    const { data } = await say(query('CONTRACTDETAIL', ['FLATAMOUNT', 'STATE', 'LINETYPE'], filter));
    assert.deepEqual({ ...data[0] }, { FLATAMOUNT: '588.00', STATE: 'In progress', LINETYPE: 'Sale' });
  },
  'a contract is changed and keeps the rest': async () => {
    const update = new ContractsRevMgmt.ContractUpdate();
    update.contractId = contract.CONTRACTID;
    update.description = 'Changed & kept';
    await say(update);
    const { data } = await say(query('CONTRACT', ['DESCRIPTION', 'TERMNAME'], new Filter('CONTRACTID').equalTo(contract.CONTRACTID)));
    assert.deepEqual({ ...data[0] }, { DESCRIPTION: 'Changed & kept', TERMNAME: 'Net 30' });
  },
  'a line is held and resumed': async () => {
    const { data } = await say(query('CONTRACTDETAIL', ['RECORDNO'], new Filter('CONTRACTID').equalTo(contract.CONTRACTID)));
    const hold = new ContractsRevMgmt.ContractLineHold();
    const resume = new ContractsRevMgmt.ContractLineResume();
    for (const call of [hold, resume]) {
      call.contractId = contract.CONTRACTID;
      call.recordNo = data[0].RECORDNO;
      call.effectiveDate = new Date(2026, 2, 1);
      call.asOfDate = new Date(2026, 2, 1);
      call.memo = 'x';
    }
    await say(hold);
    await say(resume);
  },
  'a transaction is rolled back as a whole': async () => {
    const request = new sdk.RequestConfig();
    request.transaction = true;
    const make = (id, name) => Object.assign(new Company.ContactCreate(id), { contactName: name, printAs: name });
    const text = await refusal(() => client.executeBatch([make('a', 'Rolled back'), make('b', 'Roy, Marie')], request));
    assert.match(text, /already exists/);
    const { data } = await say(query('CONTACT', ['RECORDNO'], new Filter('CONTACTNAME').equalTo('Rolled back')));
    assert.deepEqual(data, []);
  },
  'a function that was done is not done again': async () => {
    const request = new sdk.RequestConfig();
    request.uniqueId = true;
    const make = () => Object.assign(new Company.ContactCreate('once'), { contactName: 'Once', printAs: 'Once' });
    await say(make(), request);
    assert.match(await refusal(() => say(make(), request)), /already processed/);
  },
  'an item is made and goes again': async () => {
    const create = new InventoryControl.ItemCreate();
    create.itemId = 'CHECK';
    create.itemName = 'Check';
    create.itemType = 'Non-Inventory';
    const [made] = (await say(create)).data;
    assert.equal(made.ITEMID, 'CHECK');
    const gone = new InventoryControl.ItemDelete();
    gone.itemId = 'CHECK';
    assert.equal((await say(gone)).status, 'success');
  },
  'an order is entered in the old way': async () => {
    const create = new OrderEntry.OrderEntryTransactionCreate();
    create.transactionDefinition = 'Sales Order';
    create.transactionDate = new Date(2026, 2, 2);
    create.customerId = 'CUST-01001';
    create.dueDate = new Date(2026, 3, 1);
    create.documentNumber = '900';
    const line = new OrderEntry.OrderEntryTransactionLineCreate();
    line.itemId = 'MODEM';
    line.quantity = 2;
    line.unit = 'Each';
    create.lines = [line];
    assert.equal((await say(create)).key, 'Sales Order-900');
  },
  'a legacy invoice answers with a key': async () => {
    const create = new AccountsReceivable.InvoiceCreate();
    create.customerId = 'CUST-01001';
    create.transactionDate = new Date(2026, 2, 2);
    create.dueDate = new Date(2026, 3, 1);
    const line = new AccountsReceivable.InvoiceLineCreate();
    line.glAccountNumber = '4000';
    line.transactionAmount = 12.5;
    create.lines = [line];
    assert.match((await say(create)).key, /^\d+$/);
  },
};

(async () => {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
    } catch (error) {
      failed += 1;
      console.error(`FAILED ${name}: ${error.errors ? error.errors.join('\n') : error.stack}`);
    }
  }
  console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
})();
