# What this connector says to people, in English: the same words as in the sources.

## manifest
acomba-title = Acomba
acomba-api-key = API key of the AcoBridge
acomba-host = The AcoBridge on the machine that has Acomba
acomba-customer = Customer
acomba-supplier = Supplier
acomba-product = Product
acomba-product-group = Product group
acomba-term = Payment term
acomba-tax = Tax
acomba-tax-group = Tax group
acomba-salesperson = Salesperson
acomba-territory = Territory
acomba-invoice = Invoice
acomba-quote = Quote
acomba-order = Order
acomba-open-order = Open order
acomba-contract = Contract

## field
acomba-read-only = { $field } is set by Acomba and cannot be written
acomba-cannot-be-empty = { $field } cannot be empty in Acomba
acomba-character = Acomba cannot store the character “{ $character }” ({ $code }) in { $field }
acomba-whole-number = “{ $value }” in { $field } is not one of Acomba's numbers, which are whole
acomba-unfit = { $value } does not fit { $field }

## amount
acomba-too-many-decimals = { $amount } in { $field } has more than { $max } decimals; round it in the flow
acomba-too-many-digits = { $amount } in { $field } has more than { $max } digits, which Acomba cannot keep
acomba-no-number = { $value } in { $field } is no number

## card
acomba-no-card-number = Acomba needs a number for each card
acomba-no-field = { $entity } has no field { $field }

## invoice
acomba-too-many-lines = The invoice has { $count } lines with its long descriptions cut; Acomba takes { $max }
acomba-line-kind = { $field } must be product or comment
acomba-neither-product-nor-group = { $line } has neither a product nor a product group, so Acomba would take it for a comment
acomba-no-reference = An invoice needs a reference, or it could be entered twice without anybody noticing
acomba-no-day = { $value } in { $field } is no day
acomba-no-list = { $field } must be a list
acomba-missing = { $field } is missing

## lookup
acomba-no-key = { $entity } cannot be looked up by { $fields }
acomba-no-progress = The bridge gives the same page again

## writing
acomba-after-lost-answer = Not sent: the bridge did not answer the request before this one
acomba-later = Not sent yet: the requests before this one took the time of the call
acomba-body = The record is no JSON object: { $reason }
acomba-invoice-is-final = Acomba does not let an invoice be changed; correct it by a credit in Acomba
acomba-no-delete = Nothing is deleted in Acomba, because its positions identify records; set the card inactive instead
acomba-no-position = “{ $id }” is no position of a card
acomba-no-position-told = The bridge carried it out without telling the card's position

## refusal
acomba-number-taken = Acomba already has this number, on card { $card }: { $reason }
acomba-duplicate-reference = Acomba already has an invoice with this reference for this customer, on card { $card }
acomba-unauthorized = The bridge refuses the API key
acomba-forbidden = The API key is not allowed to use the company `{ $company }` of the bridge
acomba-bad-request = The bridge does not understand the request: { $reason }
acomba-not-found = Acomba has no such card
acomba-deleted = The card has been deleted in Acomba
acomba-company-not-found = Acomba finds no company in the folder of `{ $company }`: it may have been moved
acomba-not-allowed = Acomba does not allow this: invoices are never edited and cards never deleted
acomba-changed = The card has been changed in Acomba since it was read
acomba-reserved = Somebody has the card open in Acomba
acomba-company-locked = Acomba has the company locked for itself (reindexing, restoring, closing the year)
acomba-queue-full = The bridge has too many requests waiting
acomba-closed-window = The bridge is closed at this hour, so that the files of Acomba can be backed up
acomba-sdk-not-started = The bridge cannot start Acomba's SDK: { $reason }
acomba-login-failed = Acomba refuses the user or the password of the bridge: { $reason }
acomba-licence-limit = Acomba has no licence left for the bridge: { $reason }
acomba-version-mismatch = The SDK of the bridge does not fit the version of Acomba: { $reason }
acomba-locked = Acomba holds this for a while: { $reason }
acomba-throttled = The bridge asks for fewer requests
acomba-rejected = Acomba refuses this record: { $reason }
acomba-not-supported = The bridge does not offer this: { $reason }
acomba-unavailable = The bridge cannot serve at the moment: { $reason }
acomba-outcome-unknown = The bridge failed while it had the request; Acomba may have carried it out: { $reason }

## company
acomba-another-company = The folder of `{ $company }` holds another company ({ $found }) than this connection is for ({ $expected }); nothing was sent

## bridge
acomba-out-of-shape = The answer lacks `{ $property }`: is this address an AcoBridge of version 1?

## doctor
acomba-place-connection = The connection in the tenant's file, and its secrets
acomba-fix-connection = Set `base_url` and `company`, and the secret `api_key` to the key that the bridge's configuration lists
acomba-place-grants = The connection in the tenant's file: `base_url` and the granted hosts
acomba-fix-address = Set `base_url` to the bridge's address, for example https://srv-acomba:8443, and grant its host; now: { $address }
acomba-bridge-unreachable = No AcoBridge answers at { $address }
acomba-place-service = On the machine with Acomba: Windows services > AcoBridge
acomba-fix-service = Start the service AcoBridge (automatic start), open its port in the firewall, and compare its address and port with `base_url`
acomba-place-bridge = AcoBridge configuration > companies > { $company } > { $part }
acomba-place-keys = AcoBridge configuration > API keys
acomba-fix-alias = Allow the alias { $company } for this key, or set `company` to an alias that the bridge has
acomba-fix-folder = Set CompanyPath to the folder where the company is now, the one below F1000.dta that Acomba opens
acomba-fix-login = Set UsNumber and password to an Acomba user with the rights of what is synchronised (last seen: { $user })
acomba-place-licences = Acomba: the users who are connected, remote desktop sessions included
acomba-fix-licence = Have somebody leave Acomba, or buy one more concurrent user for the bridge
acomba-place-sdk = On the machine with Acomba: folder SDK beside Acomba.exe
acomba-fix-version = Update Acomba first, on the server and on every workstation; then install its SDK as administrator and restart; the connector last
acomba-fix-window = Nothing, if this is the time of the backup: runs go on when it opens. Else set the hours of the bridge's window
acomba-place-exclusive = Acomba: reindexing, restoring or closing the year
acomba-fix-exclusive = Wait until it has ended; runs go on by themselves
acomba-fix-sdk = Install the SDK as administrator, restart the machine, and see that Acomba itself opens the company
acomba-fix-key = Set the secret `api_key` to a key that stands there
acomba-place-log = On the machine with Acomba: the log of AcoBridge
acomba-fix-log = See there what happened; the bridge said: { $reason }
acomba-company = { $company } is open as user { $user } (identity { $id }, Acomba { $acomba }, SDK { $sdk })
acomba-fix-company = Set CompanyPath to the folder of company { $expected }; or, if this company is meant from now on, set `company_unique_id` to { $found }
acomba-company-untold = The bridge does not tell the identity of { $company }, so a swapped folder would not be noticed
acomba-fix-untold = Update the AcoBridge to a version whose `info` tells the company's unique identity
acomba-no-stamps = This SDK has no modification stamps for { $interfaces }: each run reads all of them
acomba-place-table = Acomba: the cards of { $interface }
acomba-no-taxes = The company has no taxes, so invoices with taxes will be refused
acomba-fix-taxes = Add the taxes under the very numbers that the flow sends, for example TPS and TVQ
acomba-no-product-groups = The company has no product groups, so invoice lines without a product will be refused
acomba-fix-groups = Add a product group for each kind of work, and put its number where the flow takes it from
acomba-table-unreadable = { $interface } cannot be read: { $reason }
acomba-place-rights = Acomba: the rights of user { $user }
acomba-fix-rights = Give the bridge's user the right to see these cards
