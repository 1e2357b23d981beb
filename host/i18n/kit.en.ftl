# Tapes: calls of connectors that were kept, and their replay.
problem-tape = `{ $value }` is no choice of calls to keep on tape
address-recorded = one that was refused
denied-replay = nothing is sent in a replay: { $why }
tapes-none = No call is kept. A connection keeps those that fail; `tape = "all"` in the tenant file keeps every one.
tape-masked = Wrote { $file }. What stood in records was replaced by something of the same shape.
tape-unmasked = Wrote { $file }, with what stood in the records: it is for nobody who may not see them.
tape-too-large = it has { $bytes } bytes, which no tape has
tape-short = it ends after line { $line }
tape-other-format = it is of format { $found }, which this version of liaison does not read
tape-line = line { $line }: { $reason }
parked-tape = its call is kept: liaison connector tape export { $tape }
column-tape = tape
column-recorded = recorded
column-call = call
column-bytes = bytes
error-no-tape = there is no tape `{ $name }`
hint-no-tape = `liaison connector tape list` names those that are kept; the oldest goes when there are too many
error-bad-tape = `{ $file }` is no tape that can be read
error-no-component = no component `{ $name }` is at hand to replay it
hint-name-component = name one with --component FILE.wasm
replay-of = { $call } by { $name } { $version }, recorded { $at }
replay-other-component = replayed by another component: { $name } { $version }
replay-masked = Values on this tape were replaced: a departure may come of that.
replay-no-answer = (no answer came)
replay-log-differs = It logs something else, which changes nothing:
replay-same = The same: every question as on the tape, and the result equal to the byte.
replay-same-so-far = The same as far as the tape goes: the recording was cut off there.
replay-returned-otherwise = It asked the same and returned something else:
replay-asked-otherwise = It departs at step { $step }, { $import }:
replay-asked-another = It departs at step { $step }: the tape has { $then }, and it asked { $now }
replay-not-asked = It departs at step { $step }: it never asked { $then }
replay-asked-more = It departs at the tape's end: it went on and asked { $now }
replay-whole = the whole
replay-difference = at { $place }
    then: { $then }
    now:  { $now }

# The conformance kit.
kit-of = { $name } { $version }, contract { $contract }
kit-skipped = not made
kit-failed = FAILED
kit-score = { $passed } of { $made }; { $failed } failed, { $skipped } not made
error-kit-settings = `{ $path }` does not say what the kit needs
error-kit-server = `{ $server }` is no URL
