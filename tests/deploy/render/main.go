// Renders a folder as `kubectl apply -k` does, and holds what comes out to Kubernetes' own types.
//
// The libraries are those of kustomize, Kubernetes and the Prometheus Operator, so a field that one of them does not know, or that has
// another type, is refused here as the cluster would refuse it; and pods are judged by the code that enforces the Pod Security
// Standard `restricted`. No cluster is asked, and no schema is fetched. Prints the resources as one JSON array.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	disruption "k8s.io/api/policy/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	strict "sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// What a resource of this kind is decoded into. A kind that is not here is refused, so that none goes unlooked at.
func typeOf(apiVersion, kind string) interface{} {
	switch apiVersion + " " + kind {
	case "apps/v1 StatefulSet":
		return &apps.StatefulSet{}
	case "v1 ConfigMap":
		return &core.ConfigMap{}
	case "v1 Namespace":
		return &core.Namespace{}
	case "v1 Service":
		return &core.Service{}
	case "v1 ServiceAccount":
		return &core.ServiceAccount{}
	case "networking.k8s.io/v1 NetworkPolicy":
		return &networking.NetworkPolicy{}
	case "policy/v1 PodDisruptionBudget":
		return &disruption.PodDisruptionBudget{}
	case "monitoring.coreos.com/v1 PodMonitor":
		return &monitoring.PodMonitor{}
	case "monitoring.coreos.com/v1 PrometheusRule":
		return &monitoring.PrometheusRule{}
	}
	return nil
}

// Decodes as the cluster does when it is asked to be strict: names are compared letter by letter, which Go's own decoder does not.
func decode(text []byte, into interface{}) error {
	document, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return err
	}
	unknown, err := strict.UnmarshalStrict(document, into)
	if err == nil && len(unknown) > 0 {
		err = fmt.Errorf("%v", unknown)
	}
	return err
}

func restricted(set *apps.StatefulSet) error {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		return err
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	template := &set.Spec.Template
	for _, result := range evaluator.EvaluatePod(level, &template.ObjectMeta, &template.Spec) {
		if !result.Allowed {
			return fmt.Errorf("not `restricted`: %s: %s", result.ForbiddenReason, result.ForbiddenDetail)
		}
	}
	return nil
}

func render(folder string) ([]interface{}, error) {
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	var resources []interface{}
	for _, resource := range rendered.Resources() {
		name := resource.GetKind() + " " + resource.GetName()
		text, err := resource.AsYAML()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		typed := typeOf(resource.GetApiVersion(), resource.GetKind())
		if typed == nil {
			return nil, fmt.Errorf("%s: no type is known for %s %s", name, resource.GetApiVersion(), resource.GetKind())
		}
		if err := decode(text, typed); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if set, ok := typed.(*apps.StatefulSet); ok {
			if err := restricted(set); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		var plain interface{}
		if err := yaml.Unmarshal(text, &plain); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		resources = append(resources, plain)
	}
	return resources, nil
}

func main() {
	resources, err := render(os.Args[1])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(resources)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
