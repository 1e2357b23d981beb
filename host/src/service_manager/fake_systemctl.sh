#!/bin/sh
# Plays systemctl, journalctl and loginctl for systemd_tests.rs: notes each call in `calls`, and answers
# from the files beside it.
#
#   PROGRAM-VERB.refusal   what it says on stderr, with exit code 1
#   PROGRAM-VERB.answer    what it says on stdout
#   VERB.state             what `show` answers after that verb, whether it is refused or not
here=$(dirname "$0")
program=$(basename "$0")
echo "$program $*" >>"$here/calls"
verb=all
for word in "$@"; do
    case $word in
        -*) ;;
        *)
            verb=$word
            break
            ;;
    esac
done
if [ -f "$here/$verb.state" ]; then
    cp "$here/$verb.state" "$here/systemctl-show.answer"
fi
if [ -f "$here/$program-$verb.refusal" ]; then
    cat "$here/$program-$verb.refusal" >&2
    exit 1
fi
if [ -f "$here/$program-$verb.answer" ]; then
    cat "$here/$program-$verb.answer"
fi
