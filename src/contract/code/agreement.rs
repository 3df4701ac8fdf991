//! 2100: how a rulebook becomes law, and what keeps it from that. The rulebook in force stays in force.

super::codes! {
    2101 REVISION_OUT_OF_TURN "revision_out_of_turn" "The rulebook's revision is not the next one."
        "Revisions grow by one, and once a revision is law no other file can take its number. Give the file the number behind the one that `relevo rules status` shows as in force.";
    2102 WRONG_PREVIOUS "wrong_previous" "The rulebook does not chain to the one in force."
        "`previous` has to be the digest (`sha256:…`) of the revision before, byte for byte. Somebody edited that file after it became law, or this one was written against another. Take the digest from `rulebook_info` or `/readyz?verbose`.";
    2103 NOT_SIGNED "not_signed" "The rulebook is not signed by every party, and unsigned ones are not allowed."
        "Start with `--allow-unsigned` for demos and trials only; it is said loudly wherever the law is shown. Signatures make a rulebook a joint decision.";
    2104 NOT_YET_EFFECTIVE "not_yet_effective" "The rulebook was offered before its `effective_from`."
        "A clock runs ahead where it was offered. It is offered again every minute and becomes law in its time; nothing is to be done.";
    2106 NOT_THE_REGISTRAR "not_the_registrar" "A rulebook was offered to a partition that does not judge."
        "Only partition 0 of the intake log judges rulebooks. Somebody else than Relevo writes to the log: find out who, and take the right away.";
    2107 RULEBOOK_UNREADABLE "rulebook_unreadable" "A rulebook's file or folder can't be read."
        "The message names it. A rulebook is a file of at most 256 KiB, in UTF-8, that the service may read. Check the mount, the permissions and the size; the law in force stays in force.";
}
