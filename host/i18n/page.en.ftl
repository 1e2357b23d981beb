# The web page of `liaison serve`. Same keys in page.fr.ftl.
# Where a number is said, `n` is the number as shown and `plural` is `one` or `other`.

# The frame
page-skip = Skip to content
page-menu = Main menu
page-overview = Overview
page-journal = Journal
page-quarantine = Quarantine
page-conflicts = Conflicts
page-links = Links
page-send = Send
page-connectors = Connectors
page-sign-in = Sign in
page-sign-out = Sign out
page-zone = Times are those of { $zone }
page-records = { $plural ->
        [one] { $n } record
       *[other] { $n } records
    }

# Times
page-time = { $hour }:{ $minute }
page-today = today at { $time }
page-yesterday = yesterday at { $time }
page-tomorrow = tomorrow at { $time }
page-date = { $date } at { $time }
page-under-a-second = under a second
page-seconds = { $s } s
page-minutes = { $m } min { $s } s
page-even-minutes = { $m } min
page-even-hours = { $h } h
page-hours = { $h } h { $m } min

# What a form did
page-done-run = Asked for. The run starts as soon as it is the flow's turn.
page-done-running = The flow is running already.
page-done-paused = Paused. The flow does nothing by itself until it is resumed; nothing is lost meanwhile.
page-done-resumed = Resumed. What was missed meanwhile is made up for by one run.
page-done-retry = Asked for. The next run tries again.
page-done-dropped = Dropped. The record is no longer in quarantine.
page-done-chosen = Chosen. The next run writes it.
page-done-signed-out = Signed out.

# How runs end
page-status-completed = Completed successfully
page-status-problems = Completed, some records need a person
page-status-interrupted = Interrupted, nothing is lost
page-status-waiting = Waiting until the system calls
page-status-failed = Failed: please report
page-running = Running
page-running-for = for { $long }
page-never-ran = Has never run
page-crashed = Cut off when the program stopped; nothing is lost
page-began = Began
page-last-success = Last completed successfully
page-n-read = { $n } read
page-n-created = { $n } created
page-n-adopted = { $n } linked
page-n-updated = { $n } updated
page-n-unchanged = { $n } unchanged
page-n-filtered = { $n } not selected
page-n-waiting = { $n } waiting
page-n-conflict = { $n } in conflict
page-n-quarantined = { $n } quarantined
page-n-held = { $n } still in quarantine
page-n-not-reached = { $n } not reached
page-n-none = nothing to do

# Overview
page-flow = Flow
page-all-flows = All flows
page-all-of-tenant = All of { $tenant }
page-show = Show
page-state = State
page-last-runs = Last runs
page-next-run = Next run
page-actions = Actions
page-flows-of = Flows of { $tenant }
page-from-to = { $from } to { $to }
page-to = to
page-since = since
page-no-flows = There are no flows yet. Add one with `liaison flow add`.
page-all-well = Everything is in step.
page-all-failed = { $plural ->
        [one] { $n } flow has failed.
       *[other] { $n } flows have failed.
    }
page-all-interrupted = { $plural ->
        [one] { $n } flow was interrupted. Nothing is lost; the next run goes on from there.
       *[other] { $n } flows were interrupted. Nothing is lost; the next runs go on from there.
    }
page-all-people = { $plural ->
        [one] { $n } record needs a person.
       *[other] { $n } records need a person.
    }
page-all-unknown = { $plural ->
        [one] { $n } flow has never run.
       *[other] { $n } flows have never run.
    }
page-refreshes = While something runs, this page loads itself again every 5 seconds.
page-paused = Paused
page-off = Switched off in the tenant's file
page-next-none = none
page-next-paused = none while paused
page-next-manual = when you ask
page-next-retry = again
page-next-queued = as soon as it is its turn
page-next-window = when its window opens,
page-next-shut = never: its window leaves no time open
page-run-now = Run now
page-pause = Pause
page-resume = Resume
page-in-quarantine = { $n } in quarantine
page-in-conflict = { $plural ->
        [one] { $n } conflict
       *[other] { $n } conflicts
    }
page-in-waiting = { $n } waiting
page-no-runs = none yet
page-runs = { $all }: { $how }
page-runs-last = { $plural ->
        [one] The last run
       *[other] The last { $n } runs
    }
page-runs-completed = { $n } completed successfully
page-runs-problems = { $n } with records that need a person
page-runs-interrupted = { $n } interrupted
page-runs-waiting = { $n } waiting for a system's call
page-runs-failed = { $n } failed

# Journal
page-journal-search = Words or an id
page-journal-empty = The journal has nothing here.
page-search = Search
page-only-run = Only run
page-only-record = Only record
page-show-all = Show all
page-older = Older entries
page-more = Show more
page-when = When
page-event = Event
page-record = Record
page-what = Details
page-nothing-found = Nothing found.
page-event-link-made = Linked by hand
page-event-link-moved = Link moved
page-event-conflict-resolved = Conflict settled
page-event-deleted = Deleted
page-event-files-wrong = Files wrong
page-event-window-closed = Hours over
page-event-reset = Reset
page-event-created = Created
page-event-adopted = Linked
page-event-updated = Updated
page-event-written-back = Written back
page-event-recovered = Recovered
page-event-retried = Tried again
page-event-waiting = Waiting
page-event-quarantined = Quarantined
page-event-conflict = Conflict
page-event-overwritten = Overwritten
page-event-not-kept = Not kept
page-event-image-deleted = Deleted in the mirror
page-event-source-gone = Gone at the source
page-event-report-failed = Report failed
page-event-dropped = Dropped
page-event-withdrawn = Taken back
page-event-link-removed = Link removed
page-event-connector-installed = Connector installed
page-event-connector-upgraded = Connector upgraded
page-event-connector-rolled-back = Connector rolled back
page-event-connector-withdrawn = Connector withdrawn
page-event-connector-does-badly = Connector does badly
page-event-connector-removed = Connector removed

# Quarantine
page-quarantine-lead = These records could not be written as they are. They stop no others. Mend what is wrong, then try again.
page-quarantine-search = Words, a title or an id
page-quarantine-empty = Nothing stands aside.
page-kind-quarantined = In quarantine
page-kind-waiting = Waiting for another record
page-kind-conflict = In conflict
page-will-retry = The next run tries it again
page-vendor-says = { $vendor } says:
page-advice = What to do:
page-attempts = { $plural ->
        [one] { $n } attempt
       *[other] { $n } attempts
    }
page-first = first
page-last = last
page-field = field
page-reported = reported as { $marker }
page-unreported = not reported yet
page-retry = Try again
page-retry-all = Try all again
page-drop = Drop…
page-code = Code
page-history = History
page-drop-title = Drop { $title }?
page-drop-means = { $title } will be forgotten here and not written. It comes back only if it changes at the source and is selected again.
page-drop-marker = The source still shows { $marker }: empty that field there, or the record will not be selected again.
page-drop-yes = Drop it
page-cancel = Cancel

# Conflicts
page-conflicts-lead = Both sides changed these records since they last agreed. Of what is in dispute nothing is written until you choose.
page-conflicts-empty = Both sides agree everywhere.
page-was-chosen = Chosen; the next run writes it
page-see-link = See the link
page-take = Take all from { $system }
page-sides-of = Both sides of { $title }
page-field-name = Field
page-base = Last agreed
page-no-value = no value
page-empty-value = empty

# Links
page-links-lead = Two records that are the same thing stay linked for ever. Find a pair by the id of either side.
page-links-search = Id of either side
page-links-empty = There are no links yet.
page-one-side = One side
page-other-side = Other side
page-linked-since = Linked since
page-link-updated = Last written
page-link-linked = Linked
page-link-conflict = In conflict
page-link-parted = Parted
page-cause = How
page-cause-created = created here
page-cause-recognised = recognised by { $rule }
page-cause-person = by a person
page-cause-import = imported
page-generation = Created anew, times
page-send-this = Send this record…

# Send
page-send-title = Send records
page-send-lead = Sends one record, or the ones you choose, at once, whatever the schedule says.
page-send-more = Send more
page-choose-flow = Choose a flow
page-ids = Ids in the source
page-ids-help = { $plural ->
        [one] One id.
       *[other] One a line, { $n } at most.
    }
page-send-now = Send now
page-outcome = What became of them
page-in-journal = In the journal
page-result = Result
page-target = In the target
page-settled-unchanged = Unchanged
page-settled-filtered = Not selected by the flow
page-settled-held = Still in quarantine

# Signing in
page-token = Access token
page-token-help = It stands in keys/page-token.txt in the installation's folder.
page-wrong-token = That is not the token.
page-token-wait = Too many wrong tokens. Wait a minute.

# Errors
page-causes = Why:
page-to-overview = Back to the overview
page-error-not-found = There is no such page
page-error-not-found-why = The record may have been settled in the meantime.
page-error-stale = This form is too old
page-error-stale-why = Nothing was done. Go back, load the page again and repeat.
page-error-foreign = Request refused
page-error-foreign-why = It did not come from this page. Nothing was done.
page-error-refused = That cannot be done
page-error-refused-why = Nothing was done.
page-error-unavailable = Not available just now
page-error-unavailable-why = Try again in a moment. Nothing is lost.
page-error-broken = Something of ours is wrong
page-error-broken-why = Please report it. Nothing is lost.

# Connectors
page-connectors-lead = What liaison { $version } runs with; it speaks contract { $contract }. Install and upgrade with `liaison connector`.
page-connectors-empty = No connector is installed.
page-connectors-looked = The source of connectors was last asked
page-connectors-not-looked = What is newer is not known: { $why }
page-connector = Connector
page-version = Version
page-signer = Signed by
page-contract = Contract
page-unsigned = nobody
page-newer = { $newer } is there
page-connector-current = In use
page-connector-trial = On trial
page-connector-kept = Kept
page-connector-withdrawn = Withdrawn
page-connector-refused = Not loaded
