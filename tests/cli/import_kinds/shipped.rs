//! The maps that come with Relevo, on exports as their tools write them in several places of the world.

use super::{column, import, says};

#[test]
fn campaign_members_are_one_whichever_export_they_come_from() {
    let report = b"Campaign Member ID,Campaign ID,Member Status,Member First Responded Date,Lead ID,Email\n00vAB000001CDEF,701AB000001GHIJ,Requested Demo,24/3/2026,00QAB000001KLMN,rosa@lumen.example\n";
    let data = b"Id,IsDeleted,CampaignId,Status,FirstRespondedDate,LeadId,ContactId,Email\n00vAB000001CDEFYA4,0,701AB000001GHIJYA4,Requested Demo,2026-03-24,00QAB000001KLMN2A4,000000000000000AAA,rosa@lumen.example\n00vAB000001CDEGYA4,1,701AB000001GHIJYA4,Requested Demo,2026-03-24,00QAB000001KLMN2A4,000000000000000AAA,rosa@lumen.example\n";
    let [one, two] = [report.as_slice(), data].map(|file| import(file, "salesforce-campaign-members", &[]));
    for path in ["interaction_id", "campaign.id", "person.id", "occurred_at", "kind"] {
        assert_eq!(column(&one.events, path), column(&two.events, path), "{path}\n{}{}", one.told, two.told);
    }
    says(&two.told, &["1 passed over by the map's `when`", "Every row went through."]);
}

#[test]
fn statuses_that_say_no_are_no_demand() {
    let came = import(
        b"Id,CampaignId,LeadId,Status,CreatedDate\nm1,c,l1,Did not attend,2026-11-03T15:00:00.000+0000\nm2,c,l2,Not interested in a demo,2026-11-03T15:00:00.000+0000\nm3,c,l3,Attended,2026-11-03T15:00:00.000+0000\nm4,c,l4,Cancelled demo,2026-11-03T15:00:00.000+0000\n",
        "salesforce-campaign-members",
        &[],
    );
    assert_eq!((column(&came.events, "kind"), came.status), (vec!["attended".to_owned()], 1), "{}", came.told);
    says(&came.told, &["1 × Cancelled demo"]);
}

#[test]
fn opportunities_are_read_in_any_usual_export() {
    let check = |dates: [&str; 2], expected: &[&str]| {
        let file = format!(
            "Account ID,Stage,Close Date,Amount\n001AB000001CDEF,Closed Won,{},40000\n001AB000001CDEG,Closed Lost,{},1000\n",
            dates[0], dates[1]
        );
        let came = import(file.as_bytes(), "salesforce-opportunities", &[]);
        let days: Vec<String> = column(&came.events, "at").iter().map(|at| at[..10].to_owned()).collect();
        assert_eq!(days, expected, "{}", came.told);
    };
    check(["11/20/26", "11/3/26"], &["2026-11-20", "2026-11-03"]);
    check(["20.11.2026", "3.11.2026"], &["2026-11-20", "2026-11-03"]);
    check(["2026-11-20 00:00:00", "2026-11-03 00:00:00"], &["2026-11-20", "2026-11-03"]);
    check(["11/2/2026", "11/3/2026"], &[]);
    let came = import(b"AccountId,StageName,CloseDate,Amount,CurrencyIsoCode\n001AB000001CDEF,Closed Won,2026-11-20,700000,BRL\n001AB000001CDEG,Closed Won,2026-11-20,40000,USD\n", "salesforce-opportunities", &[]);
    assert_eq!(column(&came.events, "value_usd"), ["-", "40000"], "{}", came.told);
    says(&came.told, &["1 × BRL"]);
}

#[test]
fn leads_and_contacts_have_countries_of_two_letters_and_sizes_that_are_the_least() {
    let came = import("Id,LeadSource,CreatedDate,Country,NumberOfEmployees\n1,Web,2026-11-03T15:00:00Z,Deutschland,51-200\n2,Web,2026-11-03T15:00:00Z,Brasil,\n3,Stand,2026-11-03T15:00:00Z,MX,\n".as_bytes(), "salesforce-leads", &[]);
    assert_eq!(column(&came.events, "company.country"), ["DE", "BR"], "{}", came.told);
    assert_eq!(column(&came.events, "company.employees"), ["51", "-"]);
    says(&came.told, &["1 × Stand"]);
    let came = import(b"Record ID,Email,Recent Conversion,Recent Conversion Date,Number of Employees\n1,a@x.example,Demo day: Newsletter,2026-11-03 09:04,\"10,001+\"\n2,b@x.example,Home: Book a demo,2026-11-03 09:04,5\n", "hubspot-contacts", &[]);
    assert_eq!(column(&came.events, "kind"), ["content_downloaded", "demo_requested"], "{}", came.told);
    assert_eq!(column(&came.events, "company.employees"), ["10001", "5"]);
}

#[test]
fn deals_find_their_contact_and_stages_that_nobody_knows_are_listed() {
    let came = import("Record ID,Deal Stage,Close Date,Associated Contact\n1,Cierre ganado (Ventas),2026-11-20 12:00,Rosa (CFO) Vidal (rosa@lumen.example)\n2,Gewonnen,2026-11-20 12:00,hugo@cobre.example;x@gmail.com\n".as_bytes(), "hubspot-deals", &[]);
    assert_eq!(
        (column(&came.events, "account"), came.status),
        (vec!["lumen.example".to_owned(), "cobre.example".to_owned()], 0),
        "{}",
        came.told
    );
    let came = import(
        "Record ID,Deal Stage,Close Date,Associated Contact\n1,Kapandı kazanıldı,2026-11-20 12:00,hugo@cobre.example\n".as_bytes(),
        "hubspot-deals",
        &[],
    );
    assert_eq!((came.events.len(), came.status), (0, 1));
    says(&came.told, &["Nothing went through", "1 × Kapandı kazanıldı"]);
}

/// What an export of a tool comes to: the kinds and the times.
fn check(map: &str, file: &str, kinds: &[&str], times: &[&str], passed: &[&str]) {
    let came = import(file.as_bytes(), map, &[]);
    assert_eq!(
        (column(&came.events, "kind").as_slice(), came.status),
        (kinds.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>().as_slice(), 0),
        "{map}\n{}",
        came.told
    );
    let found: Vec<String> = column(&came.events, "occurred_at").iter().map(|at| at[..16].to_owned()).collect();
    assert_eq!(found, times, "{map}\n{}", came.told);
    assert!(column(&came.events, "campaign.id").iter().all(|id| id != "-"), "{map}");
    says(&came.told, passed);
}

#[test]
fn exports_of_events_and_meetings_are_read_as_several_places_write_them() {
    check(
        "calendly-events",
        "Event Type Name,Invitee Name,Invitee Email,Event Created Date & Time,Start Date & Time,Canceled\nProduct demo,Rosa,rosa@lumen.example,2026-11-03 09:00 am,2026-11-10 04:00 pm,false\nProduct demo,Hugo,hugo@cobre.example,2026-11-04 09:00 pm,2026-11-10 04:00 pm,true\n",
        &["contact_requested"],
        &["2026-11-03T09:00"],
        &["1 passed over by the map's `when`"],
    );
    check(
        "eventbrite-attendees",
        "Order #,Order Date,First Name,Surname,Email,Event Name,Attendee #,Attendee Status,Organizer may contact me\n1,\"Oct 24, 2026 at 6:05 PM\",Rosa,Vidal,rosa@lumen.example,Expo,11,Checked In,Yes\n1,\"Oct 24, 2026 at 6:05 PM\",Hugo,Prieto,hugo@cobre.example,Expo,12,Attending,No\n",
        &["attended", "registered"],
        &["2026-10-24T18:05", "2026-10-24T18:05"],
        &[],
    );
    check(
        "eventbrite-attendees",
        "Order ID;Order date;Email;Event name;Attendee status\n1;24/10/2026 18:05;rosa@lumen.example;Expo;Eingecheckt\n",
        &["attended"],
        &["2026-10-24T18:05"],
        &[],
    );
    check(
        "zoom-webinar-attendees",
        "Attendee Report\nReport Generated:,\"11/30/2026 10:00:00 AM\"\nTopic,Webinar ID,Actual Start Time\nFewer returns,123,\"Nov 10, 2026 10:00 AM\"\nHost Details,\nAttended,User Name (Original Name),Email,Join Time\nYes,Eva,eva@seller.example,\"Nov 10, 2026 09:50:00 AM\"\nAttendee Details,\nAttended,First Name,Last Name,Email,Registration Time,Join Time,Country/Region Name\nYes,Rosa,Vidal,rosa@lumen.example,\"Nov 8, 2026 21:00:00\",\"Nov 10, 2026 10:01:00 AM\",Mexico\nNo,Hugo,Prieto,hugo@cobre.example,\"Nov 9, 2026 08:15:00\",--,Brasil\n",
        &["attended", "registered"],
        &["2026-11-10T10:01", "2026-11-09T08:15"],
        &["header in line 9"],
    );
}

#[test]
fn exports_of_advertisements_and_mails_are_read_as_several_places_write_them() {
    check(
        "meta-lead-ads",
        "id\tcreated_time\tad_name\tcampaign_id\tform_name\tplatform\temail\tfull_name\tphone_number\nl:1001\t2026-11-03T15:04:05-06:00\tVideo\tc:77\tGuide\tig\trosa@lumen.example\tRosa\tp:+525555500001\n",
        &["content_downloaded"],
        &["2026-11-03T21:04"],
        &[],
    );
    check(
        "linkedin-lead-gen-forms",
        "Campaign Name,Form Name,Submitted At,First Name,Last Name,Email Address,Company Size\nOtoño,Guide,2026-11-03 15:04:05 UTC,Rosa,Vidal,rosa@lumen.example,51-200\n",
        &["content_downloaded"],
        &["2026-11-03T15:04"],
        &[],
    );
    check(
        "google-lead-forms",
        "Lead ID,Campaign ID,Submission Date,User Email,Full Name\nx1,99,2026-11-03T15:04:05Z,rosa@lumen.example,Rosa\n",
        &["content_downloaded"],
        &["2026-11-03T15:04"],
        &[],
    );
    check(
        "marketo-activities",
        "marketoGUID,leadId,activityDate,activityTypeId,primaryAttributeValue\n1,7,2026-11-03T15:04:05Z,2,Guide\n2,7,2026-11-03T15:04:05Z,13,Score\n",
        &["content_downloaded"],
        &["2026-11-03T15:04"],
        &["1 × 13"],
    );
    check(
        "pardot-prospect-activities",
        "Id,Prospect ID,Type,Created Date,Campaign\n1,7,Form,3/11/2026 15:04,Guide\n2,7,Merge,20/11/2026 15:04,Guide\n3,8,Open,20/11/2026 15:04,Guide\n",
        &["content_downloaded", "email_opened"],
        &["2026-11-03T15:04", "2026-11-20T15:04"],
        &["1 × Merge"],
    );
    check(
        "pardot-prospects",
        "Prospect Id,Email,Source,Campaign,Created Date,Opted Out\n7,rosa@lumen.example,Webinar list,Expo,2026-11-03 15:04,Yes\n",
        &["registered"],
        &["2026-11-03T15:04"],
        &[],
    );
    check(
        "mailchimp-activity",
        "Email Address,Action,Timestamp,Campaign Title\nrosa@lumen.example,open,2026-11-03 15:04:05,News\nrosa@lumen.example,click,2026-11-03 15:05:05,News\n",
        &["email_opened", "email_clicked"],
        &["2026-11-03T15:04", "2026-11-03T15:05"],
        &[],
    );
}
