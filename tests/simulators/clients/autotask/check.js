// Lets a client that others wrote for the real Autotask work against the simulator (its URL is the one
// argument) with the tenant of seeds/autotask.json. It changes the tenant: start a fresh simulator each time.
'use strict';

const assert = require('node:assert/strict');
const { AutotaskRestApi } = require('@apigrate/autotask-restapi');

const url = (process.argv[2] || '').replace(/\/$/, '');
const loopback = ['127.0.0.1', 'localhost', '[::1]'];
if (!url || !loopback.includes(new URL(url).hostname)) {
  console.error('usage: node check.js http://127.0.0.1:PORT');
  process.exit(2);
}
const client = (secret) =>
  new AutotaskRestApi('api@liaison.test', secret, 'LIAISON-SIM', { base_url: `${url}/ATServicesRest/` });
const api = client('simulated-secret');
const where = (op, field, value) => ({ op, field, value });

// The text of the errors that the vendor answers with status 500.
async function refusal(call) {
  try {
    await call();
  } catch (error) {
    return [error.status, error.details && error.details.errors];
  }
  throw new Error('was not refused');
}

const checks = {
  'the zone leads back to the simulator': async () => {
    await api.Companies.get(174);
    assert.equal(api.zoneInfo.url, `${url}/atservicesrest/`);
  },
  'a company is read with its user-defined field': async () => {
    const { item } = await api.Companies.get(174);
    assert.equal(item.companyName, 'Atelier Lac-Saint-Jean inc.');
    const udf = item.userDefinedFields.find((field) => field.name === 'ERPConnector_ERPInternalId');
    assert.equal(udf.value, '2');
  },
  'an id that nobody has is null': async () => {
    assert.equal(await api.Companies.get(99999), null);
  },
  'invoices without number are found with their lines': async () => {
    const open = { op: 'or', items: [where('notExist', 'invoiceNumber'), where('eq', 'invoiceNumber', '')] };
    const { items } = await api.Invoices.query({ filter: [open, where('eq', 'isVoided', false)] });
    assert.deepEqual(items.map((invoice) => invoice.id), [155, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165]);
    const lines = await api.BillingItems.query({ filter: [where('in', 'invoiceID', items.map((invoice) => invoice.id))] });
    const total = items.reduce((sum, invoice) => sum + Math.round(invoice.invoiceTotal * 10000), 0);
    assert.equal(lines.items.reduce((sum, line) => sum + Math.round(line.totalAmount * 10000), 0), total);
  },
  'a page of two says how to go on': async () => {
    const { items, pageDetails } = await api.Companies.query({ MaxRecords: 2, filter: [where('gte', 'id', 0)] });
    assert.deepEqual(items.map((company) => company.id), [0, 174]);
    assert.match(pageDetails.nextPageUrl, /\/Companies\/query\/next\?paging=/);
  },
  'count counts': async () => {
    assert.deepEqual(await api.Companies.count({ filter: [where('eq', 'companyType', 7)] }), { queryCount: 1 });
  },
  'an invoice takes a number and nothing else': async () => {
    assert.deepEqual(await api.Invoices.update({ id: 155, invoiceNumber: 'A-1', isVoided: true }), { itemId: 155 });
    const { item } = await api.Invoices.get(155);
    assert.deepEqual([item.invoiceNumber, item.isVoided], ['A-1', false]);
  },
  'a company is created, found and changed': async () => {
    const made = await api.Companies.create({ companyName: 'Boulangerie Zoé', companyType: 1, phone: '555-555-5555', ownerResourceID: 29682885 });
    await api.Companies.update({ id: made.itemId, userDefinedFields: [{ name: 'ERPConnector_ERPInternalId', value: 'ZOE' }] });
    const filter = [{ op: 'eq', field: 'ERPConnector_ERPInternalId', udf: true, value: 'ZOE' }];
    const { items } = await api.Companies.query({ filter });
    assert.deepEqual(items.map((company) => company.companyName), ['Boulangerie Zoé']);
  },
  'a contact is written through its company only': async () => {
    const contact = { firstName: 'Ana', lastName: 'Roy', isActive: 1 };
    assert.equal((await refusal(() => api.Contacts.create(contact)))[0], 405);
    const made = await api.CompanyContacts.create(174, contact);
    assert.equal((await api.Contacts.get(made.itemId)).item.companyID, 174);
    assert.deepEqual(await api.CompanyContacts.delete(174, made.itemId), made);
  },
  'a ticket gets its number and the defaults of its category': async () => {
    const { items } = await api.TicketCategories.query({ filter: [where('eq', 'name', 'Erreurs Acomba')] });
    const ticket = { companyID: 174, title: 'Facture 162 refusée', description: '…', ticketCategory: items[0].id };
    assert.deepEqual(await refusal(() => api.Tickets.create(ticket)), [500, ['dueDateTime is required']]);
    const made = await api.Tickets.create({ ...ticket, dueDateTime: '2026-12-01T17:00:00Z' });
    const { item } = await api.Tickets.get(made.itemId);
    assert.match(item.ticketNumber, /^T\d{8}\.\d{4}$/);
    assert.equal(item.queueID, 29683354);
    const note = await api.TicketNotes.create(made.itemId, { title: 'Note', description: '…', noteType: 1, publish: 1 });
    assert.equal((await api.TicketNotes.get(note.itemId)).item.ticketID, made.itemId);
  },
  'an opportunity gets a quote with items, and their sum': async () => {
    const product = { name: 'Portable T14', isActive: true, isSerialized: true, productBillingCodeID: 29683530, manufacturerName: 'Lenovo', manufacturerProductName: '21HD0000CA', unitPrice: 1899, unitCost: 1540 };
    const productID = (await api.Products.create(product)).itemId;
    const vendor = await api.ProductVendors.create(productID, { vendorID: 190, isActive: true, isDefault: true, vendorCost: 1540 });
    assert.equal((await api.ProductVendors.get(vendor.itemId)).item.productID, productID);

    const opportunity = { title: 'Q-10045', companyID: 174, contactID: 301, ownerResourceID: 29682885, stage: 1, status: 1, probability: 50, startDate: '2026-12-01', projectedCloseDate: '2036-12-01', amount: 0, cost: 0, useQuoteTotals: true };
    const opportunityID = (await api.Opportunities.create(opportunity)).itemId;
    const locationID = (await api.QuoteLocations.create({ address1: '100, rue Principale', city: 'Alma', state: 'QC', postalCode: 'G8B 1A1' })).itemId;
    const quote = { opportunityID, name: 'Q-10045', externalQuoteNumber: 'Q-10045', effectiveDate: '2026-12-01', expirationDate: '2036-12-01', billToLocationID: locationID, shipToLocationID: locationID, soldToLocationID: locationID, paymentTerm: 1 };
    assert.deepEqual(await refusal(() => api.Quotes.create({ ...quote, opportunityID: undefined })), [500, ['Value does not exist for the required field opportunityID']]);
    const quoteID = (await api.Quotes.create(quote)).itemId;

    const item = { quantity: 2, unitPrice: 1899, unitCost: 1540, unitDiscount: 0, percentageDiscount: 0, lineDiscount: 0, isOptional: false };
    const line = (await api.QuoteItems.create(quoteID, { ...item, quoteItemType: 1, productID })).itemId;
    await api.QuoteItems.create(quoteID, { ...item, quoteItemType: 3, laborID: 29683468, quantity: 1.5, unitPrice: 110, unitCost: 60 });
    const wrong = { ...item, quoteItemType: 11, productID };
    assert.deepEqual((await refusal(() => api.QuoteItems.create(quoteID, wrong)))[1][0], 'Value does not exist for the required field serviceID');
    const amount = async () => (await api.Opportunities.get(opportunityID)).item.amount;
    assert.equal(await amount(), 2 * 1899 + 1.5 * 110);
    await api.QuoteItems.update(quoteID, { id: line, quantity: 3 });
    assert.equal(await amount(), 3 * 1899 + 1.5 * 110);
    await api.QuoteItems.delete(quoteID, line);
    assert.equal(await amount(), 1.5 * 110);

    const found = await api.Quotes.query({ filter: [where('eq', 'externalQuoteNumber', 'Q-10045')] });
    assert.deepEqual(found.items.map((row) => [row.id, row.companyID, row.primaryQuote]), [[quoteID, 174, true]]);
    const items = await api.QuoteItems.query({ filter: [where('eq', 'quoteID', quoteID)] });
    assert.deepEqual(items.items.map((row) => [row.name, row.laborID]), [['Technicien', 29683468]]);
    const { fields } = await api.Quotes.fieldInfo();
    const terms = fields.find((field) => field.name === 'paymentTerm').picklistValues;
    assert.equal(terms.find((term) => term.label === 'Net 30 jours').value, '1');
  },
  'a service bundle is what its services are': async () => {
    const service = { name: 'Sauvegarde', billingCodeID: 29683520, periodType: 2, unitPrice: 18.5, unitCost: 9.25 };
    const serviceID = (await api.Services.create(service)).itemId;
    const bundle = (await api.ServiceBundles.create({ name: 'Poste géré', billingCodeID: 29683520 })).itemId;
    await api.ServiceBundleServices.create(bundle, { serviceID });
    assert.equal((await api.ServiceBundles.get(bundle)).item.unitCost, 9.25);
  },
  'a refusal is status 500 with the texts': async () => {
    const company = { companyName: 'x'.repeat(101), companyType: 1, phone: '1', ownerResourceID: 29682885 };
    assert.deepEqual(await refusal(() => api.Companies.create(company)), [500, ['String value exceeds maximum length (field:companyName).  ']]);
  },
  'metadata names picklist values': async () => {
    const { fields } = await api.Companies.fieldInfo();
    const types = fields.find((field) => field.name === 'companyType').picklistValues;
    assert.equal(types.find((type) => type.label === 'Vendor').value, '7');
    assert.equal((await api.Invoices.info()).info.canCreate, false);
    assert.equal((await api.Products.udfInfo()).fields[0].name, 'ERPConnector_ERPInternalId');
  },
  'a wrong secret is 401': async () => {
    assert.equal((await refusal(() => client('wrong').Companies.get(174)))[0], 401);
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
