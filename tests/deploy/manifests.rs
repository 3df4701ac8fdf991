//! The manifests agree with each other and with the program: what selects finds, what refers leads somewhere, times and ports fit.

use std::collections::HashMap;

use relevo::config::{self, Settings, Sources};
use relevo::pipeline::supervisor::Service;
use serde_json::{Map, Value};

use crate::render::{BASE, EXAMPLE, Rendered, STAGES, render, str_at};
use crate::{root, text};

#[test]
fn base_and_example_render_hold_the_types_of_kubernetes_and_ask_for_no_rights() {
    let kinds = |folder| {
        let mut names = Rendered::of(folder).names();
        names.retain(|name| !name.starts_with("ConfigMap relevo-configuration-") && !name.starts_with("ConfigMap relevo-environment-"));
        names.sort();
        names
    };
    let base = [
        "ConfigMap relevo-charter",
        "ConfigMap relevo-rosters",
        "ConfigMap relevo-rulebooks",
        "NetworkPolicy relevo",
        "PodDisruptionBudget relevo",
        "PodMonitor relevo",
        "Service relevo",
        "ServiceAccount relevo",
        "StatefulSet relevo",
    ];
    assert_eq!(kinds(BASE), base, "charter and rulebooks keep their names: a pod takes their changes while it runs");
    let mut example = base.to_vec();
    example.insert(3, "Namespace relevo");
    assert_eq!(kinds(EXAMPLE), example);
}

/// Renders the base with one text exchanged: it must be refused, in these words.
fn refused(file: &str, from: &str, to: &str, says: &str) {
    let folder = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for entry in std::fs::read_dir(root().join(BASE)).expect("the base").flatten() {
        std::fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("copied");
    }
    let path = folder.path().join(file);
    let manifest = std::fs::read_to_string(&path).expect("a manifest");
    assert!(manifest.contains(from), "{file} has no {from}");
    std::fs::write(&path, manifest.replacen(from, to, 1)).expect("written");
    match render(folder.path()) {
        Ok(_) => panic!("{file} with {to} was taken"),
        Err(refusal) => assert!(refusal.contains(says), "{refusal}"),
    }
}

#[test]
fn a_field_that_nobody_knows_and_a_right_that_nobody_needs_are_refused() {
    refused("stateful-set.yaml", "serviceName:", "servicename:", "unknown field \"spec.servicename\"");
    refused("stateful-set.yaml", "replicas: 3", "replicas: three", "cannot unmarshal");
    refused("stateful-set.yaml", "runAsUser: 65532", "runAsUser: 0", "not `restricted`: runAsUser=0");
    refused("stateful-set.yaml", "drop: [ALL]", "drop: []", "not `restricted`: unrestricted capabilities");
    refused("stateful-set.yaml", "type: RuntimeDefault", "type: Unconfined", "not `restricted`: seccompProfile");
    refused("pod-monitor.yaml", "interval:", "intervall:", "unknown field");
    refused("network-policy.yaml", "podSelector:", "selector:", "unknown field");
    refused("service.yaml", "apiVersion: v1", "apiVersion: v2", "no type is known for v2 Service");
    refused("kustomization.yaml", "- service.yaml", "- absent.yaml", "absent.yaml");
}

/// Whether a label selector finds the pods.
fn finds(selector: &Value, labels: &Map<String, Value>) -> bool {
    let wanted = selector["matchLabels"].as_object().unwrap_or_else(|| panic!("no matchLabels in {selector}"));
    !wanted.is_empty() && wanted.iter().all(|(name, value)| labels.get(name) == Some(value))
}

#[test]
fn every_selector_finds_the_pods() {
    for folder in [BASE, EXAMPLE] {
        let rendered = Rendered::of(folder);
        let labels = rendered.pod()["metadata"]["labels"].as_object().expect("labels");
        for (kind, pointer) in [
            ("StatefulSet", "/spec/selector"),
            ("PodMonitor", "/spec/selector"),
            ("PodDisruptionBudget", "/spec/selector"),
            ("NetworkPolicy", "/spec/podSelector"),
        ] {
            assert!(
                rendered.only(kind).pointer(pointer).is_some_and(|selector| finds(selector, labels)),
                "{kind} of {folder} finds no pod"
            );
        }
        let service = &rendered.only("Service")["spec"];
        assert!(finds(&serde_json::json!({ "matchLabels": service["selector"] }), labels), "the Service finds no pod");
        for spread in rendered.pod()["spec"]["topologySpreadConstraints"].as_array().expect("constraints") {
            assert!(finds(&spread["labelSelector"], labels), "{spread}");
        }
    }
}

#[test]
fn what_is_referred_to_is_there() {
    for folder in [BASE, EXAMPLE] {
        let rendered = Rendered::of(folder);
        let (pod, service) = (&rendered.pod()["spec"], rendered.only("Service"));
        assert_eq!(rendered.only("StatefulSet")["spec"]["serviceName"], service["metadata"]["name"]);
        assert_eq!(service["spec"]["clusterIP"], "None", "pods are asked by their own names");
        assert_eq!(pod["serviceAccountName"], rendered.only("ServiceAccount")["metadata"]["name"]);
        let volumes = pod["volumes"].as_array().expect("volumes");
        for container in rendered.containers() {
            rendered.data(str_at(container, "/envFrom/0/configMapRef/name"));
            for mount in container["volumeMounts"].as_array().expect("mounts") {
                let volume =
                    volumes.iter().find(|volume| volume["name"] == mount["name"]).unwrap_or_else(|| panic!("no volume for {mount}"));
                match volume.pointer("/configMap/name").and_then(Value::as_str) {
                    Some(name) => drop(rendered.data(name)),
                    None => assert_eq!(volume["secret"]["optional"], true, "what no manifest makes must be allowed to be absent: {volume}"),
                }
                assert_eq!(mount["readOnly"], true, "{mount}");
            }
            assert_eq!(volumes.len(), container["volumeMounts"].as_array().map_or(0, Vec::len), "a volume that nobody mounts");
        }
        let named_after_its_bytes = str_at(&volumes[0], "/configMap/name").strip_prefix("relevo-configuration-");
        assert!(named_after_its_bytes.is_some_and(|hash| !hash.is_empty()), "a changed configuration must replace the pods");
    }
}

/// The settings of the base's file, over the program's defaults.
fn settings() -> Settings {
    let sources = Sources { file: Some(root().join(BASE).join("relevo.yaml")), environment: Some(HashMap::new()) };
    config::load(&sources).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn ports_and_times_are_those_of_the_program() {
    let (rendered, settings) = (Rendered::of(BASE), settings());
    assert!(settings.http.listen.ip().is_unspecified(), "a probe comes from outside");
    let (service, monitor, policy) = (rendered.only("Service"), rendered.only("PodMonitor"), rendered.only("NetworkPolicy"));
    for (place, container) in rendered.containers().iter().enumerate() {
        let port = &container["ports"][0];
        let variables = container["env"].as_array().expect("variables");
        let own = variables.iter().find(|variable| variable["name"] == "RELEVO__HTTP__LISTEN");
        let listens = own.map_or(settings.http.listen, |own| str_at(own, "/value").parse().expect("an address"));
        assert!(listens.ip().is_unspecified(), "{listens}");
        assert_eq!(port["containerPort"], listens.port(), "http.listen");
        let (name, of_service) = (&port["name"], &service["spec"]["ports"][place]);
        assert_eq!((&of_service["targetPort"], &of_service["port"]), (name, &port["containerPort"]));
        assert_eq!(monitor["spec"]["podMetricsEndpoints"][place]["port"], *name);
        assert_eq!(policy["spec"]["ingress"][0]["ports"][place]["port"], *name);
        for probe in ["livenessProbe", "readinessProbe"] {
            assert_eq!(container[probe]["httpGet"]["port"], *name);
        }
    }
    let grace = rendered.pod()["spec"]["terminationGracePeriodSeconds"].as_u64().expect("seconds");
    assert!(grace > Service::GRACE.as_secs(), "the pod is killed before it has finished what was begun");
    assert!(grace <= 3 * Service::GRACE.as_secs(), "a pod that hangs keeps a roll-out waiting");
}

/// A batch that unpacks to more memory than there is ends the process that reads it: Intake's own, with a limit of its own.
#[test]
fn the_stage_that_reads_what_others_packed_can_not_take_the_other_along() {
    let rendered = Rendered::of(BASE);
    for stage in STAGES {
        let container = rendered.container(stage);
        let arguments: Vec<&str> = container["args"].as_array().expect("arguments").iter().filter_map(Value::as_str).collect();
        assert_eq!(arguments[..3], ["run", "--stage", stage]);
        assert!(container.pointer("/resources/limits/memory").is_some_and(Value::is_string), "{stage} has no limit of memory");
    }
}

#[test]
fn brokers_of_the_example_can_be_reached() {
    let rendered = Rendered::of(EXAMPLE);
    let environment = rendered.data(str_at(rendered.container("decide"), "/envFrom/0/configMapRef/name"));
    let (_, servers) = environment.iter().find(|(name, _)| name == "RELEVO__KAFKA__BOOTSTRAP_SERVERS").expect("brokers");
    let policy = rendered.only("NetworkPolicy");
    let allowed: Vec<u64> =
        policy["spec"]["egress"][1]["ports"].as_array().expect("ports").iter().filter_map(|port| port["port"].as_u64()).collect();
    for server in servers.split(',') {
        let port = server.rsplit(':').next().and_then(|port| port.parse().ok()).expect("host:port");
        assert!(allowed.contains(&port), "the network policy lets nothing out to {server}: {allowed:?}");
    }
}

#[test]
fn nothing_is_let_in_or_out_or_stored_that_is_not_needed() {
    for folder in [BASE, EXAMPLE] {
        let rendered = Rendered::of(folder);
        let policy = &rendered.only("NetworkPolicy")["spec"];
        for from in policy["ingress"].as_array().expect("ingress").iter().flat_map(|rule| rule["from"].as_array().expect("from whom")) {
            assert!(from["podSelector"]["matchLabels"].is_object(), "a whole namespace is let in: {from}");
        }
        for storage in ["requests", "limits"] {
            for container in rendered.containers() {
                assert!(container["resources"][storage]["ephemeral-storage"].is_string(), "{folder}: {storage}");
            }
        }
    }
    let example = Rendered::of(EXAMPLE);
    for rule in example.only("NetworkPolicy")["spec"]["egress"].as_array().expect("egress") {
        let to = rule["to"].as_array().map_or(&[][..], Vec::as_slice);
        let is_everybody = |peer: &Value| peer["ipBlock"]["cidr"].as_str().is_some_and(|cidr| cidr.ends_with("/0"));
        assert!(!to.is_empty() && !to.iter().any(is_everybody), "the example lets out to everybody: {rule}");
    }
}

#[test]
fn every_file_of_the_examples_agreement_is_deployed() {
    let rendered = Rendered::of(EXAMPLE);
    for (folder, map) in [("agreement", "relevo-charter"), ("agreement/rulebooks", "relevo-rulebooks")] {
        let deployed = rendered.data(map);
        let files =
            std::fs::read_dir(root().join(EXAMPLE).join(folder)).expect("a folder").flatten().filter(|entry| entry.path().is_file());
        let mut names: Vec<String> = files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        assert_eq!(deployed.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), names, "{map}");
        for (name, content) in deployed {
            assert_eq!(content, text(&format!("{EXAMPLE}/{folder}/{name}")), "signatures are over exact bytes");
        }
    }
}
