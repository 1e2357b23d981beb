// Lets clients that others wrote for the real QuickBooks Online work against the simulator (its URL is the one
// argument) with the company of seeds/qbo.json. It changes the company: start a fresh simulator each time.
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { promisify } = require('node:util');
const OAuthClient = require('intuit-oauth');
const QuickBooks = require('node-quickbooks');

const url = (process.argv[2] || '').replace(/\/$/, '');
const loopback = ['127.0.0.1', 'localhost', '[::1]'];
if (!url || !loopback.includes(new URL(url).hostname)) {
  console.error('usage: node check.js http://127.0.0.1:PORT');
  process.exit(2);
}
const app = {
  clientId: 'ABliaisonSimulatedClient0001',
  clientSecret: 'simulated-client-secret',
  redirectUri: 'https://liaison.example/oauth/callback',
  environment: 'sandbox',
};
const realm = '9130347000000001';
QuickBooks.V3_ENDPOINT_BASE_URL = `${url}/v3/company/`;
QuickBooks.TOKEN_URL = `${url}/oauth2/v1/tokens/bearer`;
QuickBooks.REVOKE_URL = `${url}/v2/oauth2/tokens/revoke`;
const oauth = new OAuthClient(app);
oauth.setAuthorizeURLs({
  authorizeEndpoint: `${url}/connect/oauth2`,
  tokenEndpoint: QuickBooks.TOKEN_URL,
  revokeEndpoint: QuickBooks.REVOKE_URL,
  userInfoEndpoint: `${url}/userinfo`,
});

let qbo;
const ask = (method, ...rest) => promisify(qbo[method].bind(qbo))(...rest);
const find = async (method, criteria) => {
  const { QueryResponse } = await ask(method, criteria);
  return Object.values(QueryResponse).find(Array.isArray) || [];
};
const control = async (action) => {
  const answer = await fetch(`${url}/_sim/control`, { method: 'POST', body: JSON.stringify(action) });
  assert.equal(answer.status, 200);
  return answer.json();
};

async function refusal(call) {
  try {
    await call();
  } catch (error) {
    const body = error.response ? error.response.data : error;
    const fault = body.Fault ? body.Fault.Error : body.fault.error;
    return fault[0].code;
  }
  throw new Error('was not refused');
}

const invoice = async (number) => {
  const [customer] = await find('findCustomers', { DisplayName: 'BOREALE' });
  const [item] = await find('findItems', { Name: 'CHAISE-S' });
  return {
    DocNumber: number,
    CustomerRef: { value: customer.Id },
    Line: [{
      DetailType: 'SalesItemLineDetail',
      Amount: 379.9,
      SalesItemLineDetail: { ItemRef: { value: item.Id }, Qty: 2, UnitPrice: 189.95 },
    }],
  };
};

const checks = {
  'a person signs in with the client of the vendor': async () => {
    const page = oauth.authorizeUri({ scope: [OAuthClient.scopes.Accounting], state: 'liaison' });
    const answer = await fetch(page, { redirect: 'manual' });
    assert.equal(answer.status, 302);
    const token = (await oauth.createToken(answer.headers.get('location'))).getJson();
    assert.equal(token.token_type, 'bearer');
    assert.equal(oauth.getToken().realmId, realm);
    qbo = new QuickBooks(app.clientId, app.clientSecret, token.access_token, false, realm, true, false, 75, '2.0', token.refresh_token);
  },
  'tokens are refreshed by both clients': async () => {
    const refreshed = (await oauth.refresh()).getJson();
    assert.equal(refreshed.refresh_token, qbo.refreshToken);
    const before = qbo.token;
    await ask('refreshAccessToken');
    assert.notEqual(qbo.token, before);
    await assert.rejects(oauth.refreshUsingToken('AB11nothing'), /invalid_grant|400/);
  },
  'the company and its preferences are read': async () => {
    assert.equal((await ask('getCompanyInfo', realm)).CompanyName, 'Meubles du Fjord inc.');
    assert.equal((await ask('getPreferences')).SalesFormsPrefs.CustomTxnNumbers, false);
  },
  'criteria of the client are understood': async () => {
    const named = await find('findCustomers', [{ field: 'DisplayName', value: "L'Atelier%", operator: 'LIKE' }]);
    assert.deepEqual(named.map((one) => one.Notes), ['Une apostrophe dans le nom']);
    const some = await find('findItems', { Type: ['Service', 'Category'], asc: 'Name', limit: 3 });
    assert.deepEqual(some.map((one) => one.Name), ['Chaises', 'LIVRAISON', 'Matières']);
    assert.equal((await ask('findVendors', { count: true })).QueryResponse.totalCount, 2);
  },
  'the client fetches every page': async () => {
    await control({ do: 'bulk', entity: 'Vendor', count: 2500 });
    const all = await find('findVendors', [{ field: 'fetchAll', value: true }, { field: 'asc', value: 'Id' }]);
    assert.equal(new Set(all.map((one) => one.Id)).size, 2502);
  },
  'an invoice is made, read, changed, made void and deleted': async () => {
    const made = await ask('createInvoice', await invoice('N-1'));
    assert.deepEqual([made.TotalAmt, made.Balance, made.SyncToken], [379.9, 379.9, '0']);
    const changed = await ask('updateInvoice', { Id: made.Id, SyncToken: '0', PrivateNote: 'n' });
    assert.deepEqual([changed.SyncToken, changed.TotalAmt], ['1', 379.9]);
    assert.equal(await refusal(() => ask('updateInvoice', { Id: made.Id, SyncToken: '0' })), '5010');
    assert.equal((await ask('voidInvoice', made.Id)).Invoice.TotalAmt, 0);
    assert.equal((await ask('deleteInvoice', made.Id)).Invoice.status, 'Deleted');
    assert.equal(await refusal(() => ask('getInvoice', made.Id)), '610');
  },
  'a repeated request is not done again': async () => {
    const first = await ask('createInvoice', { ...(await invoice('N-2')), requestId: 'op-1' });
    const again = await ask('createInvoice', { ...(await invoice('N-2')), requestId: 'op-1' });
    assert.equal(again.Id, first.Id);
    assert.equal(await refusal(async () => ask('createInvoice', await invoice('N-2'))), '6140');
    const twice = await ask('createInvoice', { ...(await invoice('N-2')), allowDuplicateDocNum: true });
    assert.notEqual(twice.Id, first.Id);
  },
  'every other form is made': async () => {
    const { DocNumber: _, ...sale } = await invoice('');
    assert.equal((await ask('createEstimate', sale)).TxnStatus, 'Pending');
    assert.equal((await ask('createSalesReceipt', sale)).Balance, 0);
    const [vendor] = await find('findVendors', { DisplayName: 'SCIERIE-LSJ' });
    const [item] = await find('findItems', { Name: 'BOIS-ERABLE' });
    const line = {
      DetailType: 'ItemBasedExpenseLineDetail',
      Amount: 68.5,
      ItemBasedExpenseLineDetail: { ItemRef: { value: item.Id }, Qty: 10, UnitPrice: 6.85 },
    };
    const order = await ask('createPurchaseOrder', { VendorRef: { value: vendor.Id }, Line: [line] });
    const linked = { ...line, LinkedTxn: [{ TxnId: order.Id, TxnType: 'PurchaseOrder', TxnLineId: order.Line[0].Id }] };
    const bill = await ask('createBill', { VendorRef: { value: vendor.Id }, Line: [linked] });
    assert.equal(bill.TotalAmt, 68.5);
    assert.equal((await ask('getPurchaseOrder', order.Id)).POStatus, 'Closed');
  },
  'a customer, a vendor and an item are made; names are unique': async () => {
    const customer = await ask('createCustomer', { DisplayName: 'Café du Quai enr.' });
    assert.equal(customer.FullyQualifiedName, 'Café du Quai enr.');
    assert.equal(await refusal(() => ask('createVendor', { DisplayName: 'café du quai enr.' })), '6240');
    const [account] = await find('findAccounts', { AccountType: 'Income', Name: 'Sales' });
    const [parent] = await find('findItems', { FullyQualifiedName: 'Meubles:Tables' });
    const item = await ask('createItem', {
      Name: 'BASSE', Type: 'NonInventory', SubItem: true, ParentRef: { value: parent.Id }, IncomeAccountRef: { value: account.Id },
    });
    assert.equal(item.FullyQualifiedName, 'Meubles:Tables:BASSE');
  },
  'a batch answers each item': async () => {
    const { BatchItemResponse } = await ask('batch', [
      { bId: '1', operation: 'create', Invoice: await invoice('N-3') },
      { bId: '2', operation: 'create', Invoice: await invoice('N-3') },
      { bId: '3', Query: 'select * from Term' },
    ]);
    assert.equal(BatchItemResponse[0].Invoice.DocNumber, 'N-3');
    assert.equal(BatchItemResponse[1].Fault.Error[0].code, '6140');
    assert.equal(BatchItemResponse[2].QueryResponse.Term.length, 3);
  },
  'changes are told': async () => {
    const { CDCResponse } = await ask('changeDataCapture', ['Invoice', 'Department'], new Date(Date.now() - 3600e3).toISOString());
    const [invoices, departments] = CDCResponse[0].QueryResponse;
    assert.ok(invoices.Invoice.some((one) => one.status === 'Deleted'));
    assert.equal(departments.Department.length, 1);
  },
  'a webhook is signed': async () => {
    const [message] = await control({ do: 'take_webhooks' });
    const own = crypto.createHmac('sha256', 'simulated-verifier-token').update(message.body).digest('base64');
    assert.equal(message.signature, own);
  },
  'a token that ended is said, and a connection is revoked': async () => {
    await control({ do: 'end_tokens' });
    assert.equal(await refusal(() => ask('getPreferences')), '3200');
    await ask('refreshAccessToken');
    await ask('getPreferences');
    await promisify(qbo.revokeAccess.bind(qbo))(true);
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
      console.log(`FAILED  ${name}\n${error.stack || JSON.stringify(error)}`);
    }
  }
  const passed = Object.keys(checks).length - failed;
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
})();
