//! 2100: how a rulebook becomes law, and what keeps it from that. The rulebook in force stays in force.

super::codes! {
    2101 REVISION_OUT_OF_TURN "revision_out_of_turn" "The rulebook's revision is not the next one."
        "Revisions grow by one, and once a revision is law no other file can take its number. Give the file the number behind the one that `relevo rules status` shows as in force.";
    2102 WRONG_PREVIOUS "wrong_previous" "The rulebook does not chain to the one in force."
        "`previous` has to be the digest (`sha256:…`) of the revision before, byte for byte. Somebody edited that file after it became law, or this one was written against another. Take the digest from `rulebook_info` or `/readyz?verbose`.";
    2103 NOT_SIGNED "not_signed" "The rulebook is not signed by as many people of every party as the charter asks for."
        "Signatures make a rulebook a joint decision. The message names the party and how many of its people have signed; `relevo rules status` names who has not. Each signs the file's exact bytes with `ssh-keygen -Y sign -n relevo-rulebook -f KEY < 0007.yaml >> 0007.sigs`. `--allow-unsigned` is for demos and trials only; it is said loudly wherever the law is shown, and it never follows what was signed, be it a rulebook or a roster.";
    2104 NOT_YET_EFFECTIVE "not_yet_effective" "The rulebook was offered before its `effective_from`."
        "A clock runs ahead where it was offered. It is offered again each second for a minute, then every minute, and becomes law in its time; nothing is to be done.";
    2105 UNSIGNED_CHAIN "unsigned_chain" "The rulebook in force was never signed, and a signed one does not follow it by itself."
        "What nobody signed may say anything, also under which digest the next revision has to chain to it. If the signed revision shall follow it all the same, start the service with `--allow-unsigned` until it is in force, and without from then on.";
    2106 NOT_THE_REGISTRAR "not_the_registrar" "A rulebook was offered to a partition that does not judge."
        "Only partition 0 of the intake log judges rulebooks. Somebody else than Relevo writes to the log: find out who, and take the right away.";
    2107 RULEBOOK_UNREADABLE "rulebook_unreadable" "A rulebook's file or folder can't be read."
        "The message names it. A rulebook is a file of at most 256 KiB, in UTF-8, that the service may read. Check the mount, the permissions and the size; the law in force stays in force.";
    2108 REVISION_TWICE "revision_twice" "Two different files of the folder have the same revision, and both are agreed."
        "Only one of them can become law, and which one must not be left to chance: neither is offered. Remove one of the two, or give it the next number and let it be signed again.";
    2110 CHARTER_UNREADABLE "charter_unreadable" "The charter's file, or that of the allowed signers, can't be read."
        "The message names it. `rulebook.charter` is the path of `charter.yaml`, at most 64 KiB; the file `allowed_signers`, at most 256 KiB, lies beside it unless `rulebook.allowed_signers` says otherwise. Check the mount and the permissions. A service that runs keeps the charter that it has; one that starts does not start without.";
    2111 CHARTER_INVALID "charter_invalid" "The charter is not one to judge by."
        "A charter says who must agree: `api: relevo/v1`, `kind: Charter`, and under `parties` for each its name with `needed`, how many people of it must sign, and `signers`, who they are. The message says what was expected in the place. A service that runs keeps the charter that it has.";
    2112 CHARTER_WITHOUT_PARTY "charter_without_party" "The charter names no party that would have to agree."
        "Without parties every rulebook would be agreed on by nobody. Name those who must agree under `parties`, usually `marketing` and `sales`, each with its signers.";
    2113 PERSON_OF_TWO_PARTIES "person_of_two_parties" "One person would sign for two parties."
        "Parties agree with each other, so nobody may sign for two of them: a name stands in one party, and a key belongs to one person. The message names both places. Take the name, or the key, away from one of them.";
    2114 PARTY_WITHOUT_KEYS "party_without_keys" "A party has not enough signers with a key."
        "The party could never sign: `allowed_signers` has keys of fewer of its people than `needed` asks for. Add a line for each signer: the name as in the charter, then the public key (`ana@example.com namespaces=\"relevo-rulebook\" ssh-ed25519 AAAA…`).";
    2115 ALLOWED_SIGNERS_INVALID "allowed_signers_invalid" "A line of `allowed_signers` can't be used."
        "The format is OpenSSH's own (`man ssh-keygen`, ALLOWED SIGNERS): names with commas, then options (`namespaces=`, `valid-after=`, `valid-before=`), then the public key, and a comment if you like. Keys may be ed25519, ecdsa, rsa of 2048 to 4096 bits, and their sk- kinds; certificates are not taken. The message says what does not fit.";
    2120 SIGNATURE_UNREADABLE "signature_unreadable" "The signatures' file has something in it that is no signature."
        "The file beside the rulebook, such as `0007.sigs`, holds what `ssh-keygen -Y sign` writes, one armoured block after another, at most 64 KiB and 32 blocks. A block that is cut off was still being written, or lost its end. Take away what does not belong there, and let its signer sign again.";
    2121 SIGNATURE_OF_A_STRANGER "signature_of_a_stranger" "A signature is by a key of nobody in the charter."
        "It does not count. Whoever signed may have used another key (`ssh-keygen -l -f KEY.pub` shows its fingerprint), or is no signer of the charter: add the line to `allowed_signers`, and the name to the charter, if both departments want it so.";
    2122 SIGNATURE_KEY_NOT_VALID "signature_key_not_valid" "A signature is by a key that is not valid at the rulebook's `effective_from`."
        "`allowed_signers` says `valid-after` or `valid-before` for the key, and a signature is judged at `effective_from`, whenever it was made. Sign with a key that is valid then. To take a key away from whoever has left, take out its line: an end of its validity does not stop a revision that is dated before.";
    2123 SIGNATURE_NAMESPACE "signature_namespace" "A signature is for another purpose."
        "Keys sign many things, so each signature bears what it is for: here the namespace `relevo-rulebook`, which the key's line in `allowed_signers` must allow too (`namespaces=`). Sign again with `ssh-keygen -Y sign -n relevo-rulebook`.";
    2124 SIGNATURE_OF_OTHER_BYTES "signature_of_other_bytes" "A signature is not over this file's exact bytes."
        "The file was changed after it was signed, even by a space or a line end, or the signature is that of another file. Whoever signed has to read the file as it is now, and sign it again.";
    2125 SIGNED_TWICE "signed_twice" "The same person signed more than once."
        "One person with two keys is one person, and counts once. Where a party needs two signatures, a second person has to sign.";
    2126 SIGNATURES_UNREADABLE "signatures_unreadable" "The file with a rulebook's signatures can't be read."
        "The message names it. The file beside the rulebook, such as `0007.sigs`, is text of at most 64 KiB, in UTF-8, that the service may read; without it nobody has signed. Until it can be read the rulebook is not offered. Check the mount, the permissions and the size: it is looked at every second and taken up without a restart.";
    2127 UNSEEN_CHARACTER "unseen_character" "The file has a character that its reader does not see."
        "What people sign are bytes that they have read, so every character of a rulebook, a roster, a charter and of `allowed_signers` has to be one that is seen, in comments too: no marks that turn the direction of a line, no characters without width, no controls, and no spaces but the usual one. They come with text that is copied from a page or a word processor, or by intent. Take them out; where a value needs one, write it as an escape that is seen, `\"\\u200b\"`.";
    2128 MIXED_SCRIPTS "mixed_scripts" "A word mixes letters of two scripts."
        "A warning: Latin, Greek and Cyrillic have letters that look the same, and a condition with such a word never holds. Write the word again with one keyboard, or compare it letter by letter with where it comes from. Words that are wholly of one script are never told, whichever it is.";
    2130 ROSTER_INVALID "roster_invalid" "The roster is not one to assign leads by."
        "A roster is sales' own file: `api: relevo/v1`, `kind: Roster`, its revision, `effective_from`, and under `teams` for each its `sellers`, named as the CRM names them, with `weight`, `calendar`, `open_leads_at_most` and `absences`. The message says what was expected in the place. The roster in force stays in force.";
    2131 ROSTER_UNREADABLE "roster_unreadable" "A file of the rosters' folder can't be read."
        "The message says why: permissions, size, or no text in UTF-8. The roster in force stays in force. The folder is looked at every second, and a file that is mended is taken up without a restart.";
    2132 ROSTER_TEAMS "roster_teams" "The roster and the newest rulebook do not speak of the same teams."
        "A warning of `relevo rules check`: the roster takes force all the same. A roster's team that no rulebook has gets no leads of its own, and a rulebook's team that no roster has leaves its leads in its queue. Where a name is misspelt, mend it in the next revision of the roster; where a team is meant to work from its queue, nothing is to be done.";
    2140 REVISION_DATED_BACK "revision_dated_back" "The revision is dated before the one that it follows."
        "Keys are judged at `effective_from`, so a revision that is dated back could be signed by somebody who has left since. Set `effective_from` to an instant that is not before that of the revision before it, best to one that is still to come, and let it be signed again.";
    2141 REVISION_STALE "revision_stale" "The revision is dated more than 30 days before it was offered."
        "Keys are judged at `effective_from`, so a revision that is dated long ago could be signed by somebody who has left since. It takes force only within 30 days from that instant on, which leaves time for an outage. Give it a new `effective_from`, best one that is still to come, and let it be signed again. The first one of a new log may be as old as it is.";
    2142 REVISION_LEAPS "revision_leaps" "The revision's number is more than 1,000 beyond the one in force."
        "Revisions grow by one, so Relevo did not write this: after such a number no other could ever follow. It is refused, and what is in force stays in force. Find out who writes to the intake log, and take the right away.";
    2143 REVISION_TOO_LOW "revision_too_low" "The log has no rulebook yet, and this one is lower than `rulebook.least_revision` allows."
        "A log without a rulebook takes the first agreed one, whatever its number: what was before it is not in this log. `rulebook.least_revision` pins it, so that nobody who can write to the folder brings an old agreement back on a new log. Put the revision that was in force last into the folder, with its signatures, or lower the setting.";
    2144 SIGNATURE_WITHOUT_TOUCH "signature_without_touch" "A signature is by a security key that nobody touched."
        "A security key says in each signature whether somebody was there. One without a touch may have been made by a program while the key was plugged in, and does not count. Sign again, and touch the key when it asks.";
    2145 FOLDER_CROWDED "folder_crowded" "The folder has more files than are looked at."
        "Of a folder at most 1,000 files and 64 MiB are read, those with the highest revisions: the others are as if they were not there. Take away what is no revision, and keep old ones elsewhere.";
    2160 RULEBOOK_NO_COOLDOWN "rulebook_no_cooldown" "A team has no cooldown after leads that were won or lost."
        "A warning: as soon as a lead of the team has ended, the next request of the same account for the same offering can be a lead again, perhaps minutes after the sale. What was done before the end opens none, but what comes after does. Say how long the account is left alone, for example `cooldown: { won: 30d, lost: 180d }`.";
    2170 CALENDAR_ODD "calendar_odd" "A calendar says something that its writer hardly meant."
        "A warning: the file loads, and promises run by the calendar as it is written. The message says what looks odd: a pause or a shift of a few minutes, such as the minute between 23:59 and the next day (a day ends at 24:00); a week that is hardly open; weeks without a working day; hours of a special day that leave out everything, or nothing; 29 February; holidays that have all passed. Write it as it is meant, or leave it.";
    2171 CALENDAR_FILE_UNREADABLE "calendar_file_unreadable" "The file is no iCalendar file that can be read."
        "An iCalendar file (RFC 5545, `.ics`) begins with BEGIN:VCALENDAR, has at most 1 MiB and is text in UTF-8. The message says the line. Export it again, or write the holidays by hand.";
    2172 CALENDAR_FILE_UNSUPPORTED "calendar_file_unsupported" "The iCalendar file says something that holidays of a calendar can't."
        "Taken are events (VEVENT) that last whole days or hours of them, once or every year (`RRULE:FREQ=YEARLY`). Other recurrences, exceptions to them, and times of another zone are refused with their line, and nothing is printed: a holiday that is passed over in silence would be a working day. Take the event out of a copy of the file, write its days by hand, or name the zone that its times are of with `--time-zone`.";
    2173 SIGNATURE_ELSEWHERE "signature_elsewhere" "A signature is in a file that is not read."
        "A warning: `ssh-keygen -Y sign -n relevo-rulebook -f KEY 0007.yaml` writes `0007.yaml.sig`, one file for one signer. Relevo reads `0007.sigs`, where the signatures of all people come one after another. Append it: `cat 0007.yaml.sig >> 0007.sigs`. The service says the same of a file whose signatures are not complete, and offers it when they are.";
}
