# What this connector says to people, in English: the same words as in the sources.

## settings
centrixone-account = The setting `account` must be CentrixOne's account number: letters and digits only

## api
centrixone-out-of-shape = CentrixOne's answer has no list of { $object }

## refusal
centrixone-read-refused = CentrixOne does not let this API key read these records; ask its support to allow it
centrixone-filter-refused = CentrixOne does not understand what it is asked for
centrixone-not-allowed = CentrixOne does not allow this: { $reason }. Nothing can be deleted there; deactivate it instead
centrixone-duplicate = CentrixOne already has such a record: { $reason }
centrixone-broken = CentrixOne failed on this record, although everything it refers to exists: { $reason }
centrixone-rejected = CentrixOne refuses this record: { $reason }
centrixone-unauthorized = CentrixOne refuses the account number or the API key
centrixone-no-such-object = CentrixOne has no such address: see the setting `base_url`, or the vendor names this kind of object otherwise
centrixone-field-protected = CentrixOne does not let this API key write the field: { $reason }. Ask its support to let the key write the fields of the accounting system
centrixone-protected = CentrixOne protects this: { $reason }. The list, its contacts and the stages of the accounting system can be neither renamed nor deleted
centrixone-forbidden = CentrixOne does not allow this: { $reason }. Give the API's user group the permission “Primary (Acomba) contact: write”; in one-way mode, or at security level 2, only its support can open these records

## field
centrixone-no-field = { $entity } has no field { $field }
centrixone-read-only = { $field } is set by CentrixOne and cannot be written
centrixone-only-once = { $field } is set when the record is created and never changed after that
centrixone-no-id = “{ $id }” in { $field } is no id that CentrixOne gives to a { $entity }
centrixone-unfit = { $value } does not fit { $field }

## list
centrixone-no-list = CentrixOne has no list named “{ $list }”: the setting `list` names another, or the synchronisation with Acomba is not switched on in CentrixOne

## customer
centrixone-no-name = A customer needs a company name: by it CentrixOne finds or makes the account

## customer_plan
crm_company_shared = The contact belongs to account { $account } of CentrixOne, which is another customer's: CentrixOne puts contacts of the same company name into one account. Make the two names differ, and give the contact an account of its own in CentrixOne
crm_company_taken = CentrixOne has a customer named exactly “{ $name }” (account { $account }), and would put this one into the same account. Link the two if they are one and the same, or else make the names differ
centrixone-linked-otherwise = Account { $account } of CentrixOne carries another id of ours, { $id }; that is set once and never changed
centrixone-several-accounts = Contacts of several accounts of CentrixOne carry our id { $id }; leave it on one
centrixone-no-account = Contact { $contact } of CentrixOne has no company and so no account; give it one there
centrixone-lists-unknown = CentrixOne does not tell the lists of contact { $contact }, so none can be added without losing others

## customer_write
centrixone-customer-stays = Customers cannot be deleted in CentrixOne: they are the key of the synchronisation. Deactivate the customer in the accounting system instead
centrixone-name-twice = Two new customers are named exactly “{ $name }”, and CentrixOne would put them into one account; make the names differ
centrixone-primary-changed = The oldest contact of account { $account } in the list is now { $now }; it was { $before }
centrixone-customer-changed = Customer { $account } was edited in CentrixOne since it was read
centrixone-exists = The customer is in CentrixOne already (account { $account }), with other contents
centrixone-not-shown = CentrixOne does not show contact { $contact }, which it has just made
centrixone-half-done = The contact is made, its account is not finished: { $reason }
centrixone-half-updated = The account is written, its contact is not: { $reason }

## missing
crm_contact_missing = CentrixOne has no contact of account { $account } (contact { $contact }) in the list of customers: it was deleted, merged or moved. Put the customer's main contact into the list, or write the customer again; then retry this record
crm_account_missing = CentrixOne has no account { $id }: it was deleted or merged. Remove the link of the customer and write it again, then this record
crm_user_missing = CentrixOne has no user { $id }. Remove the link of the salesperson and run the flow of the salespeople, then retry this record
crm_stage_missing = CentrixOne has no sales stage { $id }: somebody removed it. Make it again in CentrixOne or by its flow, then retry this record
crm_category_missing = CentrixOne has no revenue category { $id }: categories must be deactivated, not deleted. Make it again by its flow, then retry this record
crm_list_missing = CentrixOne has no list { $id }. See in CentrixOne which list is meant, and the setting `list`
crm_opportunity_missing = CentrixOne has no opportunity { $id }: it was deleted

## batch
centrixone-page = CentrixOne answered with a page of its web server instead of data
centrixone-untold = CentrixOne did not say what became of this record; it may have been written
centrixone-after-lost-answer = Not sent: CentrixOne did not answer the request before this one
centrixone-later = Not sent yet: the requests before this one took the time of the call

## table_rules
centrixone-user-renamed = A person has renamed or activated this user of CentrixOne, so its name no longer follows the salesperson's number: a new name would change its log-in
centrixone-user-activation = Users are made inactive; activate this one in CentrixOne, where it counts against the subscription
centrixone-there = CentrixOne already has this { $entity } (id { $id }), made by a person or by another synchronisation
centrixone-needs = A new { $entity } needs { $field }
centrixone-protected-record = CentrixOne's synchronisation with Acomba rests on this { $entity }: it must be neither renamed nor removed

## table_write
centrixone-no-such-id = “{ $id }” is no id of a { $entity } of CentrixOne
centrixone-make-by-hand = CentrixOne does not let a { $entity } be made over its API: { $reason }. Make it in CentrixOne by hand, named exactly so, and run the flow again
centrixone-deactivate = A { $entity } is never deleted in CentrixOne, because other records refer to it; set `active` to false instead
centrixone-stays = A { $entity } cannot be deleted in CentrixOne over its API; leave it, or remove it there by hand
centrixone-twice = The same { $entity } stands twice among the records of this call
centrixone-nothing = There is nothing to write

## opportunity
centrixone-no-customer = An opportunity belongs to a customer; `customer_id` is missing

## stage
stage-renamed = The sales stage “{ $label }” of CentrixOne is now called “{ $now }”. Rename it back there, or write “{ $now }” in the option `stage` of the flow; then retry this record
stage-deleted = The sales stage “{ $label }” of CentrixOne was deleted. Add it again there under Settings > Opportunities > Sales stages, or write the label of another in the option `stage` of the flow; then retry this record
stage-percent = CentrixOne's sales stage “{ $label }” is at { $percent } %, not at { $wanted } %. Give it another label there, or write the label of a stage at { $wanted } % in the option `stage` of the flow; then retry this record
stage-no-percent = CentrixOne has no sales stage “{ $label }”, and without a percentage it cannot be made. Write one in the option `percent` of the flow, or add the stage in CentrixOne under Settings > Opportunities > Sales stages; then retry this record
stage-not-made = CentrixOne did not make the sales stage “{ $label }”: { $reason }. Add it there by hand under Settings > Opportunities > Sales stages, below the main stage at { $percent } %, with this French label; then retry this record

## operation
centrixone-body = The record is no JSON object: { $reason }

## lookup
centrixone-no-key = Records of CentrixOne cannot be looked up by { $fields }

## manifest
centrixone-title = CentrixOne CRM
centrixone-api-key = API key, as CentrixOne's support issued it
centrixone-host = The API of CentrixOne, where its address is set
centrixone-default-host = The API of CentrixOne, where no address is set
centrixone-user = User
centrixone-revenue-category = Revenue category
centrixone-stage = Sales stage
centrixone-list = List
centrixone-opportunity = Opportunity
centrixone-customer = Customer

## doctor
centrixone-connected = CentrixOne answers for account { $account }
centrixone-place-connection = The connection in the tenant's file, and its secrets
centrixone-fix-connection = Set `account` to the account number and the secret `api_key` to the API key; CentrixOne's support gives both on request by e-mail
centrixone-fix-credentials = Compare `account` and the secret `api_key` with what CentrixOne's support sent; ask it for a new key if they are right
centrixone-fix-address = Leave `base_url` out, or set it to the address that CentrixOne's support names, and grant its host
centrixone-unreachable = CentrixOne gives no usable answer: { $reason }
centrixone-fix-unreachable = Wait, if CentrixOne is in maintenance; else compare `base_url` and see that this machine reaches it
centrixone-list-missing = CentrixOne has no list named “{ $list }”, whose contacts would be the customers
centrixone-place-lists = CentrixOne: Administration > Lists
centrixone-fix-list = Ask CentrixOne's support to switch on the synchronisation with Acomba, which makes the list Acomba; or set `list` to the list that is meant
centrixone-list-found = The list “{ $list }” (id { $id }) holds { $count } customers
centrixone-contacts-without-company = { $count } contacts of the list “{ $list }” have no company, so they are no customers
centrixone-place-contacts = CentrixOne: the list { $list }, contacts without a company
centrixone-fix-contacts = Write a company on each of them (a person's own name will do), or take them out of the list
centrixone-object-unreadable = CentrixOne does not show its { $object }: { $reason }
centrixone-place-support = CentrixOne's support, by e-mail
centrixone-fix-object = Ask it to let the API key read and write { $object }
centrixone-place-stages = CentrixOne: Settings > Opportunities > Sales stages
centrixone-stage-renamed = The sales stage “{ $label }” is now called “{ $now }”; documents of this stage stand aside
centrixone-fix-stage-renamed = Rename it back, or write “{ $now }” in the option `stage` of the flow
centrixone-stage-deleted = The sales stage “{ $label }” was deleted; documents of this stage stand aside
centrixone-fix-stage-deleted = Add it again with this French label, or write the label of another stage in the option `stage` of the flow
centrixone-writing-refused = CentrixOne refused the last customer that was written: { $reason }
centrixone-place-permissions = CentrixOne: Administration > User groups > Permissions > Primary (Acomba) contact: write
centrixone-fix-permissions = Give the API's user group this permission. In one-way mode, or at security level 2, only CentrixOne's support can open these records
